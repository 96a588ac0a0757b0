// What every handler of a gRPC method does first and last: who calls, from where, under which request id; and
// the answer, exactly once.
#ifndef PARLOR_SERVICES_COMMON_RPC_CALL_H_
#define PARLOR_SERVICES_COMMON_RPC_CALL_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "services/common/blocking_pool.h"
#include "services/common/rpc/rpc_metrics.h"
#include "services/common/token_verifier.h"
#include "services/common/trusted_proxies.h"

namespace parlor::service {

// Shared by all handlers of a service; what is pointed at outlives the server.
struct CallTools {
  const Clock* clock = nullptr;
  const TokenVerifier* tokens = nullptr;    // may be null where every method is open
  const TrustedProxies* proxies = nullptr;  // null: trusts none
  const RpcMetrics* metrics = nullptr;      // of the service; null: nothing is counted
};

struct CallInfo {
  std::string request_id;
  std::string ip;  // canonical; empty over Unix sockets
  absl::Time now;  // when the handler started
  Caller caller;   // empty in open methods
};

// The caller by `authorization: Bearer <token>`; UNAUTHENTICATED without one.
absl::StatusOr<Caller> Authenticate(const grpc::CallbackServerContext& context, const TokenVerifier& tokens,
                                    absl::Time now);

// The caller's address (services/common/trusted_proxies.h).
std::string CallerIp(const grpc::CallbackServerContext& context, const TrustedProxies* proxies);

// The request's id: `x-request-id` of the caller if it is 1 to 64 characters of [A-Za-z0-9_-], else a random
// one.
std::string RequestId(const grpc::CallbackServerContext& context);

// Puts the id into the trailing metadata; once, before the call can finish. Calls that succeed go without it:
// nobody looks for them in a log.
void TellRequestId(grpc::CallbackServerContext& context, const std::string& id);

enum class Access {
  kToken,  // UNAUTHENTICATED without a valid access token
  kOpen,   // anybody may call; a token is not looked at
};

struct Method {
  absl::string_view name;  // as in the proto: "ListRooms"
  Access access;
};

// Who calls, at once, for streams; Answer… does it by itself. After an error the id has been told; a stream
// that begins tells it itself.
absl::StatusOr<CallInfo> BeginCall(grpc::CallbackServerContext& context, const CallTools& tools,
                                   Access access);

// What leaves the process, and its line in the log, which has the request's id, the method, the code and the
// time that the call took.
//   INTERNAL, UNKNOWN, DATA_LOSS    an error; told without their details, which may name files, hosts or SQL
//   UNAVAILABLE with such details   a warning; told with its own message
//   every other one                 logged for debugging only; goes as it is
// Of the first two the caller is told the request's id in the message, too.
grpc::Status AnswerStatus(const absl::Status& status, const std::string& request_id,
                          const CallMetrics& metrics);

// ---- methods with one answer; they count themselves (CallTools::metrics)

// Fills the response that it captured, or says why not. Must not throw.
using Handler = absl::AnyInvocable<absl::Status(const CallInfo&) &&>;

// Runs `handler` on this thread, one of gRPC's few: it must not block.
grpc::ServerUnaryReactor* AnswerHere(grpc::CallbackServerContext* context, const CallTools& tools,
                                     Method method, Handler handler);

// Runs `handler` on `pool`; the request and the response live until it ends. The token is checked before
// the call queues. A full pool answers RESOURCE_EXHAUSTED with RetryInfo of 1 s; a call that was cancelled
// while it waited does not run.
grpc::ServerUnaryReactor* AnswerOnPool(grpc::CallbackServerContext* context, const CallTools& tools,
                                       Method method, BlockingPool& pool, Handler handler);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_CALL_H_
