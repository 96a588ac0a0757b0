// How the overlay names members and messages: short, since names travel with every announcement.
#ifndef PARLOR_CLIENT_OVERLAY_GOSSIP_ID_H_
#define PARLOR_CLIENT_OVERLAY_GOSSIP_ID_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace parlor::client::overlay {

// A member, by the user's name: a person is in a room with one device at a time.
using PeerId = std::string;

// An author's device and epoch, in 8 bytes of SHA-256: whoever would take another one's place has to find
// 2^64 hashes.
using StreamId = uint64_t;
StreamId StreamOf(absl::string_view device, uint64_t epoch);

// A member's device in an acknowledgement. Two that are alike make a count too low by one: of 1,000 members,
// in one room of 8,600.
using MemberTag = uint32_t;
MemberTag TagOf(absl::string_view device);

struct GossipId {
  StreamId stream = 0;
  uint64_t number = 0;  // from 1, without holes but for those that the author could not store

  friend bool operator==(const GossipId&, const GossipId&) = default;
  friend auto operator<=>(const GossipId&, const GossipId&) = default;
};

// A message on its way. What is in it is the host's matter.
struct Payload {
  GossipId id;
  uint32_t hops = 0;    // links that it came over
  bool detour = false;  // it left the tree somewhere: asked for, and pushed on from there
  std::shared_ptr<const std::string> bytes;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_GOSSIP_ID_H_
