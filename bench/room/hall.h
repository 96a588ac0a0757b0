// Those of one process who are in the one room of parlor-bench room: every member a whole client with
// sockets, encryption and signatures of its own.
#ifndef PARLOR_BENCH_ROOM_HALL_H_
#define PARLOR_BENCH_ROOM_HALL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/room/deliveries.h"
#include "bench/town/town.h"
#include "client/core/events.h"
#include "client/loop/loop.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// Blocks; called by one thread, which is not the loop's.
class Hall {
 public:
  explicit Hall(Town& town);
  ~Hall();
  Hall(const Hall&) = delete;
  Hall& operator=(const Hall&) = delete;

  // The first of these makes the room, and is in it.
  absl::Status Open();
  // All who are not inside enter, so many at a time; the next comes when one has a link. How long that took
  // each, from asking on: {"entered_ms":[…],"linked_ms":[…]}.
  absl::StatusOr<nlohmann::json> Enter(int at_once);
  // One of them enters a room in which something was said, waits until it has heard that, and leaves:
  // {"entered_ms","linked_ms","heard_ms"}.
  absl::StatusOr<nlohmann::json> Visit(int citizen);

  // The first `speakers` say so much together, in turns, for so long; comes back when they have.
  void Speak(double messages_a_second, absl::Duration duration, int speakers);
  // {"accepted","heard"}: messages that may be owed to all others, and what these have heard.
  nlohmann::json Progress();
  // Deliveries::ToJson.
  nlohmann::json DeliveriesNow();

 private:
  // Of one member; times are those of the loop, negative: not yet.
  struct Guest {
    absl::Duration asked_at;
    absl::Duration entered = -absl::InfiniteDuration();
    absl::Duration linked = -absl::InfiniteDuration();
    absl::Duration heard = -absl::InfiniteDuration();
    bool left = false;
  };

  Guest& guest(int citizen) { return guests_[static_cast<size_t>(citizen)]; }
  void Ask(int citizen, const std::string& command);
  void LetIn();
  void Tick();
  void ArmTimer();
  void SayNext();
  void OnEvent(int citizen, const client::Event& event);
  void OnRoom(int citizen, const client::RoomEvent& event);
  void OnMessage(int citizen, const client::MessageEvent& message);
  void OnError(int citizen, const client::ErrorEvent& error);

  Town& town_;

  // Of the loop's thread.
  std::vector<Guest> guests_;
  int asked_ = 0;
  int at_once_ = 0;
  int inside_ = 0;  // entered, and linked with somebody, or alone
  absl::Status error_;
  double messages_a_second_ = 0;
  int speakers_ = 1;
  int64_t turn_ = 0;
  absl::Duration ticked_at_;
  double due_ = 0;
  Deliveries deliveries_;
  std::unique_ptr<client::Timer> timer_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_ROOM_HALL_H_
