// parlor.rooms.v1.Rooms over gRPC: requests in, statuses and messages out. What they mean is decided in
// RoomAdmin and RoomsHub.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_SERVICE_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_SERVICE_H_

#include "parlor/rooms/v1/rooms.grpc.pb.h"
#include "services/common/blocking_pool.h"
#include "services/common/rpc/call.h"
#include "services/common/signing_keys.h"
#include "services/rooms/member_session.h"
#include "services/rooms/room_admin.h"

namespace parlor::rooms {

// What is pointed at outlives the server.
struct RoomsServiceParts {
  service::CallTools call;
  MemberSessionTools session;
  const service::SigningKeys* keys = nullptr;
  service::BlockingPool* pool = nullptr;
  RoomAdmin* admin = nullptr;
};

// Thread-safe.
class RoomsService final : public v1::Rooms::WithRawCallbackMethod_ListRooms<v1::Rooms::CallbackService> {
 public:
  explicit RoomsService(const RoomsServiceParts& parts) : parts_(parts) {}

  grpc::ServerBidiReactor<v1::EnterRoomRequest, v1::EnterRoomResponse>* EnterRoom(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context, const v1::GetKeysRequest* request,
                                    v1::GetKeysResponse* response) override;
  grpc::ServerUnaryReactor* CreateRoom(grpc::CallbackServerContext* context,
                                       const v1::CreateRoomRequest* request,
                                       v1::CreateRoomResponse* response) override;
  // As bytes: a page is not made of messages (room_page.h).
  grpc::ServerUnaryReactor* ListRooms(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* SetTopic(grpc::CallbackServerContext* context, const v1::SetTopicRequest* request,
                                     v1::SetTopicResponse* response) override;
  grpc::ServerUnaryReactor* Invite(grpc::CallbackServerContext* context, const v1::InviteRequest* request,
                                   v1::InviteResponse* response) override;
  grpc::ServerUnaryReactor* Kick(grpc::CallbackServerContext* context, const v1::KickRequest* request,
                                 v1::KickResponse* response) override;
  grpc::ServerUnaryReactor* Ban(grpc::CallbackServerContext* context, const v1::BanRequest* request,
                                v1::BanResponse* response) override;
  grpc::ServerUnaryReactor* Unban(grpc::CallbackServerContext* context, const v1::UnbanRequest* request,
                                  v1::UnbanResponse* response) override;
  grpc::ServerUnaryReactor* SetRole(grpc::CallbackServerContext* context, const v1::SetRoleRequest* request,
                                    v1::SetRoleResponse* response) override;
  grpc::ServerUnaryReactor* RaiseHand(grpc::CallbackServerContext* context,
                                      const v1::RaiseHandRequest* request,
                                      v1::RaiseHandResponse* response) override;
  grpc::ServerUnaryReactor* CloseRoom(grpc::CallbackServerContext* context,
                                      const v1::CloseRoomRequest* request,
                                      v1::CloseRoomResponse* response) override;

 private:
  // On the pool, with a token.
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                   service::Handler handler);

  const RoomsServiceParts parts_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_SERVICE_H_
