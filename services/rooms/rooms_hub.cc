#include "services/rooms/rooms_hub.h"

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/retry.h"
#include "base/status.h"
#include "services/common/live/await.h"
#include "services/rooms/admission.h"
#include "services/rooms/letters.h"
#include "services/rooms/permissions.h"
#include "services/rooms/room_fields.h"
#include "services/rooms/room_password.h"
#include "services/rooms/seat_details.h"

namespace parlor::rooms {
namespace {

absl::Status Busy() {
  return WithRetryAfter(absl::ResourceExhaustedError("the server is busy: try again in a second"),
                        absl::Seconds(1));
}

// What a stream ends with whose seat went to somebody else or was taken away.
absl::Status EndOf(live::Ended ended, absl::string_view note, const std::string& room) {
  switch (ended) {
    case live::Ended::kReplaced:
      return absl::AbortedError(absl::StrCat("this device has entered #", room, " anew"));
    case live::Ended::kTakenOver:
      return absl::AbortedError(absl::StrCat("another device of yours took your place in #", room));
    case live::Ended::kEvicted:
      break;
  }
  const Removal removal = DecodeRemoval(note);
  switch (removal.why) {
    case Removal::Why::kKicked:
      return absl::PermissionDeniedError(absl::StrCat(removal.by, " kicked you from #", room));
    case Removal::Why::kBanned:
      return absl::PermissionDeniedError(absl::StrCat(removal.by, " banned you from #", room));
  }
  return absl::AbortedError(absl::StrCat("your place in #", room, " is gone"));
}

// The directory's reasons for refusing a seat, in the words of rooms.
absl::Status SeatRefusal(const absl::Status& why, const Room& room, size_t members) {
  if (absl::IsResourceExhausted(why) && members >= room.capacity) {
    return absl::ResourceExhaustedError(
        absl::StrCat("#", room.name, " is full: it holds ", room.capacity, " people"));
  }
  if (absl::IsAlreadyExists(why)) {
    return absl::AlreadyExistsError(
        absl::StrCat("another device of yours is in #", room.name, ": take its place to enter here"));
  }
  return why;
}

// Beyond it somebody who enters is greeted by another thread while those who are there are told (75 µs each).
constexpr size_t kManyToTell = 64;

double RandomShare() {
  return static_cast<double>(RandomUint64() >> 11) / static_cast<double>(uint64_t{1} << 53);
}

}  // namespace

// One EnterRoom between its first frame and its answer. Handed from thread to thread, never shared but for
// at_seat.
struct RoomsHub::Entry {
  EntryRequest request;
  std::shared_ptr<MemberStream> stream;
  std::string room_name;  // canonical
  Room room;
  Standing standing;
  Role role = Role::kListener;

  // When the answer does not go on with a seat itself, claiming thread and answer meet here, and who comes
  // second does.
  std::atomic<int> at_seat{0};

