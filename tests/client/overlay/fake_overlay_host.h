// The world of one overlay under test: records what it does there. Nothing may go to whom it has no link
// with.
#ifndef PARLOR_TESTS_CLIENT_OVERLAY_FAKE_OVERLAY_HOST_H_
#define PARLOR_TESTS_CLIENT_OVERLAY_FAKE_OVERLAY_HOST_H_

#include <set>
#include <utility>
#include <vector>

#include "client/overlay/overlay_host.h"

namespace parlor::client::overlay {

class FakeOverlayHost : public OverlayHost {
 public:
  struct History {
    PeerId to;
    StreamId stream = 0;
    uint64_t from = 0;
    uint64_t up_to = 0;
  };

  bool SendGossip(const PeerId& to, const peer::v1::RoomGossip& sent) override {
    if (!linked.contains(to)) ++sent_without_link;
    if (full.contains(to)) return false;
    gossip.emplace_back(to, sent);
    return true;
  }
  bool SendPayload(const PeerId& to, const Payload& payload) override {
    if (!linked.contains(to)) ++sent_without_link;
    if (full.contains(to)) return false;
    payloads.emplace_back(to, payload);
    return true;
  }
  void Connect(const PeerId& peer) override { connects.push_back(peer); }
  void Disconnect(const PeerId& peer) override { disconnects.push_back(peer); }
  void Accuse(const PeerId& peer, const absl::Status&) override { accused.push_back(peer); }
  void Describe(const PeerId&, peer::v1::MemberAddresses&) override {}
  void Learn(const peer::v1::MemberAddresses& member) override { learned.push_back(member.user()); }
  void OnNeighbourUp(const PeerId& peer) override { befriended.push_back(peer); }
  void WantCandidates() override { ++wanted_candidates; }
  bool SendFromHistory(const PeerId& to, StreamId stream, uint64_t from, uint64_t up_to) override {
    history.push_back({to, stream, from, up_to});
    return true;
  }
  void OnAcknowledged(StreamId, uint64_t, const std::vector<MemberTag>& members) override {
    acknowledged.insert(members.begin(), members.end());
  }

  void Clear() {
    gossip.clear();
    payloads.clear();
    connects.clear();
    disconnects.clear();
    history.clear();
  }

  std::set<PeerId> linked;
  std::set<PeerId> full;  // their links take nothing
  std::vector<std::pair<PeerId, peer::v1::RoomGossip>> gossip;
  std::vector<std::pair<PeerId, Payload>> payloads;
  std::vector<PeerId> connects, disconnects, accused, learned, befriended;
  std::vector<History> history;
  std::set<MemberTag> acknowledged;
  int wanted_candidates = 0;
  int sent_without_link = 0;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_TESTS_CLIENT_OVERLAY_FAKE_OVERLAY_HOST_H_
