#include "services/rooms/member_session.h"

#include <utility>

#include "base/random.h"

namespace parlor::rooms {

MemberSession::MemberSession(const MemberSessionTools& tools, grpc::CallbackServerContext* context,
                             const service::CallInfo& call, const service::CallMetrics& metrics)
    : Base(tools.stream, context, call, metrics),
      tools_(tools),
      caller_(call.caller),
      session_id_(RandomId()) {}

void MemberSession::OnFrame(const v1::EnterRoomRequest& frame) {
  if (!asked_to_enter_) return OnFirstFrame(frame);
  switch (frame.frame_case()) {
    case v1::EnterRoomRequest::kHeartbeat:
      return OnHeartbeat();
    case v1::EnterRoomRequest::kRenewToken:
      return OnRenewToken(frame.renew_token());
    case v1::EnterRoomRequest::kIntroduce:
      return OnIntroduce(frame.introduce().user());
    case v1::EnterRoomRequest::kListMembers:
      return Answer(tools_.hub->ListMembers(session_id_, frame.list_members()));
    case v1::EnterRoomRequest::kLeave:
      return OnLeave();
    case v1::EnterRoomRequest::kEnter:
      return End(absl::InvalidArgumentError("this stream has entered a room: open another for the next"));
    case v1::EnterRoomRequest::FRAME_NOT_SET:
      break;
  }
  // A frame of a later version of the protocol, perhaps.
}

// In the sequence of changes: that somebody is not here must not overtake how they were made to leave. Who is
// gone may have been made to leave just now, and the word of it stands at the sequence's end.
void MemberSession::OnIntroduce(const std::string& user) {
  tools_.hub->InSequence([self = std::static_pointer_cast<MemberSession>(shared_from_this()), user] {
    absl::StatusOr<v1::EnterRoomResponse> answer = self->tools_.hub->Introduce(self->session_id_, user);
    if (!answer.ok() || answer->has_introduction()) return self->Answer(std::move(answer));
    self->tools_.hub->InSequence([self, answer] { self->Answer(answer); });
  });
}

void MemberSession::OnFirstFrame(const v1::EnterRoomRequest& frame) {
  if (!frame.has_enter()) return End(absl::InvalidArgumentError("the first frame has to be Enter"));
  asked_to_enter_ = true;
  const v1::Enter& enter = frame.enter();
  EntryRequest request{session_id_,  caller_.user,     caller_.device,
                       enter.room(), enter.password(), enter.takeover()};
  tools_.hub->Enter(std::move(request), std::static_pointer_cast<MemberSession>(shared_from_this()));
}

void MemberSession::OnHeartbeat() {
  v1::EnterRoomResponse answer;
  answer.mutable_heartbeat()->set_server_time_ms(absl::ToUnixMillis(tools_.stream.clock->Now()));
  Base::Send(std::move(answer));
}

void MemberSession::OnRenewToken(const v1::RenewToken& renewal) {
  const absl::StatusOr<service::Caller> caller =
      tools_.tokens->Verify(renewal.access_token(), tools_.stream.clock->Now());
  if (!caller.ok()) return End(caller.status());
  if (caller->user != caller_.user || caller->device != caller_.device) {
    return End(absl::UnauthenticatedError("the fresh token is of another person or device"));
  }
  ExtendToken(caller->expires);
}

void MemberSession::OnLeave() {
  tools_.hub->Leave(session_id_);
  End(absl::OkStatus());
}

void MemberSession::Answer(absl::StatusOr<v1::EnterRoomResponse> answer) {
  if (!answer.ok()) return End(answer.status());
  Base::Send(*std::move(answer));
}

void MemberSession::OnTokenEnds(absl::Time at) {
  v1::EnterRoomResponse frame;
  frame.mutable_token_ends()->set_at_ms(absl::ToUnixMillis(at));
  Base::Send(std::move(frame));
}

void MemberSession::OnEnded(const absl::Status&) {
  tools_.sessions->Remove(this);
  tools_.hub->Lost(session_id_);
}

}  // namespace parlor::rooms
