// One simulated member: the overlay as it ships, over the simulated network, with a history in memory. Some
// do not keep the rules.
#ifndef PARLOR_CLIENT_OVERLAY_SIMULATOR_MEMBER_H_
#define PARLOR_CLIENT_OVERLAY_SIMULATOR_MEMBER_H_

#include <map>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "client/overlay/overlay.h"
#include "client/overlay/overlay_host.h"
#include "client/overlay/simulator/ledger.h"
#include "client/overlay/simulator/network.h"

namespace parlor::client::overlay::simulator {

enum class Nature {
  kHonest,
  kForging,      // changes what it passes on
  kWithholding,  // says what it has, and gives nothing
  kSwallowing,   // takes everything and says nothing but that it is alive
  kReplaying,    // passes each message on forty times
  kLying,        // announces messages that nobody wrote
};

class Member final : public Endpoint, private OverlayHost {
 public:
  // Whom a directory would name to it; empty: nobody.
  using Directory = std::function<std::vector<PeerId>(MemberIndex asker)>;

  Member(EventQueue& events, Network& network, Ledger& ledger, const OverlayOptions& options, uint64_t seed,
         Nature nature, Directory directory);

  void Join(const std::vector<PeerId>& sample, size_t room_size);
  void SetRoomSize(size_t members);
  void Write();

  MemberIndex index() const { return index_; }
  Nature nature() const { return nature_; }
  const Overlay& overlay() const { return overlay_; }
  size_t accused() const { return accused_; }

 private:
  // Endpoint
  void OnLinkUp(MemberIndex peer) override;
  void OnLinkDown(MemberIndex peer) override;
  void OnConnectFailed(MemberIndex peer) override;
  void OnGossip(MemberIndex from, const peer::v1::RoomGossip& gossip) override;
  void OnPayload(MemberIndex from, const Payload& payload) override;

  // OverlayHost
  bool SendGossip(const PeerId& to, const peer::v1::RoomGossip& gossip) override;
  bool SendPayload(const PeerId& to, const Payload& payload) override;
  void Connect(const PeerId& peer) override { network_.Want(index_, IndexOf(peer)); }
  void Disconnect(const PeerId& peer) override { network_.Unwant(index_, IndexOf(peer)); }
  void Accuse(const PeerId& peer, const absl::Status& why) override;
  void Describe(const PeerId&, peer::v1::MemberAddresses&) override {}
  void Learn(const peer::v1::MemberAddresses&) override {}
  void OnNeighbourUp(const PeerId&) override {}
  void WantCandidates() override;
  bool SendFromHistory(const PeerId& to, StreamId stream, uint64_t from, uint64_t up_to) override;
  void OnAcknowledged(StreamId stream, uint64_t up_to, const std::vector<MemberTag>& members) override;

  void Rearm();

  EventQueue& events_;
  Network& network_;
  Ledger& ledger_;
  const Nature nature_;
  const Directory directory_;
  const MemberIndex index_;
  Overlay overlay_;
  std::map<std::pair<StreamId, uint64_t>, Payload> history_;
  absl::flat_hash_map<MemberTag, uint64_t> acknowledged_;  // own messages, by others
  absl::Time armed_ = absl::InfiniteFuture();
  size_t accused_ = 0;
  bool asking_directory_ = false;
};

}  // namespace parlor::client::overlay::simulator

#endif  // PARLOR_CLIENT_OVERLAY_SIMULATOR_MEMBER_H_