  Bearer bearer() const { return {request.user, request.device, room.id, room.name}; }
};

RoomsHub::RoomsHub(const RoomsParts& parts, const HubOptions& options)
    : parts_(parts),
      options_(options),
      joins_({.per_second = options.limits.joins_per_minute / 60.0,
              .burst = static_cast<double>(options.limits.joins_per_minute)}) {
  parts_.directory->Observe([this](const live::Change& change) { OnChange(change); });
  parts_.directory->ReadLetters([this](absl::string_view letter) { OnLetter(letter); });
  parts_.catalogue->Observe([this](const Room& room, bool closed) { OnRoom(room, closed); });
}

void RoomsHub::Refuse(const Entry& entry, const absl::Status& why) const {
  parts_.metrics->CountJoin(why);
  entry.stream->End(why);
}

void RoomsHub::Enter(EntryRequest request, std::shared_ptr<MemberStream> stream) {
  auto entry = std::make_shared<Entry>();
  entry->request = std::move(request);
  entry->stream = std::move(stream);
  const absl::Time now = parts_.clock->Now();
  if (const absl::Status rate = joins_.Check(entry->request.user, now, "you enter rooms too often");
      !rate.ok()) {
    return Refuse(*entry, rate);
  }
  if (!parts_.pool->TrySubmit([this, entry] { Admit(entry); })) Refuse(*entry, Busy());
}

absl::Status RoomsHub::Judge(Entry& entry) const {
  absl::StatusOr<Room> room = parts_.store->Find(entry.room_name);
  if (absl::IsNotFound(room.status())) return NoSuchRoom(entry.room_name);
  PARLOR_RETURN_IF_ERROR(room.status());
  entry.room = *std::move(room);
  PARLOR_ASSIGN_OR_RETURN(entry.standing, parts_.store->FindStanding(entry.room.id, entry.request.user));
  entry.role = RoleOf(entry.room, entry.request.user, entry.standing);
  return CheckMayEnter(entry.room, entry.request.user, entry.standing, parts_.clock->Now());
}

void RoomsHub::Admit(const EntryPtr& entry) {
  const absl::Status admitted = [&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(entry->room_name, RoomNameField(entry->request.room));
    PARLOR_RETURN_IF_ERROR(Judge(*entry));
    if (!MustGivePassword(entry->room, entry->request.user, entry->standing)) return absl::OkStatus();
    if (!CheckPasswordField(entry->request.password).ok()) {
      return absl::PermissionDeniedError(absl::StrCat("#", entry->room.name, " asks for a password"));
    }
    return CheckRoomPassword(entry->request.password, entry->room.password_hash);
  }();
  if (!admitted.ok()) return Refuse(*entry, admitted);
  ClaimSeat(entry);
}

void RoomsHub::ClaimSeat(const EntryPtr& entry) {
  live::SeatClaim claim;
  claim.scope = entry->room.id;
  claim.user = entry->request.user;
  claim.device = entry->request.device;
  claim.session = entry->request.session;
  claim.details = EncodeSeatDetails({.role = entry->role});
  claim.takeover = entry->request.takeover;
  claim.capacity = entry->room.capacity;
  auto on_ended = [stream = entry->stream, name = entry->room.name, user = entry->request.user](
                      live::Ended ended, absl::string_view note) {
    if (ended == live::Ended::kEvicted) {
      for (const SharedFrame& frame : FramesForTheRemoved(user, note)) stream->Send(frame);
    }
    stream->End(EndOf(ended, note, name));
  };
  parts_.directory->Claim(std::move(claim), std::move(on_ended), parts_.clock->Now(),
                          [this, entry](absl::StatusOr<live::ClaimAnswer> won) {
                            if (!won.ok())
                              return Refuse(*entry, SeatRefusal(won.status(), entry->room,
                                                                parts_.directory->Count(entry->room.id)));
                            const auto welcome = [this, entry] { Welcome(entry); };
                            // The claiming thread tells the others first.
                            const bool many = parts_.directory->Count(entry->room.id) > kManyToTell;
                            if (many && parts_.pool->TrySubmit(welcome)) return;
                            if (entry->at_seat.fetch_add(1) == 0) return;  // the claiming thread goes on
                            if (parts_.pool->TrySubmit(welcome)) return;
                            parts_.directory->Release(entry->request.session, parts_.clock->Now());
                            Refuse(*entry, Busy());
                          });
  if (entry->at_seat.fetch_add(1) == 1) Welcome(entry);
}

void RoomsHub::Welcome(const EntryPtr& entry) {
  const std::string& session = entry->request.session;
  // In the roster before the members are looked at: what changes from now on is queued behind the greeting.
  roster_.Add(std::make_shared<LocalMember>(
                  LocalMember{session, entry->bearer(), entry->standing.removed_at, entry->stream}),
              FirstRenewal(parts_.clock->Now()));
  if (const absl::Status still = JudgeAgain(*entry); !still.ok()) {
    roster_.Remove(session);
    parts_.directory->Release(session, parts_.clock->Now());
    return Refuse(*entry, still);
  }
  if (!entry->stream->Greet(Entered(*entry))) return Lost(session);
  parts_.metrics->CountJoin(absl::OkStatus());
}

absl::Status RoomsHub::JudgeAgain(Entry& entry) const {
  const std::string claimed_id = entry.room.id;
  const Role claimed_role = entry.role;
  PARLOR_RETURN_IF_ERROR(CheckRevoked(entry.request.device));
  PARLOR_RETURN_IF_ERROR(Judge(entry));
  if (entry.room.id != claimed_id) return NoSuchRoom(entry.room_name);
  if (entry.role == claimed_role) return absl::OkStatus();
  return ShowRole(entry.room, entry.request.user, "");
}

v1::EnterRoomResponse RoomsHub::Entered(const Entry& entry) const {
  const absl::Time now = parts_.clock->Now();
  const Bearer bearer = entry.bearer();
  v1::EnterRoomResponse frame;
  v1::Entered& entered = *frame.mutable_entered();
  *entered.mutable_room() = RoomMessage(entry.room, parts_.directory->Count(entry.room.id));
  entered.set_role(RoleMessage(entry.role));
  const Ticket ticket = parts_.tickets->MakeTicket(bearer, entry.role, now, entry.standing.removed_at);
  entered.set_ticket(ticket.token);
  entered.set_ticket_expires_ms(absl::ToUnixMillis(ticket.expires));
  for (const live::Seat& seat : parts_.directory->Sample(entry.room.id, kMaxSample, bearer.user)) {
    *entered.add_sample() = MemberMessage(seat);
    v1::Introduction& introduction = *entered.add_introductions();
    introduction.set_user(seat.user);
    introduction.set_token(parts_.tickets->MakeIntroduction(bearer, seat.user, now));
  }
  entered.set_heartbeat_ms(absl::ToInt64Milliseconds(options_.heartbeat));
  entered.set_server_time_ms(absl::ToUnixMillis(now));
  return frame;
}

void RoomsHub::Leave(absl::string_view session) {
  roster_.Remove(session);
  parts_.directory->Release(session, parts_.clock->Now());
}

void RoomsHub::Lost(absl::string_view session) {
  roster_.Remove(session);
  parts_.directory->Lose(session, parts_.clock->Now());
}

// What is told of a change stands behind it (OnChange).
void RoomsHub::InSequence(absl::AnyInvocable<void()> callback) {
  parts_.directory->InSequence(
      [this, behind = std::move(callback)]() mutable { parts_.directory->InSequence(std::move(behind)); });
}

absl::StatusOr<v1::EnterRoomResponse> RoomsHub::Introduce(absl::string_view session,
                                                          absl::string_view user) const {
  const LocalMemberPtr member = roster_.Find(session);
  if (member == nullptr) return absl::FailedPreconditionError("enter a room first");
  PARLOR_ASSIGN_OR_RETURN(const std::string target, UserNameField(user));
  v1::EnterRoomResponse frame;
  if (target == member->bearer.user || !parts_.directory->Find(member->bearer.room_id, target).has_value()) {
    frame.mutable_member()->set_kind(v1::MemberChange::KIND_LEFT);
    frame.mutable_member()->mutable_member()->set_user(target);
    return frame;
  }
  frame.mutable_introduction()->set_user(target);
  frame.mutable_introduction()->set_token(
      parts_.tickets->MakeIntroduction(member->bearer, target, parts_.clock->Now()));
  return frame;
}

absl::StatusOr<v1::EnterRoomResponse> RoomsHub::ListMembers(absl::string_view session,
                                                            const v1::ListMembers& request) const {
  const LocalMemberPtr member = roster_.Find(session);
  if (member == nullptr) return absl::FailedPreconditionError("enter a room first");
  PARLOR_ASSIGN_OR_RETURN(const size_t limit, PageSizeField(request.page_size()));
  PARLOR_ASSIGN_OR_RETURN(const std::string after, PageTokenField(request.page_token()));
  // One more than asked for tells whether there is another page.
  std::vector<live::Seat> seats = parts_.directory->List(
      {.scope = member->bearer.room_id, .after = after, .prefix = "", .limit = limit + 1});
  v1::EnterRoomResponse frame;
  v1::MembersPage& page = *frame.mutable_members();
  page.set_age_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(parts_.directory->Age())));
  if (seats.size() > limit) {
    seats.resize(limit);
    page.set_next_page_token(PageToken(seats.back().user));
  }
  for (const live::Seat& seat : seats) *page.add_members() = MemberMessage(seat);
  return frame;
}

