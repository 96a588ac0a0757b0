#include "services/common/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "base/net/address.h"
#include "base/retry.h"
#include "base/rpc/status.h"
#include "base/status.h"
#include "services/common/logging.h"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

constexpr char kRequestIdHeader[] = "x-request-id";
constexpr size_t kLongestRequestId = 64;
constexpr absl::string_view kBearer = "bearer ";  // RFC 6750; the scheme's case does not count (RFC 9110)
constexpr absl::Duration kFullPoolRetry = absl::Seconds(1);

// The last value of a header; empty when there is none.
absl::string_view Header(const grpc::CallbackServerContext& context, const char* name) {
  const auto range = context.client_metadata().equal_range(name);
  if (range.first == range.second) return "";
  const grpc::string_ref value = std::prev(range.second)->second;
  return absl::string_view(value.data(), value.size());
}

bool IsRequestId(absl::string_view id) {
  return !id.empty() && id.size() <= kLongestRequestId && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

bool IsOurFault(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown ||
         status.code() == absl::StatusCode::kDataLoss;
}

// A payload that says more than when to try again: which database could not be reached, and why.
bool HasDetails(const absl::Status& status) {
  int payloads = 0;
  status.ForEachPayload([&payloads](absl::string_view, const absl::Cord&) { ++payloads; });
  return payloads > (RetryAfter(status).has_value() ? 1 : 0);
}

void LogFailure(spdlog::level::level_enum level, const absl::Status& status, const std::string& request_id,
                const CallMetrics& metrics) {
  if (!spdlog::should_log(level)) return;
  const std::string code = absl::AsciiStrToLower(absl::StatusCodeToString(status.code()));
  const std::string milliseconds = absl::StrFormat("%.1f", metrics.elapsed().count() * 1e3);
  const ScopedLogField request_field("request", request_id);
  const ScopedLogField method_field("method", metrics.method());
  const ScopedLogField code_field("code", code);
  const ScopedLogField duration_field("duration_ms", milliseconds);
  spdlog::log(level, "a call failed: {}", status.ToString());
}

// Only to tell calls apart, so it may be guessed, and needs no system call as RandomId() does.
std::string NewRequestId() {
  thread_local absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

// One call with one answer, from its start to Finish().
class Unary {
 public:
  Unary(grpc::CallbackServerContext* context, const CallTools& tools, Method method)
      : context_(context), reactor_(context->DefaultReactor()), metrics_(tools.metrics, method.name) {
    metrics_.Received();
  }

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  grpc::ServerUnaryReactor* Finish(const grpc::Status& status) {
    if (status.ok()) metrics_.Sent();
    metrics_.Finished(status.error_code());
    reactor_->Finish(status);
    return reactor_;
  }

  grpc::ServerUnaryReactor* Run(Handler handler, const CallInfo& call) {
    absl::Status status;
    {
      const ScopedLogField request("request", call.request_id);  // for what the handler logs
      status = std::move(handler)(call);
    }
    if (!status.ok()) TellRequestId(*context_, call.request_id);
    return Finish(AnswerStatus(status, call.request_id, metrics_));
  }

 private:
  grpc::CallbackServerContext* context_;
  grpc::ServerUnaryReactor* reactor_;  // asking the context again would make another one
  CallMetrics metrics_;
};

}  // namespace

absl::StatusOr<Caller> Authenticate(const grpc::CallbackServerContext& context, const TokenVerifier& tokens,
                                    absl::Time now) {
  const absl::string_view value = Header(context, "authorization");
  if (!absl::StartsWithIgnoreCase(value, kBearer)) return tokens.Verify("", now);
  return tokens.Verify(absl::StripAsciiWhitespace(value.substr(kBearer.size())), now);
}

std::string CallerIp(const grpc::CallbackServerContext& context, const TrustedProxies* proxies) {
  const absl::StatusOr<std::string> peer = IpOfGrpcPeer(context.peer());
  if (!peer.ok()) return "";
  if (proxies == nullptr) return *peer;
  return proxies->CallerIp(*peer, Header(context, "x-forwarded-for"), Header(context, "x-real-ip"));
}

std::string RequestId(const grpc::CallbackServerContext& context) {
  const absl::string_view given = Header(context, kRequestIdHeader);
  return IsRequestId(given) ? std::string(given) : NewRequestId();
}

void TellRequestId(grpc::CallbackServerContext& context, const std::string& id) {
  context.AddTrailingMetadata(kRequestIdHeader, id);
}

absl::StatusOr<CallInfo> BeginCall(grpc::CallbackServerContext& context, const CallTools& tools,
                                   Access access) {
  CallInfo call;
  call.request_id = RequestId(context);
  call.now = tools.clock->Now();
  if (access == Access::kToken) {
    absl::StatusOr<Caller> caller = Authenticate(context, *tools.tokens, call.now);
    if (!caller.ok()) {
      TellRequestId(context, call.request_id);
      return caller.status();
    }
    call.caller = *std::move(caller);
  }
  call.ip = CallerIp(context, tools.proxies);
  return call;
}

grpc::Status AnswerStatus(const absl::Status& status, const std::string& request_id,
                          const CallMetrics& metrics) {
  if (status.ok()) return grpc::Status::OK;
  if (IsOurFault(status)) {
    LogFailure(spdlog::level::err, status, request_id, metrics);
    return ToGrpc(absl::Status(
        status.code(), absl::StrCat("the server failed; its log has the reason under request ", request_id)));
  }
  if (absl::IsUnavailable(status) && HasDetails(status)) {
    LogFailure(spdlog::level::warn, status, request_id, metrics);
    const grpc::Status told = ToGrpc(status);
    return grpc::Status(told.error_code(), absl::StrCat(told.error_message(), " (request ", request_id, ")"),
                        told.error_details());
  }
  LogFailure(spdlog::level::debug, status, request_id, metrics);
  return ToGrpc(status);
}

grpc::ServerUnaryReactor* AnswerHere(grpc::CallbackServerContext* context, const CallTools& tools,
                                     Method method, Handler handler) {
  Unary unary(context, tools, method);
  const absl::StatusOr<CallInfo> call = BeginCall(*context, tools, method.access);
  if (!call.ok()) return unary.Finish(ToGrpc(call.status()));
  return unary.Run(std::move(handler), *call);
}

grpc::ServerUnaryReactor* AnswerOnPool(grpc::CallbackServerContext* context, const CallTools& tools,
                                       Method method, BlockingPool& pool, Handler handler) {
  Unary unary(context, tools, method);
  absl::StatusOr<CallInfo> call = BeginCall(*context, tools, method.access);
  if (!call.ok()) return unary.Finish(ToGrpc(call.status()));
  // Finish() is called here exactly once: by the task, which runs if it was taken, or else below. Until then
  // gRPC keeps the context, the request and the response.
  grpc::ServerUnaryReactor* const reactor = unary.reactor();
  const bool taken =
      pool.TrySubmit([context, unary, call = *std::move(call), handler = std::move(handler)]() mutable {
        if (context->IsCancelled()) {
          unary.Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled while it waited"));
        } else {
          unary.Run(std::move(handler), call);
        }
      });
  if (!taken) {
    unary.Finish(ToGrpc(WithRetryAfter(
        absl::ResourceExhaustedError("the server is busy: try again in a second"), kFullPoolRetry)));
  }
  return reactor;
}

}  // namespace parlor::service
