// One room for the whole town, and what it takes until a word is with the last of them: every member a whole
// client with sockets, encryption and signatures of its own.
#ifndef PARLOR_BENCH_TOWN_HALL_H_
#define PARLOR_BENCH_TOWN_HALL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/town/town.h"
#include "client/loop/loop.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

class Hall {
 public:
  explicit Hall(Town& town) : town_(town) {}
  ~Hall();
  Hall(const Hall&) = delete;
  Hall& operator=(const Hall&) = delete;

  // The first `people` enter, so many at a time; the next comes when one has a link. How long that took each,
  // from asking on: join_p50_ms, join_p99_ms, join_max_ms.
  absl::StatusOr<nlohmann::json> Gather(int people, int at_once);

  // Some of those who are there say so much together, in turns, and then wait until everybody has it.
  //   said, refused          messages; those of which the author was told that the room does not keep up
  //   lost, twice            of what was to be heard
  //   p50_ms, p99_ms         from saying to hearing
  //   last_p50_ms, last_p99_ms, last_max_ms   the same, to the last one who hears it
  //   cpu_us_per_delivery    of this whole process
  nlohmann::json Speak(double messages_a_second, double seconds, int speakers);

 private:
  struct Said {
    absl::Duration at;
    int heard = 0;
    bool refused = false;
  };

  void LetIn();
  void OnEvent(int citizen, const client::Event& event);
  void OnMessage(int citizen, const client::MessageEvent& message);
  void OnRefused(const client::ErrorEvent& error);
  void Tick();
  void SayNext();
  nlohmann::json Figures(absl::Duration cpu) const;

  Town& town_;

  // Of the loop's thread.
  int people_ = 0;
  int at_once_ = 0;
  int asked_ = 0;
  int inside_ = 0;
  std::vector<absl::Duration> asked_at_;
  std::vector<double> join_seconds_;  // negative: not yet
  double messages_a_second_ = 0;
  int speakers_ = 1;
  absl::Duration ticked_at_;
  double due_ = 0;
  std::vector<Said> said_;
  std::vector<double> seconds_;
  std::vector<double> last_seconds_;
  int64_t unheard_ = 0;
  int64_t twice_ = 0;
  int64_t refused_ = 0;
  std::unique_ptr<client::Timer> timer_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_HALL_H_
