// Everybody talks, in their room and with their friend in turns, and asks the services now and then; what was
// said is looked for at everybody who has to hear it.
#ifndef PARLOR_BENCH_TOWN_TALK_H_
#define PARLOR_BENCH_TOWN_TALK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "bench/town/town.h"
#include "client/loop/loop.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

class Talk {
 public:
  // The town has met in rooms of `to_a_room`, and is used by nobody else until this is destroyed.
  Talk(Town& town, int to_a_room) : town_(town), to_a_room_(to_a_room) {}
  ~Talk();
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  // So many messages and calls a second, from now on.
  void Begin(double messages_a_second, double calls_a_second);

  // No more, and waits for what is on its way:
  //   said         messages
  //   lost, twice  of those that were to be heard by somebody: not heard, and heard again
  //   undelivered  private messages without the mark
  //   p50_ms, p99_ms, max_ms  from saying to hearing, in this one process
  //   calls, calls_failed, calls_unanswered
  nlohmann::json End();

 private:
  struct Said {
    absl::Duration at;
    int expected = 0;
    int heard = 0;
  };

  void Tick();
  void SayNext();
  void CallNext();
  void OnEvent(int citizen, const client::Event& event);
  void OnMessage(int citizen, const client::MessageEvent& message);

  Town& town_;
  const int to_a_room_;

  // Of the loop's thread.
  double messages_a_second_ = 0;
  double calls_a_second_ = 0;
  absl::Duration ticked_at_;
  double messages_due_ = 0;
  double calls_due_ = 0;
  std::vector<Said> said_;
  std::vector<double> seconds_;
  int64_t unheard_ = 0;
  int64_t twice_ = 0;
  int64_t calls_ = 0;
  int64_t answered_ = 0;
  int64_t failed_ = 0;
  std::unique_ptr<client::Timer> timer_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_TALK_H_
