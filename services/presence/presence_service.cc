#include "services/presence/presence_service.h"

#include <memory>
#include <string>
#include <utility>

#include "base/status.h"

namespace parlor::presence {
namespace {

using service::Access;
using service::CallInfo;
using Refused = service::RefusedStream<v1::ConnectRequest, v1::ConnectResponse>;

}  // namespace

grpc::ServerBidiReactor<v1::ConnectRequest, v1::ConnectResponse>* PresenceService::Connect(
    grpc::CallbackServerContext* context) {
  const service::CallMetrics metrics(calls_.metrics, "Connect");
  const absl::StatusOr<CallInfo> call = service::BeginCall(*context, calls_, Access::kToken);
  if (!call.ok()) return new Refused(service::AnswerStatus(call.status(), "", metrics), metrics);
  // Not make_shared: weak references of the monitor must not keep the memory of ended sessions.
  std::shared_ptr<PresenceSession> session(new PresenceSession(sessions_, context, *call, metrics));
  const absl::Status added = sessions_.sessions->Add(session, call->caller.user);
  if (!added.ok()) return new Refused(service::AnswerStatus(added, call->request_id, metrics), metrics);
  session->Start();
  return session.get();
}

grpc::ServerUnaryReactor* PresenceService::Lookup(grpc::CallbackServerContext* context,
                                                  const v1::LookupRequest* request,
                                                  v1::LookupResponse* response) {
  return service::AnswerHere(
      context, calls_, {"Lookup", Access::kToken}, [=, this](const CallInfo& call) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(const std::string user, CanonicalUser(request->user()));
        const bool introduced = !request->introduction().empty();
        if (introduced) {
          PARLOR_RETURN_IF_ERROR(introductions_->Check(request->introduction(), call.caller, user, call.now));
        }
        *response = queries_->Lookup({call.caller.user, call.ip}, user, introduced);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* PresenceService::ListOnline(grpc::CallbackServerContext* context,
                                                      const v1::ListOnlineRequest* request,
                                                      v1::ListOnlineResponse* response) {
  return service::AnswerHere(
      context, calls_, {"ListOnline", Access::kToken}, [=, this](const CallInfo& call) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(*response, queries_->ListOnline({call.caller.user, call.ip}, *request));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* PresenceService::Search(grpc::CallbackServerContext* context,
                                                  const v1::SearchRequest* request,
                                                  v1::SearchResponse* response) {
  return service::AnswerHere(
      context, calls_, {"Search", Access::kToken}, [=, this](const CallInfo& call) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(*response, queries_->Search({call.caller.user, call.ip}, *request));
        return absl::OkStatus();
      });
}

}  // namespace parlor::presence
