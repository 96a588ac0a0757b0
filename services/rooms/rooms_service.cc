#include "services/rooms/rooms_service.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "services/rooms/room_frames.h"

namespace parlor::rooms {

using service::CallInfo;

grpc::ServerBidiReactor<v1::EnterRoomRequest, v1::EnterRoomResponse>* RoomsService::EnterRoom(
    grpc::CallbackServerContext* context) {
  using Refused = service::RefusedStream<v1::EnterRoomRequest, v1::EnterRoomResponse>;
  const service::CallMetrics metrics(parts_.call.metrics, "EnterRoom");
  const absl::StatusOr<CallInfo> call = service::BeginCall(*context, parts_.call, service::Access::kToken);
  if (!call.ok()) return new Refused(service::AnswerStatus(call.status(), "", metrics), metrics);
  const auto session = std::make_shared<MemberSession>(parts_.session, context, *call, metrics);
  if (const absl::Status added = parts_.session.sessions->Add(session, call->caller.user); !added.ok()) {
    return new Refused(service::AnswerStatus(added, call->request_id, metrics), metrics);
  }
  session->Start();
  return session.get();
}

grpc::ServerUnaryReactor* RoomsService::GetKeys(grpc::CallbackServerContext* context,
                                                const v1::GetKeysRequest*, v1::GetKeysResponse* response) {
  return service::AnswerHere(context, parts_.call, {"GetKeys", service::Access::kOpen},
                             [this, response](const CallInfo& call) -> absl::Status {
                               for (const auto& [kid, key] : parts_.keys->Verifying(call.now)) {
                                 v1::VerificationKey& published = *response->add_keys();
                                 published.set_kid(kid);
                                 published.set_spki_der(key.spki());
                               }
                               response->set_server_time_ms(absl::ToUnixMillis(call.now));
                               return absl::OkStatus();
                             });
}

grpc::ServerUnaryReactor* RoomsService::Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                               service::Handler handler) {
  return service::AnswerOnPool(context, parts_.call, {method, service::Access::kToken}, *parts_.pool,
                               std::move(handler));
}

grpc::ServerUnaryReactor* RoomsService::CreateRoom(grpc::CallbackServerContext* context,
                                                   const v1::CreateRoomRequest* request,
                                                   v1::CreateRoomResponse* response) {
  return Answer(context, "CreateRoom", [this, request, response](const CallInfo& call) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(*response->mutable_room(), parts_.admin->Create(call.caller.user, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RoomsService::ListRooms(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* bytes, grpc::ByteBuffer* response) {
  v1::ListRoomsRequest request;
  grpc::ByteBuffer taken = *bytes;  // reading empties it
  const bool readable = grpc::SerializationTraits<v1::ListRoomsRequest>::Deserialize(&taken, &request).ok();
  // A page is at hand; a search takes longer than one of gRPC's few threads has.
  const bool at_once = request.query().empty();
  auto list = [this, readable, request = std::move(request), response](const CallInfo& call) -> absl::Status {
    if (!readable) return absl::InvalidArgumentError("this is no ListRoomsRequest");
    PARLOR_ASSIGN_OR_RETURN(const std::string page, parts_.admin->List(call.caller.user, request));
    const grpc::Slice slice(page);
    *response = grpc::ByteBuffer(&slice, 1);
    return absl::OkStatus();
  };
  if (!at_once) return Answer(context, "ListRooms", std::move(list));
  return service::AnswerHere(context, parts_.call, {"ListRooms", service::Access::kToken}, std::move(list));
}

grpc::ServerUnaryReactor* RoomsService::SetTopic(grpc::CallbackServerContext* context,
                                                 const v1::SetTopicRequest* request, v1::SetTopicResponse*) {
  return Answer(context, "SetTopic", [this, request](const CallInfo& call) {
    return parts_.admin->SetTopic(call.caller.user, request->room(), request->topic());
  });
}

grpc::ServerUnaryReactor* RoomsService::Invite(grpc::CallbackServerContext* context,
                                               const v1::InviteRequest* request, v1::InviteResponse*) {
  return Answer(context, "Invite", [this, request](const CallInfo& call) {
    return parts_.admin->Invite(call.caller.user, request->room(), request->user());
  });
}

grpc::ServerUnaryReactor* RoomsService::Kick(grpc::CallbackServerContext* context,
                                             const v1::KickRequest* request, v1::KickResponse*) {
  return Answer(context, "Kick", [this, request](const CallInfo& call) {
    return parts_.admin->Kick(call.caller.user, request->room(), request->user());
  });
}

grpc::ServerUnaryReactor* RoomsService::Ban(grpc::CallbackServerContext* context,
                                            const v1::BanRequest* request, v1::BanResponse*) {
  return Answer(context, "Ban", [this, request](const CallInfo& call) {
    return parts_.admin->Ban(call.caller.user, request->room(), request->user());
  });
}

grpc::ServerUnaryReactor* RoomsService::Unban(grpc::CallbackServerContext* context,
                                              const v1::UnbanRequest* request, v1::UnbanResponse*) {
  return Answer(context, "Unban", [this, request](const CallInfo& call) {
    return parts_.admin->Unban(call.caller.user, request->room(), request->user());
  });
}

grpc::ServerUnaryReactor* RoomsService::SetRole(grpc::CallbackServerContext* context,
                                                const v1::SetRoleRequest* request, v1::SetRoleResponse*) {
  return Answer(context, "SetRole", [this, request](const CallInfo& call) -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const Role role, RoleOf(request->role()));
    return parts_.admin->SetRole(call.caller.user, request->room(), request->user(), role);
  });
}

grpc::ServerUnaryReactor* RoomsService::RaiseHand(grpc::CallbackServerContext* context,
                                                  const v1::RaiseHandRequest* request,
                                                  v1::RaiseHandResponse*) {
  return Answer(context, "RaiseHand", [this, request](const CallInfo& call) {
    return parts_.admin->RaiseHand(call.caller.user, request->room(), request->raised());
  });
}

grpc::ServerUnaryReactor* RoomsService::CloseRoom(grpc::CallbackServerContext* context,
                                                  const v1::CloseRoomRequest* request,
                                                  v1::CloseRoomResponse*) {
  return Answer(context, "CloseRoom", [this, request](const CallInfo& call) {
    return parts_.admin->Close(call.caller.user, request->room());
  });
}

}  // namespace parlor::rooms