void RoomsHub::Tick(absl::Time now) {
  if (parts_.directory->NextWake() <= now) parts_.directory->Tick(now);
  for (const LocalMemberPtr& member : roster_.TakeDue(now, parts_.tickets->options().ticket / 2)) {
    Renew(*member, now);
  }
  if (!roster_.HasDoubts() || judging_.exchange(true)) return;
  // When the pool is full the next tick tries again.
  if (!parts_.pool->TrySubmit([this] { JudgeTheDoubtful(); })) judging_ = false;
}

// One after the other: there may be as many as there are streams, and others have questions, too.
void RoomsHub::JudgeTheDoubtful() {
  while (const LocalMemberPtr member = roster_.TakeDoubtful()) {
    if (JudgeLater(*member).ok()) continue;
    roster_.Doubt(member->session);
    break;
  }
  judging_ = false;
}

// Not OK: the store or the directory cannot tell now.
absl::Status RoomsHub::JudgeLater(const LocalMember& member) {
  const Bearer& bearer = member.bearer;
  const absl::StatusOr<Room> room = parts_.store->Find(bearer.room_name);
  // One that was closed ends its streams when the list of rooms says so.
  if (absl::IsNotFound(room.status()) || (room.ok() && room->id != bearer.room_id)) return absl::OkStatus();
  PARLOR_RETURN_IF_ERROR(room.status());
  PARLOR_ASSIGN_OR_RETURN(const Standing standing, parts_.store->FindStanding(bearer.room_id, bearer.user));
  absl::Status still = CheckMayEnter(*room, bearer.user, standing, parts_.clock->Now());
  if (still.ok() && standing.removed_at > member.removed_at) {
    still = absl::PermissionDeniedError(absl::StrCat("you were removed from #", room->name, ": enter again"));
  }
  if (!still.ok()) {
    EndRemoved(member, standing, still);
    return absl::OkStatus();
  }
  const std::optional<live::Seat> seat = parts_.directory->Find(bearer.room_id, bearer.user);
  if (!seat.has_value() || seat->session != member.session) return absl::OkStatus();
  if (DecodeSeatDetails(seat->details).role == RoleOf(*room, bearer.user, standing)) return absl::OkStatus();
  return ShowRole(*room, bearer.user, "");
}

