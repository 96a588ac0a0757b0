// grpc_server_* under go-grpc-middleware's names, so that existing dashboards fit.
#ifndef PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_
#define PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_

#include <array>
#include <chrono>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace parlor::service {

// grpc_server_started_total, grpc_server_msg_received_total, grpc_server_msg_sent_total (grpc_type,
// grpc_service, grpc_method), grpc_server_handled_total (adds grpc_code) and grpc_server_handling_seconds
// (histogram, without the code) of one service. Immutable after construction; thread-safe.
class RpcMetrics {
 public:
  // The metrics of one method.
  struct Method {
    std::string name;
    prometheus::Counter* started;
    prometheus::Counter* received;
    prometheus::Counter* sent;
    std::array<prometheus::Counter*, 17> handled;  // by grpc::StatusCode
    prometheus::Histogram* seconds;
  };

  // Makes the metrics of every method of `service` (its full name, of a proto linked into the program) at
  // once, so that a rate from zero is seen. `registry` outlives this.
  RpcMetrics(prometheus::Registry& registry, const std::string& service);

  // By the method's name, "ListRooms"; null for one that the service does not have.
  const Method* Find(absl::string_view method) const;

 private:
  struct Families;

  absl::flat_hash_map<std::string, Method> methods_;
};

// What one call counts. Our handlers count themselves: gRPC's interceptors were measured to cost 5 us of a
// call's 40.
class CallMetrics {
 public:
  // Started. Without `metrics`, or for a method that they do not have, nothing is counted.
  CallMetrics(const RpcMetrics* metrics, absl::string_view method);

  void Received();
  void Sent();
  void Finished(grpc::StatusCode code);  // once

  // For the log: empty without metrics.
  absl::string_view method() const { return method_ == nullptr ? absl::string_view() : method_->name; }
  std::chrono::duration<double> elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  const RpcMetrics::Method* method_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_RPC_METRICS_H_
