// What was said in a room, and who has heard it: each process counts its own members, and all are put
// together.
#ifndef PARLOR_BENCH_ROOM_DELIVERIES_H_
#define PARLOR_BENCH_ROOM_DELIVERIES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// Nanoseconds of a clock that all processes of a machine share.
int64_t SharedNanos();

// Speakers and listeners are numbers; a speaker's messages are numbered from 0 on. Times are those of
// SharedNanos().
class Deliveries {
 public:
  // The speaker's next message: returns its number.
  size_t Said(int speaker, int64_t now_ns);
  // Its author was told that the room does not take it.
  void Refused(int speaker, size_t number);
  // Messages out of their author's order are counted, and so are those that come twice.
  void Heard(int listener, int speaker, size_t number, int64_t said_ns, int64_t now_ns);

  // So far: messages that were not refused, and how often any was heard.
  int64_t accepted() const { return accepted_; }
  int64_t heard() const { return heard_; }

  // For Add in another process.
  nlohmann::json ToJson() const;
  // Counts what another process counted, of other listeners. INVALID_ARGUMENT: that is not what ToJson makes.
  absl::Status Add(const nlohmann::json& other);

  // Each message that was accepted is owed to everybody but its author:
  //   lost, twice, disordered    of what each of the others was to hear
  // and of what was said from `since_ns` on:
  //   said, refused              messages
  //   last_p50_ms, last_p99_ms, last_max_ms   from saying until the last one hears, where none is missing
  //   held_a_second              accepted, from the first one said until the last one heard
  nlohmann::json Outcome(int people, int64_t since_ns) const;

 private:
  struct Message {
    int64_t said_ns = 0;  // 0: never, as far as is known
    int heard = 0;
    int64_t last_ns = 0;  // when it was heard last
    bool refused = false;
  };
  // What one listener has of one speaker.
  struct Ear {
    size_t next = 0;           // one more than the highest that came
    std::set<size_t> skipped;  // below that
  };

  Message& MessageOf(int speaker, size_t number);

  std::map<int, std::vector<Message>> speakers_;
  std::map<std::pair<int, int>, Ear> ears_;  // of listener and speaker
  int64_t accepted_ = 0;
  int64_t heard_ = 0;
  int64_t twice_ = 0;
  int64_t disordered_ = 0;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_ROOM_DELIVERIES_H_