// As a kick or a ban that finds its person there, but nobody knows any more whose it was. This session alone:
// its person may have come in again elsewhere.
void RoomsHub::EndRemoved(const LocalMember& member, const Standing& standing, const absl::Status& why) {
  const Bearer& bearer = member.bearer;
  const auto act = standing.banned ? TicketOffice::Act::kBanned : TicketOffice::Act::kKicked;
  Removal removal;
  removal.why = standing.banned ? Removal::Why::kBanned : Removal::Why::kKicked;
  removal.event = parts_.tickets->MakeRoomEvent(bearer.room_id, act, bearer.user, standing.removed_at);
  Leave(member.session);
  for (const SharedFrame& frame : FramesForTheRemoved(bearer.user, EncodeRemoval(removal))) {
    member.stream->Send(frame);
  }
  member.stream->End(why);
  TellEvent(bearer.room_id, removal.event);
}

// Again when the role changed meanwhile, so that the newest role is told last.
void RoomsHub::Renew(const LocalMember& member, absl::Time now) const {
  std::string told;
  while (true) {
    const std::optional<live::Seat> seat = parts_.directory->Find(member.bearer.room_id, member.bearer.user);
    if (!seat.has_value() || seat->session != member.session || seat->details == told) return;
    SendTicket(member, *seat, now);
    told = seat->details;
  }
}

void RoomsHub::EndRevoked() {
  for (const LocalMemberPtr& member : roster_.All()) {
    const absl::Status revoked = CheckRevoked(member->bearer.device);
    if (revoked.ok()) continue;
    Leave(member->session);
    member->stream->End(revoked);
  }
}

absl::Status RoomsHub::CheckRevoked(absl::string_view device) const {
  if (!parts_.revocations->IsRevoked(device)) return absl::OkStatus();
  return absl::UnauthenticatedError("this device was logged out: log in again");
}

void RoomsHub::SayGoodbye() {
  const absl::Status why = absl::UnavailableError("the server goes down: come back, with jitter");
  for (const LocalMemberPtr& member : roster_.All()) {
    auto frame = std::make_shared<v1::EnterRoomResponse>();
    frame->mutable_goodbye()->set_retry_after_ms(
        absl::ToInt64Milliseconds(options_.goodbye_spread * RandomShare()));
    member->stream->Send(std::move(frame));
    member->stream->End(why);
  }
}

// Two who change one role at a time, on different replicas perhaps, may show what they wrote in another order
// than the store took it in. So each looks again after it has shown something: the last one shows what holds.
absl::Status RoomsHub::ShowRole(const Room& room, const std::string& user, const std::string& by) const {
  std::optional<Role> shown;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const Standing standing, parts_.store->FindStanding(room.id, user));
    const Role role = RoleOf(room, user, standing);
    if (shown == role) return absl::OkStatus();
    const auto edit = [role, by](const std::string& text) -> std::optional<std::string> {
      SeatDetails details = DecodeSeatDetails(text);
      if (details.role == role) return std::nullopt;
      details.hand_raised = details.hand_raised && role == Role::kListener;
      details.role = role;
      details.by = by;
      return EncodeSeatDetails(details);
    };
    const absl::Status edited = live::Await([&](live::Directory::Done done) {
      parts_.directory->Edit(room.id, user, edit, parts_.clock->Now(), std::move(done));
    });
    if (absl::IsNotFound(edited)) return absl::OkStatus();
    PARLOR_RETURN_IF_ERROR(edited);
    shown = role;
  }
}

