#include "bench/services/unary_load.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "base/rpc/status.h"
#include "bench/figure.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace parlor::bench {
namespace {

struct Window {
  absl::Time from;
  absl::Time until;
};

// One call after the other.
class Lane {
 public:
  Lane(const UnaryLoad& load, const std::vector<grpc::ByteBuffer>& requests,
       const std::shared_ptr<grpc::Channel>& channel, std::string token, size_t first_request)
      : load_(load), requests_(requests), stub_(channel), token_(std::move(token)), next_(first_request) {}

  // `ended` is told once, after which gRPC does not come back.
  void Start(const Window& window, absl::BlockingCounter* ended) {
    window_ = window;
    ended_ = ended;
    Call();
  }

  // What follows is for after the end.
  const absl::Status& status() const { return status_; }
  const std::vector<double>& seconds() const { return seconds_; }
  int64_t calls() const { return calls_; }
  int64_t answer_bytes() const { return answer_bytes_; }

 private:
  void Call() {
    context_.emplace();
    AddToken(*context_, token_);
    response_.Clear();
    started_ = absl::Now();
    const grpc::ByteBuffer& request = requests_[next_++ % requests_.size()];
    stub_.UnaryCall(&*context_, load_.method, {}, &request, &response_,
                    [this](const grpc::Status& status) { OnAnswer(status); });
  }

  void OnAnswer(const grpc::Status& status) {
    const absl::Time now = absl::Now();
    ++calls_;
    answer_bytes_ += static_cast<int64_t>(response_.Length());
    if (now >= window_.from && now < window_.until) seconds_.push_back(absl::ToDoubleSeconds(now - started_));
    status_ = FromGrpc(status);
    if (status_.ok() && now < window_.until) return Call();
    ended_->DecrementCount();
  }

  const UnaryLoad& load_;
  const std::vector<grpc::ByteBuffer>& requests_;
  grpc::GenericStub stub_;
  const std::string token_;
  Window window_;
  absl::BlockingCounter* ended_ = nullptr;

  // Of the call in flight, and of gRPC's thread that ends it and starts the next.
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  absl::Time started_;
  size_t next_;
  absl::Status status_;
  std::vector<double> seconds_;
  int64_t calls_ = 0;
  int64_t answer_bytes_ = 0;
};

std::vector<grpc::ByteBuffer> ToBuffers(const std::vector<std::string>& messages) {
  std::vector<grpc::ByteBuffer> buffers;
  for (const std::string& message : messages) {
    const grpc::Slice slice(message);
    buffers.emplace_back(&slice, 1);
  }
  return buffers;
}

absl::StatusOr<UnaryResult> Summary(const std::vector<std::unique_ptr<Lane>>& lanes,
                                    absl::Duration measured) {
  UnaryResult result;
  std::vector<double> seconds;
  double bytes = 0;
  for (const auto& lane : lanes) {
    if (!lane->status().ok()) return lane->status();
    seconds.insert(seconds.end(), lane->seconds().begin(), lane->seconds().end());
    result.calls += lane->calls();
    bytes += static_cast<double>(lane->answer_bytes());
  }
  result.per_second = static_cast<double>(seconds.size()) / absl::ToDoubleSeconds(measured);
  result.answer_bytes = bytes / static_cast<double>(result.calls);
  result.p50 = absl::Seconds(Quantile(seconds, 0.5));
  result.p99 = absl::Seconds(Quantile(std::move(seconds), 0.99));
  return result;
}

}  // namespace

absl::StatusOr<UnaryResult> Run(const UnaryLoad& load) {
  const std::vector<grpc::ByteBuffer> requests = ToBuffers(load.requests);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < load.connections; ++i) channels.push_back(MakeChannel(load.target));
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < load.in_flight; ++i) {
    const auto connection = static_cast<size_t>(i % load.connections);
    lanes.push_back(std::make_unique<Lane>(load, requests, channels[connection],
                                           load.tokens.empty() ? "" : load.tokens[connection],
                                           static_cast<size_t>(i)));
  }
  const absl::Time from = absl::Now() + load.warm_up;
  const Window window = {from, from + load.measured};
  absl::BlockingCounter ended(load.in_flight);
  for (const auto& lane : lanes) lane->Start(window, &ended);
  ended.Wait();
  return Summary(lanes, load.measured);
}

}  // namespace parlor::bench
