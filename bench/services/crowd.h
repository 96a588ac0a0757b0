// People who are online and in rooms, and do nothing: what Lookup finds and ListRooms counts.
#ifndef PARLOR_BENCH_SERVICES_CROWD_H_
#define PARLOR_BENCH_SERVICES_CROWD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/services/channels.h"
#include "bench/services/shared_data.h"

namespace parlor::bench {

// The name of one of them, and of the room that this one is in.
std::string PersonName(int index);
std::string RoomName(int index);

class Crowd {
 public:
  // Makes `count` rooms, and lets a person into each who is online, too. They stay until this object ends.
  // The server must ask for heartbeats more seldom than that.
  static absl::StatusOr<std::unique_ptr<Crowd>> Gather(const Target& target, const SharedData& data,
                                                       int count);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

 private:
  class Streams;  // of one connection

  Crowd() = default;
  absl::Status MakeRooms(const Target& target, const SharedData& data, int count);

  std::vector<std::unique_ptr<Streams>> connections_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_CROWD_H_
