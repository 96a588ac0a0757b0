// A room, and what its members do to it over their links.
#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/room_session.h"

namespace parlor::fuzz {
namespace {

using client::FakeRoomHost;
using client::kRoomId;

constexpr uint8_t kBob = 0, kCem = 1, kDan = 2;
constexpr char kUsers[][4] = {"bob", "cem", "dan"};
constexpr uint8_t kStage = 1;

std::string Bytes(std::initializer_list<uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string Frame(uint8_t member, const peer::v1::Frame& frame) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kFrame), member}), Part(frame.SerializeAsString()));
}

std::string Say(uint8_t from, uint8_t author, uint8_t says, absl::string_view text) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kSays), from, author, says}), Part(text));
}

std::string Wait(uint16_t tenths) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kWait)}), Number(tenths));
}

std::string Commit() {
  return Bytes({static_cast<uint8_t>(Step::kCommit)});
}

std::string FailCommit() {
  return Bytes({static_cast<uint8_t>(Step::kFailCommit)});
}

std::string Link(uint8_t member) {
  return Bytes({static_cast<uint8_t>(Step::kLink), member});
}

std::string Send(absl::string_view text) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kSend)}), Part(text));
}

std::string Roster(uint8_t member, rooms::v1::MemberChange::Kind kind) {
  return Bytes({static_cast<uint8_t>(Step::kRoster), member, static_cast<uint8_t>(kind)});
}

void AddMark(google::protobuf::RepeatedPtrField<peer::v1::RoomMark>& marks, const char* device,
             uint64_t epoch, uint64_t up_to) {
  peer::v1::RoomMark& mark = *marks.Add();
  mark.set_device(device);
  mark.set_epoch(epoch);
  mark.set_from(1);
  mark.set_up_to(up_to);
}

std::string Hello(uint8_t member, bool full = true) {
  peer::v1::Frame frame;
  frame.mutable_room_hello()->set_room(kRoomId);
  frame.mutable_room_hello()->set_ticket(FakeRoomHost::TicketOf(kUsers[member]));
  frame.mutable_room_hello()->set_full(full);
  peer::v1::Frame synced;
  synced.mutable_room_synced()->set_room(kRoomId);
  return absl::StrCat(Frame(member, frame), Frame(member, synced), Commit());
}

std::string Have(uint8_t member, uint64_t up_to) {
  peer::v1::Frame frame;
  frame.mutable_room_have()->set_room(kRoomId);
  AddMark(*frame.mutable_room_have()->mutable_marks(), "a", 1, up_to);
  return Frame(member, frame);
}

std::string Want(uint8_t member, const char* device, uint64_t from, uint64_t to) {
  peer::v1::Frame frame;
  frame.mutable_room_want()->set_room(kRoomId);
  frame.mutable_room_want()->set_device(device);
  frame.mutable_room_want()->set_epoch(7);
  frame.mutable_room_want()->set_from(from);
  frame.mutable_room_want()->set_to(to);
  return Frame(member, frame);
}

// Bob's words with what proves him, by a member's link.
std::string Relayed(uint8_t member, const std::string& signature, uint64_t number) {
  peer::v1::Frame frame;
  peer::v1::RoomMessages& messages = *frame.mutable_room_messages();
  messages.set_room(kRoomId);
  peer::v1::AuthorProof& proof = *messages.add_proofs();
  proof.set_device("b");
  proof.add_chain_der("bob");
  proof.set_ticket(FakeRoomHost::TicketOf("bob"));
  messages.add_messages()->set_body(client::EncodeBody({.room = kRoomId,
                                                        .sender = "bob",
                                                        .id = {"b", 7, number},
                                                        .time = {absl::ToUnixMillis(client::kStart), 0},
                                                        .previous = {},
                                                        .text = "from afar"}));
  messages.mutable_messages(0)->set_signature(signature);
  return Frame(member, frame);
}

