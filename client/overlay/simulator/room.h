// A simulated room: members who come, talk, crash and misbehave, on virtual time and from a seed.
#ifndef PARLOR_CLIENT_OVERLAY_SIMULATOR_ROOM_H_
#define PARLOR_CLIENT_OVERLAY_SIMULATOR_ROOM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/simulator/event_queue.h"
#include "client/overlay/simulator/ledger.h"
#include "client/overlay/simulator/member.h"
#include "client/overlay/simulator/network.h"

namespace parlor::client::overlay::simulator {

struct RoomOptions {
  uint64_t seed = 1;
  OverlayOptions overlay;
  NetworkOptions network;
  // Whether the directory answers those who know of nobody to be asked. It always names 32 to who joins.
  bool directory = false;
};

// What became of some messages.
struct Outcome {
  size_t messages = 0;
  size_t members = 0;       // alive at the end
  double redundancy = 0;    // payload frames received / first receipts − 1
  uint32_t last_hop = 0;    // the most that a first receipt took
  uint64_t missed = 0;      // member × message, of members who were there from then to now
  uint64_t owed = 0;        // member × message that were due
  double acknowledged = 0;  // of these, of which the author knows that they are stored
  absl::Duration p50;       // to one receiver to whom it was due
  absl::Duration p99;
  absl::Duration last;  // to the last receiver, the worst message

  double reached() const {
    return owed == 0 ? 1 : 1 - static_cast<double>(missed) / static_cast<double>(owed);
  }
};

class Room {
 public:
  explicit Room(RoomOptions options);

  EventQueue& events() { return events_; }
  Network& network() { return network_; }

  // One after the other, evenly over `duration`; each is told a sample by the directory.
  void Join(size_t members, absl::Duration duration, Nature nature = Nature::kHonest);
  // Without a word, all in this moment: a part of those who are alive.
  void Crash(double part);
  // In good order it would say goodbye; here it is a crash that the directory knows of.
  void Leave(MemberIndex member);
  // `count` messages, one each `interval`, written by who `author` says.
  void Talk(size_t count, absl::Duration interval, const std::function<MemberIndex()>& author);

  Member& member(MemberIndex index) { return *members_[index]; }
  std::vector<MemberIndex> alive() const;
  MemberIndex AnyAlive();
  size_t written() const { return ledger_.entries().size(); }

  // Of the messages from number `first` of the room on.
  Outcome OutcomeSince(size_t first) const;

 private:
  struct Presence {
    bool linked = false;  // has been somebody's neighbour: what is written from then on is owed to it
    Nature nature;
  };

  std::vector<PeerId> Sample(MemberIndex asker);
  void JoinOne(Nature nature);
  void Write(MemberIndex author);
  void TellSize(MemberIndex newest);

  const RoomOptions options_;
  EventQueue events_;
  Ledger ledger_;
  Network network_;
  Random random_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<MemberIndex> present_;  // as the directory knows
  std::vector<Presence> presences_;
  std::vector<std::vector<bool>> owed_;  // by message, by member
};

}  // namespace parlor::client::overlay::simulator

#endif  // PARLOR_CLIENT_OVERLAY_SIMULATOR_ROOM_H_
