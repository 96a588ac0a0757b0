// One overlay, and what members do to it over their links.
//
// The first byte is the room's size: small if it is even. Then steps: kind, member, and what it needs.
#include "client/overlay/overlay.h"

#include "absl/strings/str_cat.h"
#include "tests/client/overlay/fake_overlay_host.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

using client::overlay::FakeOverlayHost;
using client::overlay::Overlay;
using client::overlay::OverlayOptions;
using client::overlay::Payload;
using client::overlay::PeerId;
using peer::v1::RoomGossip;

constexpr size_t kSmall = 5, kLarge = 1'000;
constexpr uint8_t kPeers = 12;

enum class Step : uint8_t {
  kGossip,   // member, part: a RoomGossip
  kLink,     // member: goes up, or down if it was up
  kMessage,  // member, flags, stream, number (2 bytes): its message, own or passed on, of whom there is no
             // link with
  kWait,     // number: hundredths of a second
  kPublish,  //
  kStored,   // stream, number
  kFull,     // member: its link takes nothing, or again
  kSize,     // small or large
  kFailed,   // member: could not be reached, or handed over what nobody wrote
  kSteps,
};

// Small, so that inputs reach them.
OverlayOptions Bounds() {
  OverlayOptions options;
  options.mesh_members = 8;
  options.streams = 12;
  options.cached_messages = 16;
  options.held_per_stream = 8;
  options.frames_burst = 40;
  options.duplicates_burst = 10;
  return options;
}

class Session {
 public:
  explicit Session(bool small) { overlay_.SetRoomSize(small ? kSmall : kLarge, now_); }

  void Take(Input& input) {
    const auto step = static_cast<Step>(input.Byte() % static_cast<uint8_t>(Step::kSteps));
    const PeerId peer = absl::StrCat("p", input.Byte() % kPeers);
    const bool linked = host_.linked.contains(peer);
    Do(step, peer, linked, input);
    Promise(host_.sent_without_link == 0, "nothing is sent to whom there is no link with");
    Promise(overlay_.neighbours().size() <= host_.linked.size(), "neighbours are linked");
    Promise(overlay_.missing() <= 3 * Bounds().streams, "what is missing is bounded");
    Promise(host_.payloads.size() <= 64 * (Bounds().answer_messages + kPeers), "answers are bounded");
    host_.Clear();
  }

 private:
  void Do(Step step, const PeerId& peer, bool linked, Input& input);

