// The adapter between one EnterRoom stream (gRPC) and the hub.
#ifndef PARLOR_SERVICES_ROOMS_MEMBER_SESSION_H_
#define PARLOR_SERVICES_ROOMS_MEMBER_SESSION_H_

#include <memory>
#include <string>

#include "services/common/rpc/call.h"
#include "services/common/stream/session.h"
#include "services/common/stream/session_set.h"
#include "services/rooms/member_stream.h"
#include "services/rooms/rooms_hub.h"

namespace parlor::rooms {

class MemberSession;
using MemberSessions = service::SessionSet<MemberSession>;

// Shared by all streams; outlives the server.
struct MemberSessionTools {
  service::StreamTools stream;
  const service::TokenVerifier* tokens = nullptr;
  RoomsHub* hub = nullptr;
  MemberSessions* sessions = nullptr;
};

// Thread-safe. Holds its place in `sessions` until it ends.
class MemberSession final : public service::StreamSession<v1::EnterRoomRequest, v1::EnterRoomResponse>,
                            public MemberStream {
 public:
  using Base = service::StreamSession<v1::EnterRoomRequest, v1::EnterRoomResponse>;

  MemberSession(const MemberSessionTools& tools, grpc::CallbackServerContext* context,
                const service::CallInfo& call, const service::CallMetrics& metrics);

  bool Greet(v1::EnterRoomResponse entered) override { return Base::Greet(std::move(entered)); }
  void Send(SharedFrame frame) override { Base::Send(std::move(frame)); }
  void End(const absl::Status& why) override { Base::End(why); }

 private:
  void OnFrame(const v1::EnterRoomRequest& frame) override;
  void OnTokenEnds(absl::Time at) override;
  void OnEnded(const absl::Status& why) override;

  void OnIntroduce(const std::string& user);
  void OnFirstFrame(const v1::EnterRoomRequest& frame);
  void OnHeartbeat();
  void OnRenewToken(const v1::RenewToken& renewal);
  void OnLeave();
  // What the hub answers to a question; a question that it refuses ends the stream.
  void Answer(absl::StatusOr<v1::EnterRoomResponse> answer);

  const MemberSessionTools& tools_;
  const service::Caller caller_;
  const std::string session_id_;

  bool asked_to_enter_ = false;  // touched by OnFrame alone
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_MEMBER_SESSION_H_
