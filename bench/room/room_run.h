// One room of many whole clients, in processes of their own: what it takes to enter it, and until a word is
// with the last of them.
#ifndef PARLOR_BENCH_ROOM_ROOM_RUN_H_
#define PARLOR_BENCH_ROOM_ROOM_RUN_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

struct RoomQuestion {
  int peers = 50;
  int processes = 2;  // with as many peers each, or one more
  int at_once = 8;    // who enter at the same time, of each process
  // Said by all together, and how many of them say anything; 0: everybody.
  double messages_a_second = 50;
  int speakers = 0;
  absl::Duration warming = absl::Seconds(2);
  absl::Duration duration = absl::Seconds(10);  // zero: nobody speaks
  absl::Duration idle = absl::ZeroDuration();   // before that: nobody does anything, and it is measured
  int visits = 0;  // of people who enter one after the other, and leave; they have a process of their own
  // On the network of bench/net/namespaces.py: with visits all are on its first side and the visitors on the
  // second; else the server on the first, and each process on one of the others, in turns.
  bool apart = false;
};

// Of everybody's own processes, the server's not among them:
//   peers, processes, speakers, offered_a_second
//   enter_p50_ms, enter_max_ms       from asking until linked with somebody, `at_once` at a time
//   memory_a_peer, cpu_us_per_delivery
//   idle_cpu_percent_a_peer, idle_bytes_a_second_a_peer
//   visits: {entered_ms, linked_ms, heard_ms}   medians
//   verifications_a_second           of P-256, on one processor, in the same run
//   bare_receive_us                  BareReceiveMicros, 50 a second, in the same run
// and those of Deliveries::Outcome.
absl::StatusOr<nlohmann::json> MeasureRoom(const RoomQuestion& question);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_ROOM_ROOM_RUN_H_
