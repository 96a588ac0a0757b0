#include "client/core/rooms.h"

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

std::string PasswordSetting(const std::string& room) {
  return absl::StrCat("room-password:", room);
}

}  // namespace

struct Rooms::Session {
  std::string name;
  std::string password;
  bool takeover = false;
  std::string command;  // waiting for its answer
  std::string ref;
  bool entering = false;  // the store is asked what it has
  bool closed = false;    // the owner ended the room
  std::vector<rooms::v1::EnterRoomResponse> early;
  std::unique_ptr<Host> host;
  std::unique_ptr<Room> room;  // from the first Entered on
  std::unique_ptr<ServiceStream> stream;
  std::unique_ptr<Timer> timer;
  absl::Time wake_at = absl::InfiniteFuture();
};

// What one room sees of the world.
class Rooms::Host final : public RoomHost {
 public:
  Host(Rooms& rooms, Session& session) : rooms_(rooms), session_(session) {}

  bool SendFrame(const std::string& user, const peer::v1::Frame& frame) override {
    return rooms_.links_.Send(user, frame);
  }
  void CloseLink(const std::string& user, const absl::Status& why) override {
    // Not inside the call that found it out.
    rooms_.loop_.Post([&links = rooms_.links_, weak = std::weak_ptr(rooms_.alive_), user, why] {
      if (weak.lock()) links.Close(user, peer::v1::Goodbye::REASON_PROTOCOL, why);
    });
  }
  const LinkInfo* LinkTo(const std::string& user) override { return rooms_.links_.Find(user); }
  void WantLink(const std::string& user, const std::string& introduction) override {
    rooms_.links_.Want(user, session_.room->id(), introduction);
    if (rooms_.links_.Find(user) == nullptr && introduction.empty()) AskIntroduction(user);
  }
  void DropLink(const std::string& user) override {
    rooms_.loop_.Post(
        [&links = rooms_.links_, weak = std::weak_ptr(rooms_.alive_), user, room = session_.room->id()] {
          if (weak.lock()) links.Unwant(user, room);
        });
  }
  std::vector<PeerAddress> AddressesOf(const std::string& user) override {
    return rooms_.links_.AddressesOf(user);
  }
  void LearnAddresses(const std::string& user, std::vector<PeerAddress> addresses) override {
    rooms_.links_.LearnAddresses(user, addresses);
    rooms_.links_.RetryNow(user);
  }
  absl::StatusOr<Ticket> JudgeTicket(const std::string& token, const DeviceIdentity& peer) override {
    return rooms_.trust_.JudgeTicket(token, peer, rooms_.clock_.Now());
  }
  absl::StatusOr<Author> JudgeAuthor(const std::vector<std::string>& chain_der,
                                     const std::string& ticket) override {
    return rooms_.trust_.JudgeAuthor(chain_der, ticket);
  }
  absl::Status Covers(const Ticket& ticket, absl::Time written) override {
    return rooms_.trust_.Covers(ticket, written);
  }
  absl::StatusOr<RoomVerdict> TakeVerdict(const std::string& token) override {
    return rooms_.trust_.TakeRoomVerdict(token, rooms_.clock_.Now());
  }
  bool services_live() override { return rooms_.trust_.live() && session_.stream->established(); }
  void Removed() override {
    rooms_.loop_.Post([weak = std::weak_ptr(rooms_.alive_), name = session_.name] {
      if (const auto alive = weak.lock()) (*alive)->End(name);
    });
  }
  void Store(StoreWorker::Job job, StoreWorker::Done done) override {
    rooms_.store_.Run(std::move(job), std::move(done));
  }
  void Emit(Event event) override { rooms_.handlers_.emit(event); }
  void WakeAt(absl::Time when) override {
    if (when >= session_.wake_at) return;
    session_.wake_at = when;
    session_.timer = rooms_.loop_.After(when - rooms_.clock_.Now(), [this] {
      session_.wake_at = absl::InfiniteFuture();
      rooms_.loop_.Post([done = std::shared_ptr<Timer>(std::move(session_.timer))] {});
      session_.room->OnTimer(rooms_.clock_.Now());
    });
  }

 private:
  void AskIntroduction(const std::string& user) {
    rooms::v1::EnterRoomRequest frame;
    frame.mutable_introduce()->set_user(user);
    session_.stream->Send(frame);  // without services, addresses of before have to do
  }

  Rooms& rooms_;
  Session& session_;
};

Rooms::Rooms(Loop& loop, RpcChannel& channel, ServerClock& clock, StoreWorker& store, Links& links,
             Trust& trust, Handlers handlers, Self self)
    : loop_(loop),
      channel_(channel),
      clock_(clock),
      store_(store),
      links_(links),
      trust_(trust),
      handlers_(std::move(handlers)),
      self_(std::move(self)) {}

