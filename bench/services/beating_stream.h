// One presence stream over a TCP connection of its own, which beats when it is told to.
#ifndef PARLOR_BENCH_SERVICES_BEATING_STREAM_H_
#define PARLOR_BENCH_SERVICES_BEATING_STREAM_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bench/services/channels.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_callback.h"

namespace parlor::bench {

// What streams tell; on gRPC's threads, never under a lock of the stream.
class BeatListener {
 public:
  virtual ~BeatListener() = default;
  virtual void OnGreeted() = 0;
  virtual void OnAnswer(absl::Duration after) = 0;
  // Once, the last.
  virtual void OnStreamEnded(const absl::Status& why) = 0;
};

// When a stream beats.
enum class Pace {
  kAnswered,  // when it is told to and its last beat was answered: any server will do
  kTold,      // as often as presence says in its greeting and its answers
};

// Thread-safe. The first message down is taken as the greeting, each later one as the answer to a beat. Stop
// it, and wait for its end, before it is destroyed.
class BeatingStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  BeatingStream(const Target& target, const std::string& token, Pace pace, BeatListener* listener);

  // Connects, and says `hello`, which outlives the stream.
  void Start(const grpc::ByteBuffer& hello);
  // False if the stream is not greeted or has ended, or its last beat is unanswered (kAnswered) or still
  // being written. `beat` outlives the stream.
  bool Beat(const grpc::ByteBuffer& beat);
  // What the server asked for last; nothing before that.
  std::optional<absl::Duration> told() const;
  void Stop();

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  // Takes no beats any more, and lets gRPC end the stream.
  void LetGo();

  const Pace pace_;
  BeatListener* const listener_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;  // of the read that is outstanding

  mutable absl::Mutex mutex_;
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = true;  // beats may come, which are no reactions of gRPC's
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Time> beat_at_ ABSL_GUARDED_BY(mutex_);  // of the beat that is unanswered
  std::optional<absl::Duration> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_BEATING_STREAM_H_
