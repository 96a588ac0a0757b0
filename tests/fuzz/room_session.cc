#include "tests/fuzz/room_session.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/fixed_random.h"

namespace parlor::fuzz {
namespace {

using client::kRoomId;
using client::Role;
using client::TestAuthor;

constexpr size_t kMaxFramesSent = 1'000;  // in one step

std::array<TestAuthor, 4> People() {
  static const auto& people = *[] {
    FixRandomness();
    return new std::array<TestAuthor, 4>{TestAuthor("ann"), TestAuthor("bob"), TestAuthor("cem"),
                                         TestAuthor("dan")};
  }();
  return people;
}

std::string SignedBytes(absl::string_view body) {
  return absl::StrCat(absl::string_view("parlor room message v1", sizeof("parlor room message v1")), body);
}

bool Verifies(const TestAuthor& author, const peer::v1::SignedMessage& message) {
  return author.key.public_key().Verify(SignedBytes(message.body()), message.signature()).ok();
}

Role RoleOf(const TestAuthor& author) {
  return author.user == "cem" ? Role::kListener : author.user == "bob" ? Role::kSpeaker : Role::kModerator;
}

}  // namespace

RoomSession::RoomSession(bool stage)
    : stage_(stage),
      people_(People()),
      room_(host_,
            {.user = people_[0].user,
             .device = people_[0].device(),
             .epoch = 1,
             .key = people_[0].key,
             .chain_der = {people_[0].user}},
            kRoomId, "tea", {}) {
  FixRandomness();
  rooms::v1::Entered entered;
  entered.mutable_room()->set_name("tea");
  entered.mutable_room()->set_id(kRoomId);
  entered.mutable_room()->set_stage(stage);
  entered.set_role(rooms::v1::ROLE_MODERATOR);
  entered.set_ticket("ann's own ticket");
  room_.OnEntered(entered, now_);
  for (size_t i = 1; i < people_.size(); ++i) Link(people_[i]);
}

const TestAuthor* RoomSession::Owner(const std::string& device) const {
  const auto owner = std::find_if(people_.begin(), people_.end(),
                                  [&](const Author& author) { return author.device() == device; });
  return owner == people_.end() ? nullptr : &*owner;
}

void RoomSession::Resolve(std::string& device) const {
  if (device.size() == 1 && device[0] >= 'a' && device[0] <= 'd') {
    device = people_[static_cast<size_t>(device[0] - 'a')].device();
  }
}

void RoomSession::Resolve(peer::v1::SignedMessage& message) const {
  peer::v1::MessageBody body;
  if (!body.ParseFromString(message.body())) return;
  Resolve(*body.mutable_id()->mutable_device());
  message.set_body(body.SerializeAsString());
  const Author* const author = Owner(body.id().device());
  if (message.signature() == "s" && author != nullptr) {
    message.set_signature(author->key.Sign(SignedBytes(message.body())));
  }
}

void RoomSession::Resolve(peer::v1::Frame& frame) const {
  switch (frame.kind_case()) {
    case peer::v1::Frame::kRoomHave:
      for (auto& mark : *frame.mutable_room_have()->mutable_marks()) Resolve(*mark.mutable_device());
      return;
    case peer::v1::Frame::kRoomWant:
      return Resolve(*frame.mutable_room_want()->mutable_device());
    case peer::v1::Frame::kRoomMessages:
      for (auto& message : *frame.mutable_room_messages()->mutable_messages()) Resolve(message);
      return;
    default:
      return;
  }
}

void RoomSession::Hand(const Author& from, peer::v1::Frame frame) {
  if (!linked_.contains(from.user)) return;
  Resolve(frame);
  for (const peer::v1::SignedMessage& message : frame.room_messages().messages()) {
    absl::StatusOr<client::DecodedBody> body = client::DecodeBody(message.body());
    if (body.ok()) handed_.push_back({*std::move(body), message, from.user});
  }
  speaking_ = from.user;
  room_.OnFrame(from.user, frame, now_);
}

void RoomSession::Say(const Author& from, Author& author, uint8_t says, absl::string_view text) {
  if ((says & kGap) != 0) author.said += 2;
  if ((says & kTwin) != 0 && author.said > 0) --author.said;
  if ((says & kBadHash) != 0) author.last_hash = std::string(32, 'h');
  if ((says & kNewEpoch) != 0) {
    ++author.epoch;
    author.said = 0;
    author.last_hash.clear();
  }
  author.sender = (says & kOthersName) != 0 ? from.user : author.user;
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(kRoomId);
  peer::v1::SignedMessage& message = *frame.mutable_room_messages()->add_messages();
  message = author.Says(std::string(text), (says & kLongAgo) != 0 ? now_ - absl::Hours(24 * 30) : now_);
  if ((says & kBadSignature) != 0) message.mutable_signature()->back() ^= 1;
  Hand(from, std::move(frame));
}

void RoomSession::Link(const Author& member) {
  host_.Link(member, RoleOf(member));
  linked_.insert(member.user);
  room_.OnLinkUp(member.user);
}

void RoomSession::Unlink(const std::string& user) {
  if (linked_.erase(user) == 0) return;
  host_.Unlink(user);
  room_.OnLinkDown(user, now_);
}

void RoomSession::ChangeRoster(const Author& member, uint8_t kind) {
  rooms::v1::MemberChange change;
  change.set_kind(static_cast<rooms::v1::MemberChange::Kind>(kind % rooms::v1::MemberChange::Kind_ARRAYSIZE));
  change.mutable_member()->set_user(member.user);
  change.mutable_member()->set_device(member.device());
  change.mutable_member()->set_role(static_cast<rooms::v1::Role>(RoleOf(member)));
  room_.OnMember(change, now_);
}

void RoomSession::Take(Input& input) {
  switch (static_cast<Step>(input.Byte() % static_cast<uint8_t>(Step::kSteps))) {
    case Step::kFrame: {
      const Author& from = Member(input.Byte());
      const absl::string_view bytes = input.Part();
      peer::v1::Frame frame;
      if (frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) Hand(from, std::move(frame));
      break;
    }
    case Step::kSays: {
      const Author& from = Member(input.Byte());
      Author& author = Member(input.Byte());
      const uint8_t says = input.Byte();
      Say(from, author, says, input.Part());
      break;
    }
    case Step::kWait:
      now_ += absl::Milliseconds(100) * input.Number();
      room_.OnTimer(now_);
      break;
    case Step::kCommit:
      host_.disk.Commit();
      break;
    case Step::kFailCommit:
      host_.disk.FailCommit(absl::ResourceExhaustedError("the disk is full"));
      break;
    case Step::kLink: {
      const Author& member = Member(input.Byte());
      linked_.contains(member.user) ? Unlink(member.user) : Link(member);
      break;
    }
    case Step::kSend:
      static_cast<void>(room_.Send(input.Part(), "ref", now_));  // may be no text
      break;
    case Step::kRoster: {
      const Author& member = Member(input.Byte());
      ChangeRoster(member, input.Byte());
      break;
    }
    case Step::kSteps:
      break;
  }
  EndStep();
}

void RoomSession::EndStep() {
  host_.EndTurn(now_);
  for (const client::Event& event : std::exchange(host_.events, {})) CheckEvent(event);
  Promise(host_.frames.size() <= kMaxFramesSent, "one step is not answered by a flood");
  for (const auto& [user, frame] : std::exchange(host_.frames, {})) CheckSent(frame);
  speaking_.clear();
  for (const auto& [user, why] : std::exchange(host_.closed, {})) Unlink(user);
  Promise(room_.Members().size() <= people_.size(), "nobody is a member but who is there");
}

bool RoomSession::WasHanded(const client::MessageEvent& shown) const {
  return std::any_of(handed_.begin(), handed_.end(), [&](const Handed& handed) {
    if (handed.body.sender != shown.from || ToString(handed.body.id) != shown.id ||
        handed.body.text != shown.text) {
      return false;
    }
    const Author* const author = Owner(handed.body.id.device);
    const bool own = author != nullptr && author->user == shown.from;
    if (shown.proof == "link") return own && handed.from == shown.from;
    if (shown.proof == "signature") return own && Verifies(*author, handed.wire);
    return true;
  });
}

void RoomSession::CheckShown(const client::MessageEvent& shown) {
  Promise(WasHanded(shown), "what is shown was handed over, and is proved as it says");
  Promise(shown_.insert(shown.id).second, "nothing is shown twice");
  Promise(!stage_ || shown.from != "cem", "a listener is not heard on a stage");
}

void RoomSession::CheckEvent(const client::Event& event) {
  if (const auto* shown = std::get_if<client::MessageEvent>(&event)) CheckShown(*shown);
  if (const auto* typing = std::get_if<client::TypingEvent>(&event)) {
    Promise(typing->user == speaking_, "whoever types says so");
  }
  const auto* delivery = std::get_if<client::DeliveryEvent>(&event);
  if (delivery != nullptr && delivery->mark == "delivered") {
    Promise(delivery->by == speaking_, "whoever has a message says so");
  }
}

// Whoever passes on words can prove them.
void RoomSession::CheckSent(const peer::v1::Frame& frame) const {
  for (const peer::v1::SignedMessage& message : frame.room_messages().messages()) {
    const absl::StatusOr<client::DecodedBody> body = client::DecodeBody(message.body());
    const Author* const author = body.ok() ? Owner(body->id.device) : nullptr;
    Promise(author != nullptr && body->sender == author->user && Verifies(*author, message),
            "nothing is passed on that cannot be proved");
  }
}

}  // namespace parlor::fuzz