Rooms::~Rooms() = default;

Rooms::Session* Rooms::SessionOf(const std::string& name) const {
  const auto found = sessions_.find(name);
  return found == sessions_.end() ? nullptr : found->second.get();
}

template <typename Call>
void Rooms::ForEach(Call call) {
  // A call may end a session.
  for (const std::string& name : Names()) {
    Session* session = SessionOf(name);
    if (session != nullptr && session->room != nullptr) call(*session->room);
  }
}

void Rooms::Restore(const std::vector<RoomRecord>& rooms) {
  for (const RoomRecord& record : rooms) {
    if (!record.entered) continue;
    store_.Query<std::optional<std::string>>(
        [id = record.id](Store& store) { return store.Setting(PasswordSetting(id)); },
        [weak = std::weak_ptr(alive_),
         name = record.name](absl::StatusOr<std::optional<std::string>> password) {
          const auto alive = weak.lock();
          if (!alive) return;
          (*alive)->Join(name, password.ok() ? password->value_or("") : "", false, {}, {});
        });
  }
}

// ---- entering and leaving
// ---------------------------------------------------------------------------------------

void Rooms::Join(const std::string& name, const std::string& password, bool takeover,
                 const std::string& command, const std::string& ref) {
  if (Session* session = SessionOf(name); session != nullptr) {
    if (session->room != nullptr) {
      if (takeover) session->takeover = true;
      if (!command.empty()) handlers_.emit(DoneEvent{command, ref});
      return;
    }
    session->command = command;
    session->ref = ref;
    return session->stream->Start();
  }
  if (sessions_.size() >= kMaxRooms) {
    return handlers_.emit(ErrorEvent{"resource_exhausted",
                                     absl::StrCat("you are in ", kMaxRooms, " rooms; leave one first"),
                                     command, ref});
  }
  auto session = std::make_unique<Session>();
  session->name = name;
  session->password = password;
  session->takeover = takeover;
  session->command = command;
  session->ref = ref;
  session->host = std::make_unique<Host>(*this, *session);
  Session& opened = *session;
  sessions_[name] = std::move(session);
  Open(opened);
}

void Rooms::Open(Session& session) {
  session.stream = std::make_unique<ServiceStream>(
      loop_, channel_, kEnterRoom,
      ServiceStream::Callbacks{
          .token = handlers_.token,
          .first_frame =
              [&session] {
                rooms::v1::EnterRoomRequest frame;
                frame.mutable_enter()->set_room(session.name);
                frame.mutable_enter()->set_password(session.password);
                frame.mutable_enter()->set_takeover(session.takeover);
                return frame.SerializeAsString();
              },
          .heartbeat =
              [] {
                rooms::v1::EnterRoomRequest frame;
                frame.mutable_heartbeat();
                return frame.SerializeAsString();
              },
          .on_frame = [this, &session](const std::string& bytes) { OnFrameOf(session, bytes); },
          .on_lost = [this, &session](const absl::Status& why) { return OnLost(session, why); },
          .on_retry = [](absl::Duration) {}});
  session.stream->Start();
}

absl::Status Rooms::Leave(const std::string& name) {
  Session* session = SessionOf(name);
  if (session == nullptr) return absl::FailedPreconditionError(absl::StrCat("you are not in #", name));
  rooms::v1::EnterRoomRequest frame;
  frame.mutable_leave();
  session->stream->Stop(frame.SerializeAsString());
  if (session->room != nullptr) {
    session->room->Leave();
    RoomEvent event;
    event.room = name;
    event.change = "left";
    event.user = self_.user;
    handlers_.emit(event);
  }
  End(name);
  return absl::OkStatus();
}

// The session goes at the end of this turn of the loop: callbacks of its own parts lead here.
void Rooms::End(const std::string& name) {
  const auto found = sessions_.find(name);
  if (found == sessions_.end()) return;
  Session& session = *found->second;
  if (session.room != nullptr) {
    Remember(session, false);
    session.room->Leave();
  }
  session.timer.reset();
  session.stream->Stop();
  // The last frame needs a moment to leave (ServiceStream::Stop).
  const auto gone = std::make_shared<std::unique_ptr<Session>>(std::move(found->second));
  sessions_.erase(found);
  auto keep = std::make_shared<std::unique_ptr<Timer>>();
  *keep = loop_.After(absl::Seconds(2), [this, gone, keep, weak = std::weak_ptr(alive_)]() mutable {
    if (weak.lock()) loop_.Post([gone = std::move(gone), keep = std::move(keep)] {});
  });
}

