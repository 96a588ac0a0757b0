#include "services/common/rpc/rpc_metrics.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace parlor::service {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
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

class MetricsInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit MetricsInterceptor(const RpcMetrics::Method* method) : method_(method) {
    if (method_ != nullptr) method_->started->Increment();
  }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (method_ != nullptr) Count(*batch);
    batch->Proceed();
  }

 private:
  void Count(InterceptorBatchMethods& batch) {
    // The end of a stream arrives as a message that is not there.
    if (batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch.GetRecvMessage() != nullptr) {
      method_->received->Increment();
    }
    if (batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      method_->sent->Increment();
    }
    if (batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      method_->handled[CodeOf(batch.GetSendStatus())]->Increment();
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
      method_->seconds->Observe(passed.count());
    }
  }

  static size_t CodeOf(const grpc::Status& status) {
    const auto code = static_cast<size_t>(status.error_code());
    return code < kCodeNames.size() ? code : static_cast<size_t>(grpc::StatusCode::UNKNOWN);
  }

  const RpcMetrics::Method* const method_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(const RpcMetrics* metrics) : metrics_(metrics) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    return new MetricsInterceptor(metrics_->Find(info->method()));  // gRPC takes it; null would crash it
  }

 private:
  const RpcMetrics* const metrics_;
};

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

  Method Make(const Labels& labels) {
    Method method;
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

RpcMetrics::RpcMetrics(prometheus::Registry& registry, const std::vector<std::string>& services) {
  Families families(registry);
  for (const std::string& service : services) {
    const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
    for (int i = 0; descriptor != nullptr && i < descriptor->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *descriptor->method(i);
      methods_.emplace(
          absl::StrCat("/", service, "/", method.name()),
          families.Make(
              {{"grpc_type", TypeOf(method)}, {"grpc_service", service}, {"grpc_method", method.name()}}));
    }
  }
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> RpcMetrics::MakeInterceptorFactory()
    const {
  return std::make_unique<Factory>(this);
}

const RpcMetrics::Method* RpcMetrics::Find(absl::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : &found->second;
}

}  // namespace parlor::service
