#include "services/common/rpc/rpc_metrics.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace parlor::service {
namespace {

using Labels = prometheus::Labels;

// Those of go-grpc-middleware, and three finer ones below for answers from memory.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *buckets;
}

constexpr std::array<const char*, 17> kCodeNames = {
    "OK",       "Canceled",        "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",   "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",      "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated",
};

const char* TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "bidi_stream" : "client_stream";
  return method.server_streaming() ? "server_stream" : "unary";
}

}  // namespace

// The families that methods take their metrics from.
struct RpcMetrics::Families {
  explicit Families(prometheus::Registry& registry)
      : started(prometheus::BuildCounter()
                    .Name("grpc_server_started_total")
                    .Help("Calls started on the server.")
                    .Register(registry)),
        received(prometheus::BuildCounter()
                     .Name("grpc_server_msg_received_total")
                     .Help("Messages received from clients.")
                     .Register(registry)),
        sent(prometheus::BuildCounter()
                 .Name("grpc_server_msg_sent_total")
                 .Help("Messages sent to clients.")
                 .Register(registry)),
        handled(prometheus::BuildCounter()
                    .Name("grpc_server_handled_total")
                    .Help("Calls completed on the server, by code.")
                    .Register(registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("grpc_server_handling_seconds")
                    .Help("Time from a call's start to its status.")
                    .Register(registry)) {}

  Method Make(const std::string& name, const Labels& labels) {
    Method method;
    method.name = name;
    method.started = &started.Add(labels);
    method.received = &received.Add(labels);
    method.sent = &sent.Add(labels);
    method.seconds = &seconds.Add(labels, Buckets());
    for (size_t code = 0; code < kCodeNames.size(); ++code) {
      Labels with_code = labels;
      with_code.emplace("grpc_code", kCodeNames[code]);
      method.handled[code] = &handled.Add(with_code);
    }
    return method;
  }

  prometheus::Family<prometheus::Counter>& started;
  prometheus::Family<prometheus::Counter>& received;
  prometheus::Family<prometheus::Counter>& sent;
  prometheus::Family<prometheus::Counter>& handled;
  prometheus::Family<prometheus::Histogram>& seconds;
};

RpcMetrics::RpcMetrics(prometheus::Registry& registry, const std::string& service) {
  Families families(registry);
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  for (int i = 0; descriptor != nullptr && i < descriptor->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor->method(i);
    methods_.emplace(method.name(), families.Make(method.name(), {{"grpc_type", TypeOf(method)},
                                                                  {"grpc_service", service},
                                                                  {"grpc_method", method.name()}}));
  }
}

const RpcMetrics::Method* RpcMetrics::Find(absl::string_view method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

CallMetrics::CallMetrics(const RpcMetrics* metrics, absl::string_view method)
    : method_(metrics == nullptr ? nullptr : metrics->Find(method)),
      start_(std::chrono::steady_clock::now()) {
  if (method_ != nullptr) method_->started->Increment();
}

void CallMetrics::Received() {
  if (method_ != nullptr) method_->received->Increment();
}

void CallMetrics::Sent() {
  if (method_ != nullptr) method_->sent->Increment();
}

void CallMetrics::Finished(grpc::StatusCode code) {
  if (method_ == nullptr) return;
  const auto index = static_cast<size_t>(code);
  method_->handled[index < kCodeNames.size() ? index : static_cast<size_t>(grpc::StatusCode::UNKNOWN)]
      ->Increment();
  method_->seconds->Observe(elapsed().count());
}

}  // namespace parlor::service
