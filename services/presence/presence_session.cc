#include "services/presence/presence_session.h"

#include <utility>

#include "base/random.h"
#include "base/status.h"

namespace parlor::presence {

PresenceSession::PresenceSession(const SessionTools& tools, grpc::CallbackServerContext* context,
                                 const service::CallInfo& call, const service::CallMetrics& metrics)
    : StreamSession(tools.stream, context, call, metrics),
      tools_(tools),
      id_(RandomId()),
      user_(call.caller.user),
      device_(call.caller.device),
      ip_(call.ip) {}

void PresenceSession::OnFrame(const v1::ConnectRequest& frame) {
  if (!said_hello_) {
    if (!frame.has_hello()) return End(absl::InvalidArgumentError("the first frame has to be Hello"));
    said_hello_ = true;
    return OnHello(frame.hello());
  }
  const absl::Status status = Handle(frame);
  if (!status.ok()) End(status);
}

void PresenceSession::OnHello(const v1::Hello& hello) {
  auto self = std::static_pointer_cast<PresenceSession>(shared_from_this());
  const absl::Status status = tools_.hub->Connect(
      {.session = id_, .user = user_, .device = device_, .ip = ip_}, hello, std::move(self), Now());
  if (!status.ok()) End(status);
}

absl::Status PresenceSession::Handle(const v1::ConnectRequest& frame) {
  PresenceHub& hub = *tools_.hub;
  switch (frame.frame_case()) {
    case v1::ConnectRequest::kHello:
      return absl::InvalidArgumentError("Hello is said once");
    case v1::ConnectRequest::kHeartbeat:
      OnHeartbeat(frame.heartbeat());
      return absl::OkStatus();
    case v1::ConnectRequest::kStatus:
      return hub.SetStatus(id_, frame.status(), Now());
    case v1::ConnectRequest::kTyping:
      hub.PassTyping(id_, frame.typing(), Now());
      return absl::OkStatus();
    case v1::ConnectRequest::kWatch:
      return hub.ChangeWatch(id_, frame.watch());
    case v1::ConnectRequest::kAccept:
      return hub.ChangeAccept(id_, frame.accept(), Now());
    case v1::ConnectRequest::kBlock:
      return hub.ChangeBlock(id_, frame.block(), Now());
    case v1::ConnectRequest::kSignal:
      OnSignal(frame.signal());
      return absl::OkStatus();
    case v1::ConnectRequest::kRenewToken:
      return RenewToken(frame.renew_token());
    case v1::ConnectRequest::kGoodbye:
      hub.Disconnect(id_, Farewell::kGoodbye, Now());
      End(absl::OkStatus());
      return absl::OkStatus();
    case v1::ConnectRequest::kAddresses: {
      v1::ConnectResponse answer;
      *answer.mutable_addresses() = hub.SetAddresses(id_, frame.addresses(), Now());
      Send(std::move(answer));
      return absl::OkStatus();
    }
    case v1::ConnectRequest::FRAME_NOT_SET:
      return absl::OkStatus();  // of a newer client: not known here
  }
  return absl::OkStatus();
}

absl::Duration PresenceSession::NextHeartbeat() const {
  return HeartbeatFor(tools_.pace, tools_.stream.options.heartbeat, tools_.sessions->size());
}

void PresenceSession::OnHeartbeat(const v1::Heartbeat& heartbeat) {
  const absl::Time now = Now();
  if (!MustAnswer(tools_.pace, tools_.stream.options.heartbeat, heartbeat_, answered_, now)) return;
  answered_ = now;
  heartbeat_ = NextHeartbeat();
  SetHeartbeat(heartbeat_);
  v1::ConnectResponse answer;
  answer.mutable_heartbeat()->set_heartbeat_ms(absl::ToInt64Milliseconds(heartbeat_));
  answer.mutable_heartbeat()->set_client_time_ms(heartbeat.client_time_ms());
  answer.mutable_heartbeat()->set_server_time_ms(absl::ToUnixMillis(now));
  Send(std::move(answer));
}

void PresenceSession::OnSignal(const v1::Signal& signal) {
  const v1::SignalRefused::Reason reason = tools_.hub->PassSignal(id_, signal, Now());
  if (reason == v1::SignalRefused::REASON_UNSPECIFIED) return;
  v1::ConnectResponse answer;
  answer.mutable_signal_refused()->set_user(signal.user());
  answer.mutable_signal_refused()->set_reason(reason);
  Send(std::move(answer));
}

absl::Status PresenceSession::RenewToken(const v1::RenewToken& renewal) {
  PARLOR_ASSIGN_OR_RETURN(const service::Caller caller, tools_.tokens->Verify(renewal.access_token(), Now()));
  if (caller.user != user_ || caller.device != device_) {
    return absl::UnauthenticatedError("the fresh token is of another person or device");
  }
  ExtendToken(caller.expires);
  return absl::OkStatus();
}

void PresenceSession::OnTokenEnds(absl::Time at) {
  v1::ConnectResponse frame;
  frame.mutable_token_ends()->set_at_ms(absl::ToUnixMillis(at));
  Send(std::move(frame));
}

void PresenceSession::OnEnded(const absl::Status&) {
  tools_.sessions->Remove(this);
  tools_.hub->Disconnect(id_, Farewell::kLost, Now());  // without effect after a goodbye
}

bool PresenceSession::OnWelcome(v1::Welcome welcome) {
  v1::ConnectResponse frame;
  *frame.mutable_welcome() = std::move(welcome);
  v1::Welcome& greeting = *frame.mutable_welcome();
  heartbeat_ = NextHeartbeat();
  SetHeartbeat(heartbeat_);
  greeting.set_heartbeat_ms(absl::ToInt64Milliseconds(heartbeat_));
  greeting.set_answer_ms(
      absl::ToInt64Milliseconds(AnswerEvery(tools_.pace, tools_.stream.options.heartbeat)));
  greeting.set_server_time_ms(absl::ToUnixMillis(Now()));
  greeting.set_revocations(tools_.revocations->token());
  if (!Greet(std::move(frame))) return false;
  // The list may have changed between the check of the token and now, before this stream was told of changes.
  EndIfRevoked();
  return true;
}

void PresenceSession::OnEvicted(live::Ended why) {
  switch (why) {
    case live::Ended::kReplaced:
      return End(absl::CancelledError("a newer stream of this device took the place"));
    case live::Ended::kTakenOver:
      return End(absl::AbortedError("another device took over: come back only when your person asks for it"));
    case live::Ended::kEvicted:
      return End(absl::AbortedError("the place was taken away"));
  }
}

void PresenceSession::OnRevocations(const std::shared_ptr<const v1::ConnectResponse>& frame) {
  Send(frame);
  EndIfRevoked();
}

// It will not come back: its person's next device need not wait for the grace.
void PresenceSession::EndIfRevoked() {
  if (!tools_.revocations->IsRevoked(device_)) return;
  tools_.hub->Disconnect(id_, Farewell::kGoodbye, Now());
  End(absl::UnauthenticatedError("this device was logged out: log in again"));
}

void PresenceSession::Drain(absl::Duration retry_after) {
  v1::ConnectResponse frame;
  frame.mutable_goodbye()->set_retry_after_ms(absl::ToInt64Milliseconds(retry_after));
  Send(std::move(frame));
  End(absl::UnavailableError("the server is going down: come back in a moment"));
}

}  // namespace parlor::presence