void Rooms::StepAside() {
  Shutdown();
  for (auto& [name, session] : sessions_) {
    if (session->room == nullptr) continue;
    RoomEvent event;
    event.room = name;
    event.change = "left";
    event.user = self_.user;
    handlers_.emit(event);
    session->timer.reset();
    session->wake_at = absl::InfiniteFuture();
    // Its own callbacks may lead here.
    loop_.Post([gone = std::shared_ptr<Room>(std::move(session->room))] {});
  }
}

void Rooms::Shutdown() {
  for (auto& [name, session] : sessions_) {
    rooms::v1::EnterRoomRequest frame;
    frame.mutable_leave();
    session->stream->Stop(frame.SerializeAsString());
    if (session->room != nullptr) session->room->Leave();
  }
}

void Rooms::Remember(Session& session, bool entered) {
  RoomRecord record;
  record.id = session.room->id();
  record.name = session.name;
  record.topic = session.room->topic();
  record.ticket = session.room->ticket();
  record.entered = entered;
  store_.Run(
      [record, password = session.password](Store& store) -> absl::Status {
        PARLOR_RETURN_IF_ERROR(store.PutRoom(record));
        return password.empty() ? absl::OkStatus() : store.PutSetting(PasswordSetting(record.id), password);
      },
      [emit = handlers_.emit, name = session.name](const absl::Status& status) {
        if (status.ok()) return;
        emit(WarningEvent{"not_stored",
                          absl::StrCat("that you are in #", name,
                                       " will be forgotten at the next start: ", status.message())});
      });
}

// ---- the services' word
// -------------------------------------------------------------------------------------------

void Rooms::OnFrameOf(Session& session, const std::string& bytes) {
  rooms::v1::EnterRoomResponse frame;
  if (!frame.ParseFromString(bytes)) return;  // of a newer server
  if (frame.has_entered()) return OnEntered(session, frame.entered());
  if (session.entering) {
    if (session.early.size() < kMaxEarlyFrames) session.early.push_back(std::move(frame));
    return;
  }
  if (session.room != nullptr) Dispatch(session, frame);
}

void Rooms::OnEntered(Session& session, const rooms::v1::Entered& entered) {
  session.takeover = false;
  session.stream->Established(absl::Milliseconds(std::max<int64_t>(entered.heartbeat_ms(), 100)));
  if (session.room != nullptr && session.room->id() == entered.room().id()) {
    session.room->OnEntered(entered, clock_.Now());
    return Remember(session, true);
  }
  session.room.reset();  // closed and made anew under the same name
  session.entering = true;
  store_.Query<std::vector<Extent>>(
      [id = entered.room().id()](Store& store) { return store.Extents("#" + id); },
      [weak = std::weak_ptr(alive_), name = session.name,
       entered](absl::StatusOr<std::vector<Extent>> extents) {
        const auto alive = weak.lock();
        Session* found = alive ? (*alive)->SessionOf(name) : nullptr;
        if (found == nullptr) return;
        Rooms& rooms = **alive;
        if (!extents.ok()) {
          rooms.handlers_.emit(WarningEvent{
              "not_read",
              absl::StrCat("the history of #", name, " could not be read: ", extents.status().message())});
        }
        found->entering = false;
        found->room = std::make_unique<Room>(*found->host,
                                             RoomSelf{rooms.self_.user, rooms.self_.device, RandomUint64(),
                                                      rooms.handlers_.key(), rooms.handlers_.chain()},
                                             entered.room().id(), entered.room().name(),
                                             extents.ok() ? *extents : std::vector<Extent>());
        found->room->OnEntered(entered, rooms.clock_.Now());
        // Links that are up already: their other side may be a member.
        for (const std::string& user : rooms.links_.linked()) found->room->OnLinkUp(user, rooms.clock_.Now());
        for (const auto& frame : std::exchange(found->early, {})) rooms.Dispatch(*found, frame);
        rooms.Remember(*found, true);
        if (!found->command.empty())
          rooms.handlers_.emit(DoneEvent{std::exchange(found->command, {}), found->ref});
      });
}

void Rooms::Dispatch(Session& session, const rooms::v1::EnterRoomResponse& frame) {
  using Frame = rooms::v1::EnterRoomResponse;
  Room& room = *session.room;
  switch (frame.frame_case()) {
    case Frame::kTicket:
      room.OnTicket(frame.ticket().ticket(), frame.ticket().role());
      return Remember(session, true);
    case Frame::kMember:
      return room.OnMember(frame.member(), clock_.Now());
    case Frame::kIntroduction:
      if (room.IsMember(frame.introduction().user())) {
        links_.Want(frame.introduction().user(), room.id(), frame.introduction().token());
      }
      return;
    case Frame::kRoom:
      session.closed = frame.room().closed();
      return room.OnRoomChanged(frame.room().room());
    case Frame::kEvent:
      return room.OnVerdict(frame.event().token(), clock_.Now());
    case Frame::kTokenEnds:
      return OnTokenEnds(session.name);
    case Frame::kGoodbye:
      return session.stream->Reconnect(absl::Milliseconds(frame.goodbye().retry_after_ms()));
    case Frame::kEntered:
    case Frame::kHeartbeat:
    case Frame::kMembers:
    case Frame::FRAME_NOT_SET:
      return;
  }
}