  void Gossip(const PeerId& peer, bool linked, absl::string_view bytes) {
    RoomGossip gossip;
    if (!linked || !gossip.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    overlay_.OnGossip(peer, gossip, now_);
  }

  void Link(const PeerId& peer, bool linked) {
    if (linked) {
      host_.linked.erase(peer);
      overlay_.OnLinkDown(peer, now_);
    } else {
      host_.linked.insert(peer);
      overlay_.OnLinkUp(peer, now_);
    }
  }

  void Hear(const PeerId& peer, uint8_t flags, uint8_t stream, uint16_t number) {
    const uint64_t huge = (flags & 4) != 0 ? ~uint64_t{0} - 0xffff : 0;
    const Payload payload = {{stream, huge + number}, flags, (flags & 2) != 0, bytes_};
    if (overlay_.Knows(payload.id)) return overlay_.OnDuplicate(peer, payload, now_);
    const bool taken = overlay_.OnMessage(peer, (flags & 1) != 0, payload, now_).ok();
    Promise(!taken || overlay_.Knows(payload.id), "what was taken is known");
    if ((flags & 8) != 0 && taken) {
      overlay_.SetAuthor(payload.id.stream, /*author=*/stream);
      overlay_.OnUnreached(payload.id.stream, peer, now_);
    }
    if ((flags & 16) != 0) overlay_.OnReached(/*author=*/stream, now_);
  }

  void Wait(uint16_t hundredths) {
    const absl::Time end = now_ + absl::Milliseconds(10) * hundredths;
    for (int i = 0; i < 1'000 && overlay_.next_wake() <= end; ++i) {
      now_ = std::max(now_, overlay_.next_wake());
      overlay_.OnTimer(now_);
      Promise(overlay_.next_wake() > now_, "it sleeps after it woke");
    }
    now_ = std::max(now_, end);
    overlay_.OnTimer(now_);
    Promise(overlay_.next_wake() > now_, "it sleeps after it woke");
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  FakeOverlayHost host_;
  Overlay overlay_{host_, {"ann", 77, 1}, Bounds()};
  const std::shared_ptr<const std::string> bytes_ = std::make_shared<const std::string>("hello");
  uint64_t said_ = 0;
};

void Session::Do(Step step, const PeerId& peer, bool linked, Input& input) {
  switch (step) {
    case Step::kGossip:
      return Gossip(peer, linked, input.Part());
    case Step::kLink:
      return Link(peer, linked);
    case Step::kMessage: {
      const uint8_t flags = input.Byte(), stream = input.Byte();
      const uint16_t number = input.Number();
      if (linked) Hear(peer, flags, stream, number);
      return;
    }
    case Step::kWait:
      return Wait(input.Number());
    case Step::kPublish:
      overlay_.Publish({{1'000, ++said_}, 0, false, bytes_}, now_);
      return;
    case Step::kStored: {
      const uint8_t stream = input.Byte();
      return overlay_.OnStored(stream, input.Number(), now_);
    }
    case Step::kFull:
      if (host_.full.erase(peer) == 0) host_.full.insert(peer);
      if (linked && !host_.full.contains(peer)) overlay_.OnWritable(peer, now_);
      return;
    case Step::kSize:
      return overlay_.SetRoomSize(overlay_.mesh() ? kLarge : kSmall, now_);
    case Step::kFailed:
      return linked ? overlay_.OnForged(peer, absl::DataLossError("x"), now_)
                    : overlay_.OnConnectFailed(peer, now_);
    case Step::kSteps:
      return;
  }
}

// ---- seeds

std::string Start(Step step, uint8_t peer) {
  return {static_cast<char>(step), static_cast<char>(peer)};
}
std::string Says(uint8_t peer, const RoomGossip& gossip) {
  return Start(Step::kGossip, peer) + Part(gossip.SerializeAsString());
}
std::string Word(uint8_t peer, RoomGossip::Neighbour word) {
  RoomGossip gossip;
  gossip.set_neighbour(word);
  gossip.set_all(true);
  return Says(peer, gossip);
}
std::string Has(uint8_t peer, uint64_t stream, uint64_t up_to) {
  RoomGossip gossip;
  gossip.add_haves()->set_stream(stream);
  gossip.mutable_haves(0)->set_up_to(up_to);
  return Says(peer, gossip);
}
std::string Wants(uint8_t peer, uint64_t stream, uint64_t from, uint64_t to) {
  RoomGossip gossip;
  gossip.add_wants()->set_stream(stream);
  gossip.mutable_wants(0)->set_from(from);
  gossip.mutable_wants(0)->set_to(to);
  return Says(peer, gossip);
}
std::string Relay(uint8_t peer, uint64_t stream, uint64_t no_more) {
  RoomGossip gossip;
  gossip.add_relay(stream);
  gossip.add_no_relay(no_more);
  return Says(peer, gossip);
}
std::string Acks(uint8_t peer, uint64_t stream, uint64_t up_to) {
  RoomGossip gossip;
  gossip.add_acks()->set_stream(stream);
  gossip.mutable_acks(0)->set_up_to(up_to);
  gossip.mutable_acks(0)->add_members(9);
  return Says(peer, gossip);
}
std::string Hears(uint8_t peer, uint8_t flags, uint8_t stream, uint16_t number) {
  return Start(Step::kMessage, peer) + static_cast<char>(flags) + static_cast<char>(stream) + Number(number);
}
std::string Waits(uint16_t hundredths) {
  return Start(Step::kWait, 0) + Number(hundredths);
}
std::string Befriended(uint8_t count) {
  std::string steps;
  for (uint8_t peer = 0; peer < count; ++peer) {
    steps += Start(Step::kLink, peer) + Word(peer, RoomGossip::NEIGHBOUR_ASK);
  }
  return steps;
}

std::string Members() {
  RoomGossip gossip;
  gossip.set_neighbour(RoomGossip::NEIGHBOUR_REFUSE);
  gossip.set_shuffle(true);
  for (const char* name : {"p7", "p8", "p9", ""}) gossip.add_members()->set_user(name);
  return Says(0, gossip);
}

std::string Forgotten() {
  std::string steps = Befriended(1) + Has(0, 1, 5);
  for (uint64_t stream = 100; stream < 120; ++stream) steps += Has(0, stream, 0);
  return steps + Has(0, 1, 0) + Waits(100);
}

}  // namespace

void Test(Input input) {
  Session session(input.Byte() % 2 == 0);
  for (int steps = 0; !input.empty() && steps < 400; ++steps) session.Take(input);
}

std::vector<std::string> Seeds() {
  const std::string small(1, '\0'), large(1, '\1');
  constexpr uint64_t kLast = ~uint64_t{0};
  return {
      small + Befriended(3) + Start(Step::kPublish, 0) + Hears(0, 1, 1, 1) + Waits(3'000) + Acks(1, 1'000, 1),
      large + Befriended(4) + Hears(0, 0, 1, 1) + Hears(1, 0, 1, 1) + Start(Step::kStored, 0) + "\1" +
          Number(1) + Waits(200) + Acks(2, 1, 1) + Waits(100),
      large + Befriended(3) + Has(0, 1, 3) + Has(1, 1, 3) + Waits(200) + Hears(1, 2, 1, 1) + Waits(3'000),
      large + Befriended(2) + Hears(0, 0, 1, 1) + Hears(0, 0, 1, 3) + Waits(3'000),
      large + Befriended(12) + Start(Step::kLink, 3) + Waits(2'000),
      large + Members() + Befriended(1) + Members() + Waits(500) + Start(Step::kFailed, 7) + Waits(6'000),
      large + Befriended(2) + Start(Step::kFull, 1) + Hears(0, 0, 1, 1) + Start(Step::kFull, 1) +
          Wants(1, 1, 1, 1) + Waits(50),
      large + Befriended(2) + Hears(0, 4, 1, 0xffff) + Wants(1, 1, kLast - 99, kLast) + Waits(3'000),
      large + Befriended(2) + Has(0, 1, kLast) + Has(1, 1, 2) + Hears(1, 0, 1, 1) + Waits(4'000),
      small + Befriended(11) + Start(Step::kSize, 0) + Waits(500) + Start(Step::kSize, 0) +
          Start(Step::kFailed, 1) + Waits(500),
      large + Forgotten(),
      small + Befriended(4) + Hears(0, 8, 1, 1) + Hears(1, 8, 1, 2) + Hears(2, 1, 1, 3) + Hears(1, 0, 1, 3) +
          Hears(0, 8, 2, 1) + Hears(1, 16, 2, 1) + Relay(3, 1, 2) + Hears(2, 1, 1, 4) + Acks(3, 1, 4) +
          Relay(3, 2, 1) + Waits(100),
  };
}

}  // namespace parlor::fuzz
