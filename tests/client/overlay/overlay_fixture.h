// One overlay, ann's, whose neighbours are played by the test, on a clock that the test sets.
#ifndef PARLOR_TESTS_CLIENT_OVERLAY_OVERLAY_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_OVERLAY_OVERLAY_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "client/overlay/overlay.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/overlay/fake_overlay_host.h"

namespace parlor::client::overlay {

using peer::v1::RoomGossip;

constexpr MemberTag kAnnsTag = 77;
constexpr StreamId kBobs = 5;
constexpr size_t kSmall = 5, kLarge = 1'000;  // rooms

inline Payload Message(StreamId stream, uint64_t number, uint32_t hops = 0, bool detour = false) {
  return {{stream, number}, hops, detour, std::make_shared<const std::string>("hello")};
}

inline RoomGossip Have(StreamId stream, uint64_t up_to) {
  RoomGossip gossip;
  gossip.add_haves()->set_stream(stream);
  gossip.mutable_haves(0)->set_up_to(up_to);
  return gossip;
}

inline RoomGossip Want(StreamId stream, uint64_t from, uint64_t to) {
  RoomGossip gossip;
  peer::v1::StreamRange& want = *gossip.add_wants();
  want.set_stream(stream);
  want.set_from(from);
  want.set_to(to);
  return gossip;
}

inline RoomGossip Word(RoomGossip::Neighbour word) {
  RoomGossip gossip;
  gossip.set_neighbour(word);
  return gossip;
}

class OverlayTest : public ::testing::Test {
 protected:
  ~OverlayTest() override { EXPECT_EQ(host_.sent_without_link, 0); }

  void LinkUp(const PeerId& peer) {
    host_.linked.insert(peer);
    overlay_.OnLinkUp(peer, now_);
  }
  void LinkDown(const PeerId& peer) {
    host_.linked.erase(peer);
    overlay_.OnLinkDown(peer, now_);
  }
  // In a large room: it asks, and is taken.
  void Befriend(const PeerId& peer) {
    LinkUp(peer);
    Tell(peer, Word(RoomGossip::NEIGHBOUR_ASK));
    RoomGossip all;
    all.set_all(true);
    Tell(peer, all);
    ASSERT_TRUE(overlay_.IsNeighbour(peer));
  }
  void Room(size_t members, const std::vector<PeerId>& neighbours) {
    overlay_.SetRoomSize(members, now_);
    for (const PeerId& peer : neighbours) {
      if (overlay_.mesh()) {
        LinkUp(peer);
        RoomGossip all;
        all.set_all(true);
        Tell(peer, all);
      } else {
        Befriend(peer);
      }
    }
    host_.Clear();
  }
  void Tell(const PeerId& peer, const RoomGossip& gossip) { overlay_.OnGossip(peer, gossip, now_); }
  // As the room does with what a link brings.
  void Hear(const PeerId& from, const Payload& payload, bool own = false) {
    if (overlay_.Knows(payload.id)) return overlay_.OnDuplicate(from, payload, now_);
    overlay_.OnMessage(from, own, payload, now_).IgnoreError();  // what it did is looked at
  }
  // Every wake-up that is due until then.
  void Pass(absl::Duration duration) {
    const absl::Time end = now_ + duration;
    while (overlay_.next_wake() <= end) {
      now_ = std::max(now_, overlay_.next_wake());
      overlay_.OnTimer(now_);
      ASSERT_GT(overlay_.next_wake(), now_) << "it would never sleep";
    }
    now_ = end;
  }

  std::vector<PeerId> PushedTo(const GossipId& id) const {
    std::vector<PeerId> to;
    for (const auto& [peer, payload] : host_.payloads) {
      if (payload.id == id) to.push_back(peer);
    }
    return to;
  }
  template <typename Fits>
  std::vector<PeerId> ToldThat(const Fits& fits) const {
    std::vector<PeerId> to;
    for (const auto& [peer, gossip] : host_.gossip) {
      if (fits(gossip)) to.push_back(peer);
    }
    return to;
  }
  std::vector<PeerId> Asked() const {
    return ToldThat([](const RoomGossip& gossip) { return gossip.wants_size() > 0; });
  }
  std::vector<PeerId> Told(RoomGossip::Neighbour word) const {
    return ToldThat([&](const RoomGossip& gossip) { return gossip.neighbour() == word; });
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  FakeOverlayHost host_;
  const OverlayOptions options_{};
  Overlay overlay_{host_, {"ann", kAnnsTag, 42}};
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_TESTS_CLIENT_OVERLAY_OVERLAY_FIXTURE_H_