void Rooms::OnTokenEnds(const std::string& name) {
  handlers_.token([weak = std::weak_ptr(alive_), name](const absl::StatusOr<std::string>& token) {
    const auto alive = weak.lock();
    Session* session = alive ? (*alive)->SessionOf(name) : nullptr;
    if (session == nullptr || !token.ok()) return;  // the stream is going to be closed, and its end says why
    rooms::v1::EnterRoomRequest frame;
    frame.mutable_renew_token()->set_access_token(*token);
    session->stream->Send(frame);
  });
}

ServiceStream::Next Rooms::OnLost(Session& session, const absl::Status& why) {
  const bool was_in = session.room != nullptr;
  const absl::StatusCode code = why.code();
  const bool over = code == absl::StatusCode::kPermissionDenied || code == absl::StatusCode::kNotFound ||
                    code == absl::StatusCode::kAborted || code == absl::StatusCode::kInvalidArgument ||
                    code == absl::StatusCode::kFailedPrecondition;
  const bool refused = over || code == absl::StatusCode::kAlreadyExists ||
                       (code == absl::StatusCode::kResourceExhausted && !was_in);
  if (!refused) {
    return code == absl::StatusCode::kUnauthenticated ? ServiceStream::Next::kRetrySlow
                                                      : ServiceStream::Next::kRetry;
  }
  const std::string name = session.name;
  if (!was_in) {
    const char* hint = code == absl::StatusCode::kAlreadyExists ? "; `takeover` takes its place" : "";
    handlers_.emit(ErrorEvent{CodeName(code), absl::StrCat(why.message(), hint),
                              std::exchange(session.command, {}), session.ref});
  } else if (!session.room->removed()) {
    RoomEvent event;
    event.room = name;
    event.change = session.closed || code == absl::StatusCode::kNotFound ? "closed"
                   : code == absl::StatusCode::kPermissionDenied         ? "kicked"
                                                                         : "left";
    event.user = self_.user;
    handlers_.emit(event);
    if (event.change == "left") handlers_.emit(WarningEvent{"left", std::string(why.message())});
  }
  loop_.Post([weak = std::weak_ptr(alive_), name] {
    if (const auto alive = weak.lock()) (*alive)->End(name);
  });
  return ServiceStream::Next::kStop;
}

void Rooms::RetryNow() {
  for (auto& [name, session] : sessions_) {
    if (!session->stream->established()) session->stream->Start();
  }
}

// ---- talk
// -------------------------------------------------------------------------------------------------------

absl::Status Rooms::Send(const std::string& name, absl::string_view text, const std::string& ref) {
  Session* session = SessionOf(name);
  if (session == nullptr)
    return absl::FailedPreconditionError(absl::StrCat("you are not in #", name, "; join it first"));
  if (session->room == nullptr) {
    return absl::UnavailableError(absl::StrCat("#", name, " is not entered yet; try again in a moment"));
  }
  return session->room->Send(text, ref, clock_.Now());
}

void Rooms::Typing(const std::string& name) {
  Session* session = SessionOf(name);
  if (session != nullptr && session->room != nullptr) session->room->Typing();
}

void Rooms::OnLinkUp(const std::string& user) {
  ForEach([&](Room& room) { room.OnLinkUp(user, clock_.Now()); });
}
void Rooms::OnLinkDown(const std::string& user) {
  ForEach([&](Room& room) { room.OnLinkDown(user, clock_.Now()); });
}
void Rooms::OnWritable(const std::string& user) {
  ForEach([&](Room& room) { room.OnWritable(user); });
}
void Rooms::OnFrame(const std::string& user, const peer::v1::Frame& frame) {
  ForEach([&](Room& room) { room.OnFrame(user, frame, clock_.Now()); });
}
void Rooms::OnChain(const std::vector<std::string>& chain_der) {
  ForEach([&](Room& room) { room.SetChain(chain_der); });
}

const Room* Rooms::Find(const std::string& name) const {
  const Session* session = SessionOf(name);
  return session == nullptr ? nullptr : session->room.get();
}

std::vector<std::string> Rooms::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, session] : sessions_) names.push_back(name);
  return names;
}

bool Rooms::quiet() const {
  return std::all_of(sessions_.begin(), sessions_.end(),
                     [](const auto& entry) { return entry.second->stream->quiet(); });
}

bool Rooms::IsMember(const std::string& user) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return entry.second->room != nullptr && entry.second->room->IsMember(user);
  });
}

}  // namespace parlor::client
