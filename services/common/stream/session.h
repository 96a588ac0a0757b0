// The server's half of a long-lived bidirectional stream (gRPC callback API): one queue, one end, no thread
// and no timer of its own. A service derives from it and sees frames; what bites in the callback API (one
// write at a time, Finish exactly once, lifetime) stays in here.
//
//   Start           reads the first frame and hands it to OnFrame
//   Greet           answers it, before anything that Send has queued meanwhile; only then reading goes on
//   Send, OnFrame   until
//   End             what is queued is written, then the status; OnEnded is called, once, whoever ended it
//
// The object lives until gRPC has let go of it and nobody else holds it.
#ifndef PARLOR_SERVICES_COMMON_STREAM_SESSION_H_
#define PARLOR_SERVICES_COMMON_STREAM_SESSION_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "services/common/rpc/call.h"
#include "services/common/stream/deadlines.h"
#include "services/common/stream/gcra.h"
#include "services/common/stream/heartbeat_monitor.h"
#include "services/common/stream/stream_options.h"
#include "services/common/stream/write_queue.h"

namespace parlor::service {

// Shared by all streams of a service; what is pointed at outlives the server.
struct StreamTools {
  StreamOptions options;
  const Clock* clock = nullptr;
  HeartbeatMonitor* monitor = nullptr;
};

// Thread-safe. Owned by shared_ptr only. `tools` outlives the server.
template <typename Request, typename Response>
class StreamSession : public grpc::ServerBidiReactor<Request, Response>,
                      public Monitored,
                      public std::enable_shared_from_this<StreamSession<Request, Response>> {
 public:
  StreamSession(const StreamTools& tools, grpc::CallbackServerContext* context, const CallInfo& call,
                const CallMetrics& metrics)
      : tools_(tools),
        metrics_(metrics),
        request_id_(call.request_id),
        context_(context),
        deadlines_(call.caller.expires, call.now) {
    TellRequestId(*context, request_id_);
  }
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  // Once, before the handler returns this reactor to gRPC.
  void Start() {
    self_ = this->shared_from_this();
    absl::Time first_look;
    {
      absl::MutexLock lock(&mutex_);
      first_look = deadlines_.Check(tools_.options, tools_.clock->Now()).next;
    }
    tools_.monitor->Watch(this->weak_from_this(), first_look);
    this->StartRead(&request_);
  }

  // Queues a frame, which many streams may share; without effect once the stream is ending. Over the bounds
  // of StreamOptions the reader is too slow: its queue is dropped and the stream ends with
  // RESOURCE_EXHAUSTED. Never blocks.
  void Send(std::shared_ptr<const Response> frame) {
    const Response* write_now = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      if (greeted_ && writing_ == nullptr) {
        writing_ = std::move(frame);
        write_now = writing_.get();
      } else if (queue_.Push(std::move(frame), tools_.options.queued_frames, tools_.options.queued_bytes)) {
        return;
      }
    }
    if (write_now != nullptr) {
      Write(*write_now);
    } else {
      End(absl::ResourceExhaustedError("this client reads too slowly: connect again"));
    }
  }
  void Send(Response frame) { Send(std::make_shared<const Response>(std::move(frame))); }