void RoomsHub::TellEvent(const std::string& room_id, const std::string& event) const {
  TellInSequence(room_id, {RoomEventFrame(event)});
  parts_.directory->Send("", EncodeLetter({Letter::Kind::kEvent, room_id, event}));
}

void RoomsHub::ListHasChanged() const {
  parts_.catalogue->RefreshOrLog();
  // Without it they follow by themselves, RoomsOptions::list_refresh later.
  parts_.directory->Send("", EncodeLetter({Letter::Kind::kList}));
}

void RoomsHub::OnLetter(absl::string_view text) const {
  const Letter letter = DecodeLetter(text);
  switch (letter.kind) {
    case Letter::Kind::kEvent:
      return TellInSequence(letter.room_id, {RoomEventFrame(letter.event)});
    case Letter::Kind::kList:
      // When the pool is full the next regular refresh does it.
      (void)parts_.pool->TrySubmit([this] { parts_.catalogue->RefreshOrLog(); });
      return;
    case Letter::Kind::kUnknown:
      return;
  }
}

void RoomsHub::OnRoom(const Room& room, bool closed) {
  if (roster_.InRoom(room.id).empty()) return;
  Tell(room.id, RoomChangeFrame(room, closed ? 0 : parts_.directory->Count(room.id), closed));
  if (closed) EndAll(room);
}

// Each process ends the streams that it holds, of those who came in just now, too. Nobody hears of the others
// leaving: the room is gone for all.
void RoomsHub::EndAll(const Room& room) {
  const std::vector<LocalMemberPtr> members = roster_.InRoom(room.id);
  for (const LocalMemberPtr& member : members) roster_.Remove(member->session);
  for (const LocalMemberPtr& member : members) {
    parts_.directory->Release(member->session, parts_.clock->Now());
    member->stream->End(absl::AbortedError(absl::StrCat("#", room.name, " was closed")));
  }
}

void RoomsHub::Tell(absl::string_view room_id, const SharedFrame& frame) const {
  for (const LocalMemberPtr& member : roster_.InRoom(room_id)) member->stream->Send(frame);
}

// Whoever enters meanwhile was greeted with what is told here.
void RoomsHub::TellInSequence(absl::string_view room_id, std::vector<SharedFrame> frames) const {
  if (frames.empty()) return;
  parts_.directory->InSequence([members = roster_.InRoom(room_id), frames = std::move(frames)] {
    for (const SharedFrame& frame : frames) {
      for (const LocalMemberPtr& member : members) member->stream->Send(frame);
    }
  });
}

void RoomsHub::OnChange(const live::Change& change) {
  const std::string& room_id = change.seat.scope;
  if (change.kind == live::ChangeKind::kKept) Doubt(change.seat.session);
  if (change.kind == live::ChangeKind::kJoined) parts_.metrics->SeatTaken(room_id);
  if (change.kind == live::ChangeKind::kLeft) parts_.metrics->SeatFreed(room_id);
  // Behind the answer to whoever has made it: a room may be large.
  TellInSequence(room_id, FramesFor(change));
  if (change.kind != live::ChangeKind::kUpdated) return;
  if (DecodeSeatDetails(change.seat.details).role == DecodeSeatDetails(change.previous_details).role) return;
  const LocalMemberPtr member = roster_.Find(change.seat.session);
  if (member == nullptr) return;
  parts_.directory->InSequence([this, member, change] { SendTicket(*member, change.seat, change.at); });
}

void RoomsHub::SendTicket(const LocalMember& member, const live::Seat& seat, absl::Time now) const {
  const Role role = DecodeSeatDetails(seat.details).role;
  const Ticket ticket = parts_.tickets->MakeTicket(member.bearer, role, now, member.removed_at);
  member.stream->Send(std::make_shared<const v1::EnterRoomResponse>(TicketFrame(ticket, role)));
}

// At half of the ticket's life, and up to a fifth of that earlier: those who came back together after a
// restart are renewed one after the other.
absl::Time RoomsHub::FirstRenewal(absl::Time now) const {
  return now + parts_.tickets->options().ticket / 2 * (1 - 0.2 * RandomShare());
}

}  // namespace parlor::rooms