// One of each kind that a room takes and that carries little.
std::string Others(uint8_t member) {
  peer::v1::Frame addresses, typing, events, goodbye;
  addresses.mutable_room_addresses()->set_room(kRoomId);
  peer::v1::MemberAddresses& entry = *addresses.mutable_room_addresses()->add_members();
  entry.set_user("dan");
  entry.add_addresses()->set_ip("2a00::1");
  entry.mutable_addresses(0)->set_port(7000);
  typing.mutable_room_typing()->set_room(kRoomId);
  events.mutable_room_events()->set_room(kRoomId);
  events.mutable_room_events()->add_events("a verdict");
  goodbye.mutable_room_goodbye()->set_room(kRoomId);
  return absl::StrCat(Frame(member, typing), Frame(member, addresses), Frame(member, events),
                      Frame(member, goodbye));
}

}  // namespace

void Test(Input input) {
  RoomSession session(input.Byte() == kStage);
  while (!input.empty()) session.Take(input);
}

std::vector<std::string> Seeds() {
  const std::string open(1, '\0'), stage = Bytes({kStage});
  const std::string all = absl::StrCat(Hello(kBob), Hello(kCem), Hello(kDan, false));
  return {
      absl::StrCat(open, Send("alone"), Commit(), all, Send("hello"), Commit(), Have(kBob, 1), Have(kCem, 2)),
      absl::StrCat(open, all, Say(kBob, kBob, 0, "one"), Say(kBob, kBob, 0, "two"), Commit(),
                   Say(kCem, kCem, 0, "x"), Commit(), Want(kDan, "b", 1, 9)),
      absl::StrCat(open, all, Say(kBob, kBob, 0, "one"), Say(kBob, kBob, kGap, "four"), Wait(10), Wait(21),
                   Commit(), Hello(kBob)),
      absl::StrCat(open, all, Say(kBob, kBob, 0, "one"), Say(kBob, kBob, kTwin, "other"), Commit(),
                   Say(kBob, kBob, kBadHash, "odd"), Say(kBob, kBob, kNewEpoch, "again"), Commit()),
      absl::StrCat(open, all, Say(kCem, kBob, 0, "relayed"), Say(kCem, kBob, kBadSignature, "forged"),
                   Commit()),
      absl::StrCat(open, all, Say(kCem, kBob, kOthersName, "by cem"), Say(kCem, kCem, kLongAgo, "old"),
                   Commit()),
      absl::StrCat(open, Hello(kCem), Relayed(kCem, "s", 3), Relayed(kCem, "s", 1), Wait(30), Commit(),
                   Relayed(kCem, "forged", 4)),
      absl::StrCat(open, Hello(kCem), Relayed(kCem, "s", 1), Relayed(kCem, "s", 5), Wait(30),
                   Relayed(kCem, "s", 1), Commit()),
      absl::StrCat(open, all, Say(kBob, kBob, 0, "lost"), FailCommit(), Wait(60), Say(kBob, kBob, 0, "kept"),
                   Commit(), Wait(600)),
      absl::StrCat(open, all, Send("not stored"), FailCommit(), Send("stored"), Commit()),
      absl::StrCat(open, all, Link(kBob), Wait(15), Link(kBob), Hello(kBob), Others(kCem), Hello(kCem)),
      absl::StrCat(open, Roster(kBob, rooms::v1::MemberChange::KIND_JOINED), all, Wait(30),
                   Roster(kBob, rooms::v1::MemberChange::KIND_ROLE),
                   Roster(kCem, rooms::v1::MemberChange::KIND_KICKED),
                   Roster(kBob, rooms::v1::MemberChange::KIND_LEFT), Others(kBob)),
      absl::StrCat(stage, all, Say(kCem, kCem, 0, "psst"), Say(kBob, kBob, 0, "speech"),
                   Say(kBob, kCem, 0, "relayed"), Commit(), Send("thanks"), Commit()),
  };
}

}  // namespace parlor::fuzz
