// Keeps the keys of another service fresh: stand-alone presence and rooms ask auth (and presence asks rooms)
// for what tokens are verified with.
#ifndef PARLOR_SERVICES_COMMON_RPC_KEY_CLIENT_H_
#define PARLOR_SERVICES_COMMON_RPC_KEY_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"

namespace parlor::service {

struct KeyClientOptions {
  std::string target = {};     // HOST:PORT of the other service
  std::string root_pem = {};   // the only root that is trusted; empty: plain text
  std::string server_id = {};  // its certificate must hold "<id>.parlor", whatever host is dialled
  // A revoked device is refused everywhere after this and a round trip.
  absl::Duration interval = absl::Seconds(5);
  absl::Duration timeout = absl::Seconds(3);  // of one question
  // Called on the client's thread whenever everything has been fetched. May be empty.
  std::function<void()> on_fetched = nullptr;
};

// One thread, which asks at once, every second until the first answer, then every `interval`. Keys that were
// fetched stay when the other service is away. Thread-safe.
class KeyClient {
 public:
  // Auth's keys and revocations. `keys`, `revocations` and `clock` outlive the client.
  static std::unique_ptr<KeyClient> ForAuth(const KeyClientOptions& options, const Clock* clock, KeySet* keys,
                                            Revocations* revocations);
  // The keys that rooms signs introductions with.
  static std::unique_ptr<KeyClient> ForRooms(const KeyClientOptions& options, KeySet* keys);

  ~KeyClient();
  KeyClient(const KeyClient&) = delete;
  KeyClient& operator=(const KeyClient&) = delete;

  // For Readiness: OK once keys have been fetched, and for good; before that, why not.
  absl::Status ready() const;

  // Somebody saw a key that is not known: ask now, but at most once a second.
  void FetchSoon();

 private:
  using Fetch = std::function<absl::Status(grpc::ClientContext&)>;

  KeyClient(const KeyClientOptions& options, Fetch fetch);
  void Run();
  absl::Status Ask();
  // False when it is time to end.
  bool WaitForTurn();
  bool ShouldAsk() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || soon_; }
  bool stopping() const;

  const KeyClientOptions options_;
  const Fetch fetch_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool soon_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status ready_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* asking_ ABSL_GUARDED_BY(mutex_) = nullptr;  // while a question is under way

  std::thread thread_;  // last: it uses all of the above
};

// A channel as above: TLS with one root and the server's DNS name, or plain text without a root.
std::shared_ptr<grpc::Channel> MakeServiceChannel(const KeyClientOptions& options);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_KEY_CLIENT_H_
