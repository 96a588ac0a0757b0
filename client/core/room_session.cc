#include "client/core/room_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/status.h"
#include "client/core/status_code.h"

namespace parlor::client {
namespace {

constexpr char kEnterRoom[] = "/parlor.rooms.v1.Rooms/EnterRoom";
// Frames that came between Entered and the store's answer; the server sends no more than a room's changes.
constexpr size_t kMaxEarlyFrames = 1'000;
constexpr uint32_t kMembersPage = 1'000;

std::string Heartbeat() {
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_heartbeat();
  return frame.SerializeAsString();
}

std::string LeaveFrame() {
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_leave();
  return frame.SerializeAsString();
}

// The answer will not change, however often is asked.
bool IsFinal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string RoomPasswordSetting(const std::string& room) {
  return absl::StrCat("room-password:", room);
}

RoomSession::RoomSession(const RoomWorld& world, std::string name, std::string password,
                         std::function<void()> on_over)
    : world_(world), name_(std::move(name)), password_(std::move(password)), on_over_(std::move(on_over)) {
  stream_ = std::make_unique<ServiceStream>(
      world_.loop, world_.channel, kEnterRoom,
      ServiceStream::Callbacks{.token = world_.token,
                               .first_frame = [this] { return FirstFrame(); },
                               .heartbeat = Heartbeat,
                               .on_frame = [this](const std::string& bytes) { OnStreamFrame(bytes); },
                               .on_lost = [this](const absl::Status& why) { return OnLost(why); },
                               .on_retry = [](absl::Duration) {}});
}

RoomSession::~RoomSession() = default;

// ---- the person's wishes

void RoomSession::Join(bool takeover, WaitingJoin waiting) {
  if (takeover) takeover_ = true;
  if (room_ != nullptr) {
    if (!waiting.command.empty()) Emit(DoneEvent{waiting.command, waiting.ref});
    return;
  }
  waiting_ = std::move(waiting);
  if (!waiting_.command.empty()) patience_ = world_.loop.After(world_.patience, [this] { GiveUp(); });
  stream_->Start();
}

void RoomSession::Leave() {
  stream_->Stop(LeaveFrame());
  if (room_ == nullptr) return;
  room_->Leave();
  EmitOwn("left");
}

void RoomSession::Close() {
  alive_.reset();
  if (room_ != nullptr) {
    Remember(false);
    room_->Leave();
  }
  timer_.reset();
  patience_.reset();
  stream_->Stop();
}

void RoomSession::Shutdown() {
  stream_->Stop(LeaveFrame());
  if (room_ != nullptr) room_->Leave();
}

void RoomSession::StepAside() {
  Shutdown();
  if (room_ == nullptr) return;
  EmitOwn("left");
  timer_.reset();
  wake_at_ = absl::InfiniteFuture();
  // Its own callbacks may lead here.
  world_.loop.Post([gone = std::shared_ptr<Room>(std::move(room_))] {});
}

void RoomSession::RetryNow() {
  if (!stream_->established()) stream_->Start();
  if (room_ != nullptr) WakeAt(world_.clock.Now());  // tickets may be judged by another time now
}

// ---- the services' word

std::string RoomSession::FirstFrame() const {
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_enter()->set_room(name_);
  frame.mutable_enter()->set_password(password_);
  frame.mutable_enter()->set_takeover(takeover_);
  return frame.SerializeAsString();
}

void RoomSession::OnStreamFrame(const std::string& bytes) {
  rooms::v1::EnterRoomResponse frame;
  if (!frame.ParseFromString(bytes)) return;  // of a newer server
  if (frame.has_entered()) return OnEntered(frame.entered());
  if (stream_->established()) tickets_.Heard(world_.clock.Now());
  if (entering_) {
    if (early_.size() < kMaxEarlyFrames) early_.push_back(std::move(frame));
    return;
  }
  if (room_ != nullptr) Dispatch(frame);
}

void RoomSession::OnEntered(const rooms::v1::Entered& entered) {
  takeover_ = false;
  tickets_.Heard(world_.clock.Now());
  const absl::Duration heartbeat = absl::Milliseconds(std::max<int64_t>(entered.heartbeat_ms(), 100));
  stream_->Established({.heartbeat = heartbeat, .answers = heartbeat});
  if (room_ != nullptr && room_->id() == entered.room().id()) {
    room_->OnEntered(entered, world_.clock.Now());
    if (room_->wants_members()) AskForMembers({});
    return Remember(true);
  }
  // Closed and made anew under the same name.
  timer_.reset();
  wake_at_ = absl::InfiniteFuture();
  room_.reset();
  entering_ = true;
  world_.store.Query<std::vector<Extent>>(
      [id = entered.room().id()](client::Store& store) { return store.Extents("#" + id); },
      [weak = std::weak_ptr(alive_), entered](const absl::StatusOr<std::vector<Extent>>& extents) {
        if (const auto alive = weak.lock()) (*alive)->Enter(entered, extents);
      });
}

void RoomSession::Enter(const rooms::v1::Entered& entered,
                        const absl::StatusOr<std::vector<Extent>>& extents) {
  if (!extents.ok()) {
    Emit(WarningEvent{"not_read", absl::StrCat("the history of #", name_,
                                               " could not be read: ", extents.status().message())});
  }
  entering_ = false;
  patience_.reset();
  RoomHost& host = *this;
  room_ = std::make_unique<Room>(host,
                                 RoomSelf{.user = world_.self.user,
                                          .device = world_.self.device,
                                          .epoch = RandomUint64(),
                                          .key = world_.key(),
                                          .chain_der = world_.chain(),
                                          .seed = RandomUint64()},
                                 entered.room().id(), entered.room().name(),
                                 extents.ok() ? *extents : std::vector<Extent>(), world_.overlay);
  room_->OnEntered(entered, world_.clock.Now());
  if (room_->wants_members()) AskForMembers({});
  // Links that are up already: their other side may be a member.
  for (const std::string& user : world_.links.linked()) room_->OnLinkUp(user, /*before=*/true);
  for (const auto& frame : std::exchange(early_, {})) Dispatch(frame);
  Remember(true);
  if (!waiting_.command.empty()) Emit(DoneEvent{std::exchange(waiting_.command, {}), waiting_.ref});
}

void RoomSession::Dispatch(const rooms::v1::EnterRoomResponse& frame) {
  using Frame = rooms::v1::EnterRoomResponse;
  switch (frame.frame_case()) {
    case Frame::kTicket:
      room_->OnTicket(frame.ticket().ticket(), frame.ticket().role());
      return Remember(true);
    case Frame::kMember:
      return room_->OnMember(frame.member(), world_.clock.Now());
    case Frame::kIntroduction:
      return room_->OnIntroduction(frame.introduction());
    case Frame::kMembers:
      room_->OnMembers(frame.members(), frame.members().next_page_token().empty(), world_.clock.Now());
      if (room_->wants_members()) AskForMembers(frame.members().next_page_token());
      return;
    case Frame::kRoom:
      closed_ = frame.room().closed();
      return room_->OnRoomChanged(frame.room().room());
    case Frame::kEvent:
      return room_->OnVerdict(frame.event().token(), world_.clock.Now());
    case Frame::kTokenEnds:
      return OnTokenEnds();
    case Frame::kGoodbye:
      return stream_->Reconnect(absl::Milliseconds(frame.goodbye().retry_after_ms()));
    case Frame::kEntered:
    case Frame::kHeartbeat:
    case Frame::FRAME_NOT_SET:
      return;
  }
}

void RoomSession::AskForMembers(const std::string& page) {
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_list_members()->set_page_size(kMembersPage);
  frame.mutable_list_members()->set_page_token(page);
  stream_->Send(frame);  // lost with the stream, it is asked again when the room is entered again
}

void RoomSession::OnTokenEnds() {
  world_.token([weak = std::weak_ptr(alive_)](const absl::StatusOr<std::string>& token) {
    const auto alive = weak.lock();
    if (!alive || !token.ok()) return;  // the stream is going to be closed, and its end says why
    rooms::v1::EnterRoomRequest frame;
    frame.mutable_renew_token()->set_access_token(*token);
    (*alive)->stream_->Send(frame);
  });
}

ServiceStream::Next RoomSession::OnLost(const absl::Status& why) {
  tickets_.Lost();
  const bool full = absl::IsResourceExhausted(why) && room_ == nullptr;
  last_lost_ = why;
  if (!IsFinal(why.code()) && !full) {
    return absl::IsUnauthenticated(why) ? ServiceStream::Next::kRetrySlow : ServiceStream::Next::kRetry;
  }
  room_ == nullptr ? TellRefused(why) : TellLost(why);
  Over();
  return ServiceStream::Next::kStop;
}

void RoomSession::TellRefused(const absl::Status& why) {
  const char* hint = absl::IsAlreadyExists(why) ? "; `takeover` takes its place" : "";
  Emit(ErrorEvent{CodeName(why.code()), absl::StrCat(why.message(), hint),
                  std::exchange(waiting_.command, {}), waiting_.ref});
}

void RoomSession::GiveUp() {
  world_.loop.Post([done = std::shared_ptr<Timer>(std::move(patience_))] {});
  const absl::string_view why = last_lost_.ok() ? "the server does not answer" : last_lost_.message();
  TellRefused(absl::UnavailableError(absl::StrCat("#", name_, " could not be entered: ", why)));
  Over();
}

void RoomSession::TellLost(const absl::Status& why) {
  if (room_->removed()) return;  // it was said when the moderator's word came
  if (closed_ || absl::IsNotFound(why)) return room_->OnRemoved("closed", "");
  if (absl::IsPermissionDenied(why)) return room_->OnRemoved("kicked", "");
  EmitOwn("left");
  Emit(WarningEvent{"left", std::string(why.message())});
}

void RoomSession::EmitOwn(const std::string& change) {
  RoomEvent event;
  event.room = name_;
  event.change = change;
  event.user = world_.self.user;
  Emit(event);
}

void RoomSession::Over() {
  world_.loop.Post([weak = std::weak_ptr(alive_)] {
    if (const auto alive = weak.lock()) (*alive)->on_over_();
  });
}

void RoomSession::Remember(bool entered) {
  RoomRecord record;
  record.id = room_->id();
  record.name = name_;
  record.topic = room_->topic();
  record.ticket = room_->ticket();
  record.entered = entered;
  world_.store.Run(
      [record, password = password_](client::Store& store) -> absl::Status {
        PARLOR_RETURN_IF_ERROR(store.PutRoom(record));
        return password.empty() ? absl::OkStatus()
                                : store.PutSetting(RoomPasswordSetting(record.id), password);
      },
      [emit = world_.emit, name = name_](const absl::Status& status) {
        if (status.ok()) return;
        emit(WarningEvent{"not_stored",
                          absl::StrCat("that you are in #", name,
                                       " will be forgotten at the next start: ", status.message())});
      });
}

// ---- what the room sees of the world

bool RoomSession::SendFrame(const std::string& user, const peer::v1::Frame& frame) {
  return world_.links.Send(user, frame);
}

bool RoomSession::SendBytes(const std::string& user, absl::string_view frame) {
  return world_.links.SendBytes(user, frame);
}

void RoomSession::SendLossy(const std::string& user, const peer::v1::Frame& frame) {
  world_.links.SendLossy(user, frame);
}

void RoomSession::CloseLink(const std::string& user, const absl::Status& why) {
  // Not inside the call that found it out.
  world_.loop.Post([&links = world_.links, weak = std::weak_ptr(world_.alive), user, why] {
    if (weak.lock()) links.Close(user, peer::v1::Goodbye::REASON_PROTOCOL, why);
  });
}

const LinkInfo* RoomSession::LinkTo(const std::string& user) {
  return world_.links.Find(user);
}

void RoomSession::WantLink(const std::string& user, const std::string& introduction) {
  if (room_ == nullptr) return;  // it stepped aside, and some turn of its own ends
  world_.links.Want(user, room_->id(), introduction);
  if (world_.links.Find(user) != nullptr || !introduction.empty()) return;
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_introduce()->set_user(user);
  stream_->Send(frame);  // without services, addresses of before have to do
}

void RoomSession::DropLink(const std::string& user) {
  Unwant(user, /*at_once=*/true);
}

void RoomSession::ReleaseLink(const std::string& user) {
  Unwant(user, /*at_once=*/false);
}

void RoomSession::Unwant(const std::string& user, bool at_once) {
  if (room_ == nullptr) return;
  world_.loop.Post([&links = world_.links, weak = std::weak_ptr(world_.alive), user, room = room_->id(),
                    session = std::weak_ptr(alive_), at_once] {
    const auto alive = session.lock();
    const bool again = alive && (*alive)->room_ != nullptr && (*alive)->room_->Wants(user);
    if (weak.lock() && !again) at_once ? links.Unwant(user, room) : links.Release(user, room);
  });
}

std::vector<PeerAddress> RoomSession::AddressesOf(const std::string& user) {
  return world_.links.AddressesOf(user);
}

void RoomSession::LearnAddresses(const std::string& user, std::vector<PeerAddress> addresses) {
  world_.links.LearnHearsay(user, addresses);
}

absl::StatusOr<Ticket> RoomSession::JudgeTicket(const std::string& token, const DeviceIdentity& peer) {
  return world_.trust.JudgeTicket(token, peer, world_.clock.Now(), tickets_);
}

absl::StatusOr<Author> RoomSession::JudgeAuthor(const std::vector<std::string>& chain_der,
                                                const std::string& ticket) {
  return world_.trust.JudgeAuthor(chain_der, ticket);
}

absl::Status RoomSession::Covers(const Ticket& ticket, absl::Time written) {
  return world_.trust.Covers(ticket, written);
}

absl::StatusOr<RoomVerdict> RoomSession::TakeVerdict(const std::string& token) {
  return world_.trust.TakeRoomVerdict(token, world_.clock.Now());
}

absl::Time RoomSession::strict_from() {
  return std::max(world_.trust.clock().strict_from(), tickets_.strict_from());
}

void RoomSession::Removed() {
  Over();
}

void RoomSession::Store(StoreWorker::Job job, StoreWorker::Done done) {
  world_.store.Run(std::move(job), std::move(done));
}

void RoomSession::StoreLazily(StoreWorker::Job job) {
  world_.store.RunLazily(std::move(job), [](const absl::Status&) {});
}

void RoomSession::AfterThisTurn(std::function<void(absl::Time now)> run) {
  world_.loop.Post([&clock = world_.clock, weak = std::weak_ptr(world_.alive), run = std::move(run)] {
    if (weak.lock()) run(clock.Now());
  });
}

void RoomSession::Emit(Event event) {
  world_.emit(event);
}

void RoomSession::WakeAt(absl::Time when) {
  if (room_ == nullptr || when >= wake_at_) return;
  wake_at_ = when;
  timer_ = world_.loop.After(when - world_.clock.Now(), [this] {
    wake_at_ = absl::InfiniteFuture();
    world_.loop.Post([done = std::shared_ptr<Timer>(std::move(timer_))] {});
    room_->OnTimer(world_.clock.Now());
  });
}

}  // namespace parlor::client
