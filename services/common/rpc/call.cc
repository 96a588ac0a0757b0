#include "services/common/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/net/address.h"
#include "base/random.h"
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

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

grpc::Status Run(Handler handler, const CallInfo& call) {
  absl::Status status;
  {
    const ScopedLogField request("request", call.request_id);  // for what the handler logs
    status = std::move(handler)(call);
  }
  return AnswerStatus(status, call.request_id);
}

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

std::string TakeRequestId(grpc::CallbackServerContext& context) {
  const absl::string_view given = Header(context, kRequestIdHeader);
  std::string id = IsRequestId(given) ? std::string(given) : RandomId();
  context.AddTrailingMetadata(kRequestIdHeader, id);
  return id;
}

absl::StatusOr<CallInfo> BeginCall(grpc::CallbackServerContext& context, const CallTools& tools,
                                   Access access) {
  CallInfo call;
  call.request_id = TakeRequestId(context);
  call.now = tools.clock->Now();
  if (access == Access::kToken) {
    PARLOR_ASSIGN_OR_RETURN(call.caller, Authenticate(context, *tools.tokens, call.now));
  }
  call.ip = CallerIp(context, tools.proxies);
  return call;
}

grpc::Status AnswerStatus(const absl::Status& status, const std::string& request_id) {
  if (status.ok()) return grpc::Status::OK;
  const ScopedLogField request("request", request_id);
  if (absl::IsUnavailable(status)) spdlog::warn("a call could not be answered: {}", status.ToString());
  if (!IsOurFault(status)) return ToGrpc(status);
  spdlog::error("a call failed: {}", status.ToString());
  return ToGrpc(absl::Status(
      status.code(), absl::StrCat("the server failed; its log has the reason under request ", request_id)));
}

grpc::ServerUnaryReactor* AnswerHere(grpc::CallbackServerContext* context, const CallTools& tools,
                                     Access access, Handler handler) {
  const absl::StatusOr<CallInfo> call = BeginCall(*context, tools, access);
  if (!call.ok()) return Finish(context, ToGrpc(call.status()));
  return Finish(context, Run(std::move(handler), *call));
}

grpc::ServerUnaryReactor* AnswerOnPool(grpc::CallbackServerContext* context, const CallTools& tools,
                                       Access access, BlockingPool& pool, Handler handler) {
  absl::StatusOr<CallInfo> call = BeginCall(*context, tools, access);
  if (!call.ok()) return Finish(context, ToGrpc(call.status()));
  // Finish() is called here exactly once: by the task, which runs if it was taken, or else below. Until then
  // gRPC keeps the context, the request and the response.
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool taken =
      pool.TrySubmit([context, reactor, call = *std::move(call), handler = std::move(handler)]() mutable {
        if (context->IsCancelled()) {
          reactor->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled while it waited"));
        } else {
          reactor->Finish(Run(std::move(handler), call));
        }
      });
  if (!taken) {
    reactor->Finish(ToGrpc(WithRetryAfter(
        absl::ResourceExhaustedError("the server is busy: try again in a second"), kFullPoolRetry)));
  }
  return reactor;
}

}  // namespace parlor::service