  // Answers the first frame; once. False: the stream ended meanwhile, and what the caller did for it has to
  // be undone (OnEnded may have come before there was anything to undo).
  bool Greet(Response greeting) {
    const Response* write_now = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return false;
      greeted_ = true;
      writing_ = std::make_shared<const Response>(std::move(greeting));
      write_now = writing_.get();
    }
    // In this order: the stream cannot finish, and its call not go away, before that write is done.
    this->StartRead(&request_);
    Write(*write_now);
    return true;
  }

  // The first one counts, later ones are without effect. Frames queued before are still written, unless the
  // stream was not greeted yet or its reader is too slow. A stream that cannot get rid of them within
  // `linger` is cut.
  void End(const absl::Status& why) {
    bool finish = false;
    absl::Time cut_at;
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      ending_ = true;
      end_status_ = why;
      cut_at = cut_at_ = tools_.clock->Now() + tools_.options.linger;
      if (!greeted_ || why.code() == absl::StatusCode::kResourceExhausted) queue_.Clear();
      finish = writing_ == nullptr;
    }
    tools_.monitor->Watch(this->weak_from_this(), cut_at);
    // Before Finish: afterwards the last reference may go at any time.
    OnEnded(why);
    if (finish) FinishWith(why);
  }

  // The other side has shown a token that is valid until `ends`.
  void ExtendToken(absl::Time ends) {
    absl::MutexLock lock(&mutex_);
    deadlines_.ExtendToken(ends);
  }

  // See StreamDeadlines.
  void SetHeartbeat(absl::Duration heartbeat) {
    absl::MutexLock lock(&mutex_);
    deadlines_.SetHeartbeat(heartbeat);
  }

  const std::string& request_id() const { return request_id_; }

 protected:
  // In order, never under a lock. Must not block: it runs on one of gRPC's few threads. `frame` is gone once
  // it returns or calls Greet().
  virtual void OnFrame(const Request& frame) = 0;
  // The token ends at `at`, and no fresh one has come.
  virtual void OnTokenEnds(absl::Time at) = 0;
  // Once, on the thread that ended the stream, never under a lock of the stream. OnFrame may be running.
  virtual void OnEnded(const absl::Status& why) = 0;

 private:
  void OnReadDone(bool ok) final {
    if (!ok) return End(absl::CancelledError("the other side closed the stream"));
    metrics_.Received();
    bool read_on = false;
    bool too_fast = false;
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      const absl::Time now = tools_.clock->Now();
      deadlines_.Heard(now);
      too_fast = !incoming_.Allow(tools_.options.incoming, now);
      read_on = greeted_;
    }
    if (too_fast) return End(absl::ResourceExhaustedError("frames came too fast: connect again, slower"));
    OnFrame(request_);
    if (read_on) this->StartRead(&request_);
  }

  void OnWriteDone(bool ok) final {
    const Response* write_now = nullptr;
    bool finish = false;
    absl::Status end_status;
    {
      absl::MutexLock lock(&mutex_);
      if (!ok) queue_.Clear();
      writing_ = queue_.Pop();
      write_now = writing_.get();
      finish = ending_ && writing_ == nullptr;
      if (finish) end_status = end_status_;
    }
    if (write_now != nullptr) return Write(*write_now);
    if (finish) return FinishWith(end_status);
    if (!ok) End(absl::CancelledError("the stream broke"));
  }

  // `frame` is writing_, which stays until OnWriteDone.
  void Write(const Response& frame) {
    metrics_.Sent();
    this->StartWrite(&frame);
  }

  // Nothing may touch this object afterwards.
  void FinishWith(const absl::Status& why) {
    const grpc::Status status = AnswerStatus(why, request_id_, metrics_);
    metrics_.Finished(status.error_code());
    this->Finish(status);
  }

  void OnCancel() final { End(absl::CancelledError("the call was cancelled")); }

  void OnDone() final {
    {
      absl::MutexLock lock(&context_mutex_);
      context_ = nullptr;
    }
    // The last act on this object, perhaps.
    const std::shared_ptr<StreamSession> self = std::move(self_);
  }

  absl::Time OnDeadline(absl::Time now) final {
    StreamDeadlines::Verdict verdict;
    absl::Time token_ends;
    bool cut = false;
    {
      absl::MutexLock lock(&mutex_);
      cut = ending_ && now >= cut_at_;
      if (ending_ && !cut) return absl::InfiniteFuture();  // End() has asked for a look at that time
      if (!cut) verdict = deadlines_.Check(tools_.options, now);
      token_ends = deadlines_.token_ends();
    }
    if (cut) return Cut();
    if (!verdict.end.ok()) {
      End(verdict.end);
      return absl::InfiniteFuture();
    }
    if (verdict.warn_token) OnTokenEnds(token_ends);
    return verdict.next;
  }

  // Under a lock of its own: cancelling may call back at once into any reaction but OnDone, which always
  // comes on another thread.
  absl::Time Cut() {
    absl::MutexLock lock(&context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
    return absl::InfiniteFuture();
  }

  // Constant after construction, but for what metrics_ points at, which counts atomically.
  const StreamTools& tools_;
  CallMetrics metrics_;
  const std::string request_id_;

  absl::Mutex context_mutex_;
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(context_mutex_);  // null once gRPC let go

  // Touched by gRPC's reactions alone, of which there is one at a time for each.
  Request request_;
  std::shared_ptr<StreamSession> self_;

  absl::Mutex mutex_;
  StreamDeadlines deadlines_ ABSL_GUARDED_BY(mutex_);
  Gcra incoming_ ABSL_GUARDED_BY(mutex_);
  WriteQueue<Response> queue_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Response> writing_ ABSL_GUARDED_BY(mutex_);  // null: no write is outstanding
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);
  absl::Time cut_at_ ABSL_GUARDED_BY(mutex_);
};

// Ends a call that is refused before it has a session. Deletes itself.
template <typename Request, typename Response>
class RefusedStream final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  RefusedStream(const grpc::Status& status, CallMetrics metrics) {
    metrics.Finished(status.error_code());
    this->Finish(status);
  }
  void OnDone() override { delete this; }
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_SESSION_H_
