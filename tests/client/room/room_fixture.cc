#include "tests/client/room/room_fixture.h"

#include "absl/strings/str_cat.h"
#include "client/store/message_words.h"

namespace parlor::client {

peer::v1::SignedMessage TestAuthor::Says(const std::string& text, absl::Time at) {
  peer::v1::SignedMessage message;
  message.set_body(EncodeBody({.room = kRoomId,
                               .sender = sender,
                               .id = {device(), epoch, ++said},
                               .time = {absl::ToUnixMillis(at), static_cast<uint32_t>(said)},
                               .previous = last_hash,
                               .text = text}));
  last_hash = Sha256(message.body());
  std::string bytes("parlor room message v1", sizeof("parlor room message v1"));
  message.set_signature(key.Sign(bytes + message.body()));
  return message;
}

void FakeRoomHost::Link(const TestAuthor& author, Role role, bool opened) {
  const DeviceIdentity identity{"server", author.user, author.device()};
  LinkInfo link{.peer = {identity, author.key.public_key(), kStart + absl::Hours(24)},
                .chain_der = {author.user},
                .remote = {"192.0.2.1", 7000},
                .opened = opened};
  peers_.insert_or_assign(author.user, link.peer);
  links_.insert_or_assign(author.user, std::move(link));
  tickets_[TicketOf(author.user)] = {.room = kRoomId,
                                     .room_name = "tea",
                                     .user = author.user,
                                     .device = author.device(),
                                     .role = role,
                                     .issued = kStart,
                                     .expires = kStart + tickets_last};
}

bool FakeRoomHost::SendFrame(const std::string& user, const peer::v1::Frame& frame) {
  if (full.contains(user)) return false;
  frames.emplace_back(user, frame);
  return true;
}

bool FakeRoomHost::SendBytes(const std::string& user, absl::string_view frame) {
  peer::v1::Frame parsed;
  EXPECT_TRUE(parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
  return SendFrame(user, parsed);
}

const LinkInfo* FakeRoomHost::LinkTo(const std::string& user) {
  const auto link = links_.find(user);
  return link == links_.end() ? nullptr : &link->second;
}

absl::StatusOr<Ticket> FakeRoomHost::JudgeTicket(const std::string& token, const DeviceIdentity& peer) {
  const auto ticket = tickets_.find(token);
  if (ticket == tickets_.end() || ticket->second.device != peer.device) {
    return absl::UnauthenticatedError("no ticket");
  }
  return ticket->second;
}

absl::StatusOr<Author> FakeRoomHost::JudgeAuthor(const std::vector<std::string>& chain_der,
                                                 const std::string& ticket) {
  const auto peer = chain_der.empty() ? peers_.end() : peers_.find(chain_der.front());
  const auto shown = tickets_.find(ticket);
  if (peer == peers_.end() || shown == tickets_.end() ||
      shown->second.device != peer->second.identity.device) {
    return absl::UnauthenticatedError("no author");
  }
  return Author{peer->second, shown->second};
}

absl::Status FakeRoomHost::Covers(const Ticket& ticket, absl::Time written) {
  if (written >= ticket.issued - kMaxJudgedOffline && written <= ticket.expires + kMaxJudgedOffline) {
    return absl::OkStatus();
  }
  return absl::UnauthenticatedError("the ticket does not cover that time");
}

void FakeRoomHost::EndTurn(absl::Time now) {
  for (const auto& run : std::exchange(after_this_turn_, {})) run(now);
}

RoomMachineTest::RoomMachineTest(Outside /*outside*/, overlay::OverlayOptions options)
    : room(host,
           {.user = ann.user, .device = ann.device(), .epoch = 1, .key = ann.key, .chain_der = {ann.user}},
           kRoomId, "tea", {}, options) {}

RoomMachineTest::RoomMachineTest(bool stage) : RoomMachineTest(Outside{}) {
  Enter({}, 1, stage);
}

void RoomMachineTest::Enter(const std::vector<const TestAuthor*>& sample, size_t members, bool stage) {
  rooms::v1::Entered entered;
  entered.mutable_room()->set_name("tea");
  entered.mutable_room()->set_id(kRoomId);
  entered.mutable_room()->set_stage(stage);
  entered.mutable_room()->set_members(static_cast<uint32_t>(members));
  entered.set_role(rooms::v1::ROLE_MODERATOR);
  entered.set_ticket("ann's own ticket");
  for (const TestAuthor* author : sample) {
    rooms::v1::Member& member = *entered.add_sample();
    member.set_user(author->user);
    member.set_device(author->device());
    member.set_role(rooms::v1::ROLE_SPEAKER);
  }
  room.OnEntered(entered, now);
}

void RoomMachineTest::Say(const TestAuthor& from, const peer::v1::Frame& frame) {
  room.OnFrame(from.user, frame, now);
  host.EndTurn(now);
}

void RoomMachineTest::Link(const TestAuthor& author, Role role, bool full) {
  host.Link(author, role);
  room.OnLinkUp(author.user);
  peer::v1::Frame hello;
  hello.mutable_room_hello()->set_room(kRoomId);
  hello.mutable_room_hello()->set_ticket(FakeRoomHost::TicketOf(author.user));
  hello.mutable_room_hello()->set_full(full);
  Say(author, hello);
}

void RoomMachineTest::Join(const TestAuthor& author, Role role) {
  rooms::v1::MemberChange joined;
  joined.set_kind(rooms::v1::MemberChange::KIND_JOINED);
  joined.mutable_member()->set_user(author.user);
  joined.mutable_member()->set_device(author.device());
  joined.mutable_member()->set_role(static_cast<rooms::v1::Role>(role));
  room.OnMember(joined, now);
  Link(author, role, /*full=*/true);
  Commit();
}

void RoomMachineTest::Hand(const TestAuthor& from, const std::vector<peer::v1::SignedMessage>& messages,
                           bool past) {
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(kRoomId);
  for (const peer::v1::SignedMessage& message : messages) {
    *frame.mutable_room_messages()->add_messages() = message;
  }
  frame.mutable_room_messages()->set_past(past);
  Say(from, frame);
}

void RoomMachineTest::Commit() {
  host.disk.Commit();
  host.EndTurn(now);
}

void RoomMachineTest::FailCommit() {
  host.disk.FailCommit(absl::ResourceExhaustedError("the disk is full"));
  host.EndTurn(now);
}

void RoomMachineTest::Wait(absl::Duration time) {
  now += time;
  room.OnTimer(now);
  host.EndTurn(now);
}

std::vector<std::string> RoomMachineTest::Shown() const {
  std::vector<std::string> shown;
  for (const Event& event : host.events) {
    const auto* message = std::get_if<MessageEvent>(&event);
    if (message == nullptr) continue;
    shown.push_back(absl::StrCat(message->from, ": ", message->text, " (", message->proof, ")"));
  }
  return shown;
}

std::vector<std::string> RoomMachineTest::Warnings() const {
  std::vector<std::string> codes;
  for (const Event& event : host.events) {
    if (const auto* warning = std::get_if<WarningEvent>(&event)) codes.push_back(warning->code);
  }
  return codes;
}

std::vector<std::string> RoomMachineTest::Errors() const {
  std::vector<std::string> codes;
  for (const Event& event : host.events) {
    if (const auto* error = std::get_if<ErrorEvent>(&event)) codes.push_back(error->code);
  }
  return codes;
}

std::vector<std::string> RoomMachineTest::Stored() {
  const auto history = host.disk.store().History(room.conversation(), 1000);
  EXPECT_TRUE(history.ok()) << history.status();
  std::vector<std::string> stored;
  for (const Message& message : *history) {
    stored.push_back(absl::StrCat(message.text, " (", Word(message.proof), ")"));
  }
  return stored;
}

std::vector<std::string> RoomMachineTest::Acknowledged(const TestAuthor& author) {
  std::vector<std::string> marks;
  for (const peer::v1::Frame& frame : FramesTo(author)) {
    for (const peer::v1::RoomMark& mark : frame.room_have().marks()) {
      EXPECT_EQ(mark.device(), author.device());
      marks.push_back(absl::StrCat(mark.from(), "-", mark.up_to()));
    }
  }
  std::erase_if(host.frames, [&](const auto& sent) { return sent.first == author.user; });
  return marks;
}

std::vector<peer::v1::Frame> RoomMachineTest::FramesTo(const TestAuthor& author) const {
  std::vector<peer::v1::Frame> frames;
  for (const auto& [user, frame] : host.frames) {
    if (user == author.user) frames.push_back(frame);
  }
  return frames;
}

}  // namespace parlor::client
