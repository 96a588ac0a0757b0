// grpc_server_* under go-grpc-middleware's names, so that existing dashboards fit.
#ifndef PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_
#define PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/server_interceptor.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace parlor::service {

// grpc_server_started_total, grpc_server_msg_received_total, grpc_server_msg_sent_total (grpc_type,
// grpc_service, grpc_method), grpc_server_handled_total (adds grpc_code) and grpc_server_handling_seconds
// (histogram, without the code). Immutable after construction; thread-safe. A call costs seven atomic
// additions.
class RpcMetrics {
 public:
  // The metrics of one method.
  struct Method {
    prometheus::Counter* started;
    prometheus::Counter* received;
    prometheus::Counter* sent;
    std::array<prometheus::Counter*, 17> handled;  // by grpc::StatusCode
    prometheus::Histogram* seconds;
  };

  // Makes the metrics of every method of `services` (full names, of protos linked into the program) at once,
  // so that a rate from zero is seen. Other methods (health) are not counted. `registry` outlives this.
  RpcMetrics(prometheus::Registry& registry, const std::vector<std::string>& services);

  // For ServerBuilder; refers to this.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeInterceptorFactory() const;

  // By "/package.Service/Method"; null for a method that is not counted.
  const Method* Find(absl::string_view path) const;

 private:
  struct Families;

  absl::flat_hash_map<std::string, Method> methods_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_
