// The gRPC server of a service program: TLS, limits, health, metrics and a graceful end.
#ifndef PARLOR_SERVICES_COMMON_RPC_SERVER_H_
#define PARLOR_SERVICES_COMMON_RPC_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "grpcpp/server.h"
#include "services/common/trust.h"

namespace parlor::service {

struct ServerOptions {
  std::string listen = "[::]:7447";  // HOST:PORT; port 0 takes a free one
  std::optional<ServiceTls> tls;     // without it only if `insecure` says so
  bool insecure = false;             // plain text: tests, or behind a proxy on the same machine

  size_t max_message_bytes = 1 << 20;    // the longest legal message is a page of 1,000 entries
  size_t max_metadata_bytes = 16 << 10;  // an access token has some 400 bytes
  int max_concurrent_streams = 256;      // per connection; a client needs 3, a gateway opens more connections
  size_t memory_bytes = size_t{1} << 30;  // of buffers, all connections; beyond it new ones are refused
};

// A service and its full name in the protos ("parlor.auth.v1.Auth": Auth::service_full_name()).
struct ServedService {
  grpc::Service* service;  // outlives the server
  std::string name;
};

// Thread-safe.
class Server {
 public:
  // Listening when it returns. INVALID_ARGUMENT for an address that makes no sense; FAILED_PRECONDITION
  // without TLS and without `insecure`; ALREADY_EXISTS when the port is in use, PERMISSION_DENIED when it
  // may not be taken, UNAVAILABLE when the address is not this machine's.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<ServedService>& services);

  // Drain(1 s) if nobody did.
  ~Server();

  int port() const { return port_; }

  // What health says, overall and for each service. Serving from the start.
  void SetServing(bool serving);

  // Called by Drain() before the server closes: streams say goodbye in band and finish by themselves. Hooks
  // run in the order in which they were added, on the thread that drains, and should return soon: the
  // streams' time to end is what is left until the deadline.
  using DrainHook = std::function<void(absl::Time deadline)>;
  void AddDrainHook(DrainHook hook);

  // Health says NOT_SERVING, hooks run, new calls are refused, running ones may end until `patience` is over
  // and are cancelled then. Returns when no handler runs any more. Again: waits for the first.
  void Drain(absl::Duration patience);

 private:
  Server(std::unique_ptr<grpc::Server> server, int port, std::vector<std::string> names);

  const std::unique_ptr<grpc::Server> server_;
  const int port_;
  const std::vector<std::string> names_;

  absl::Mutex drain_mutex_;  // held while draining, so that a second caller waits
  bool drained_ ABSL_GUARDED_BY(drain_mutex_) = false;

  absl::Mutex mutex_;
  std::vector<DrainHook> hooks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_SERVER_H_
