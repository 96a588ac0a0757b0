// The paths between simulated members: how long a frame takes, which are lost, who can reach whom, and the
// counts of what arrived. A link keeps its frames in order; a frame that is lost is lost for good, which is
// harder than what QUIC and TCP do to the overlay, and a crashed member does not say so.
#ifndef PARLOR_CLIENT_OVERLAY_SIMULATOR_NETWORK_H_
#define PARLOR_CLIENT_OVERLAY_SIMULATOR_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/random.h"
#include "client/overlay/simulator/event_queue.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client::overlay::simulator {

using MemberIndex = uint32_t;
PeerId NameOf(MemberIndex member);
MemberIndex IndexOf(const PeerId& name);

struct NetworkOptions {
  absl::Duration least_latency = absl::Milliseconds(10);  // one way; of a pair, for good
  absl::Duration most_latency = absl::Milliseconds(50);
  double loss = 0;                                  // of frames
  absl::Duration refused_after = absl::Seconds(3);  // dialling somebody who is not there
};

// What is at the ends.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void OnLinkUp(MemberIndex peer) = 0;
  virtual void OnLinkDown(MemberIndex peer) = 0;
  virtual void OnConnectFailed(MemberIndex peer) = 0;
  virtual void OnGossip(MemberIndex from, const peer::v1::RoomGossip& gossip) = 0;
  virtual void OnPayload(MemberIndex from, const Payload& payload) = 0;
};

struct Traffic {
  uint64_t gossip_frames = 0;  // sent
  uint64_t gossip_bytes = 0;   // as they are on the wire, before encryption
  uint64_t payload_frames = 0;
};

class Network {
 public:
  Network(EventQueue& events, NetworkOptions options, uint64_t seed);

  MemberIndex Add(Endpoint* endpoint);
  // It is gone without a word. What it sent still arrives.
  void Crash(MemberIndex member);
  bool alive(MemberIndex member) const { return members_[member].endpoint != nullptr; }

  // Only those of the same side reach each other, from now on.
  void Partition(std::function<int(MemberIndex)> side) { side_ = std::move(side); }
  void Heal() { side_ = nullptr; }
  void SetLoss(double loss) { options_.loss = loss; }

  // A link is there while one of its ends wants it.
  void Want(MemberIndex member, MemberIndex peer);
  void Unwant(MemberIndex member, MemberIndex peer);
  // Ends it whoever wants it.
  void Cut(MemberIndex member, MemberIndex peer);
  void SendGossip(MemberIndex from, MemberIndex to, const peer::v1::RoomGossip& gossip);
  void SendPayload(MemberIndex from, MemberIndex to, const Payload& payload);

  absl::Duration Latency(MemberIndex a, MemberIndex b) const;
  const Traffic& traffic() const { return traffic_; }
  size_t size() const { return members_.size(); }

 private:
  struct Member {
    Endpoint* endpoint = nullptr;  // null: crashed
  };
  struct Link {
    bool wanted[2] = {false, false};  // by the smaller, by the larger
    bool up = false;
    bool dialling = false;
  };
  using LinkKey = uint64_t;

  static LinkKey KeyOf(MemberIndex a, MemberIndex b);
  bool Reaches(MemberIndex a, MemberIndex b) const;
  void OnDialled(MemberIndex from, MemberIndex to);
  void Close(MemberIndex by, MemberIndex other);
  // Delivers over a link that is up at both times.
  void Carry(MemberIndex from, MemberIndex to, std::function<void(Endpoint&)> deliver);

  EventQueue& events_;
  NetworkOptions options_;
  const uint64_t seed_;
  Random random_;
  std::vector<Member> members_;
  absl::flat_hash_map<LinkKey, Link> links_;
  std::function<int(MemberIndex)> side_;
  Traffic traffic_;
};

}  // namespace parlor::client::overlay::simulator

#endif  // PARLOR_CLIENT_OVERLAY_SIMULATOR_NETWORK_H_
