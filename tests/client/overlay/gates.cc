#include "tests/client/overlay/gates.h"

#include <memory>

#include "absl/strings/str_cat.h"

namespace parlor::client::overlay {
namespace {

using simulator::MemberIndex;
using simulator::Outcome;
using simulator::Room;
using simulator::RoomOptions;

constexpr size_t kMembers = 1'000;
constexpr MemberIndex kSpeaker = 500;
constexpr absl::Duration kInterval = absl::Milliseconds(100);

// Everybody is in, and the tree is warm from somebody's messages.
std::unique_ptr<Room> WarmRoom(const OverlayOptions& overlay, uint64_t seed, double loss = 0,
                               size_t warming = 40) {
  RoomOptions options;
  options.seed = seed;
  options.overlay = overlay;
  options.network.loss = loss;
  auto room = std::make_unique<Room>(options);
  room->Join(kMembers, absl::Seconds(20));
  room->events().RunFor(absl::Seconds(10));
  room->Talk(warming, kInterval, [] { return kSpeaker; });
  return room;
}

Outcome TalkOfMany(Room& room, size_t messages, absl::Duration interval, absl::Duration settle) {
  const size_t first = room.written();
  room.Talk(messages, interval, [&] { return room.AnyAlive(); });
  room.events().RunFor(settle);
  return room.OutcomeSince(first);
}

Experiment Crash(const std::string& name, double part, absl::Duration within, double reached) {
  return {name, {.reached = reached}, [=](const OverlayOptions& options, uint64_t seed) {
            const auto room = WarmRoom(options, seed);
            room->Crash(part);
            return TalkOfMany(*room, 1, absl::ZeroDuration(), within);
          }};
}

}  // namespace

::testing::AssertionResult Holds(const Outcome& outcome, const Gate& gate) {
  const bool holds = outcome.redundancy < gate.redundancy && outcome.last_hop <= gate.last_hop &&
                     outcome.owed > 0 && outcome.reached() >= gate.reached;
  return (holds ? ::testing::AssertionSuccess() : ::testing::AssertionFailure())
         << "redundancy " << outcome.redundancy << ", last hop " << outcome.last_hop << ", missed "
         << outcome.missed << " of " << outcome.owed;
}

Experiment OneSender() {
  return {"OneSender", {.redundancy = 0.1, .last_hop = 10}, [](const OverlayOptions& options, uint64_t seed) {
            const auto room = WarmRoom(options, seed, 0, 100);
            const size_t first = room->written();
            room->Talk(60, kInterval, [] { return kSpeaker; });
            room->events().RunFor(absl::Seconds(10));
            return room->OutcomeSince(first);
          }};
}

Experiment ManySenders() {
  return {"ManySenders", {.redundancy = 0.5}, [](const OverlayOptions& options, uint64_t seed) {
            return TalkOfMany(*WarmRoom(options, seed), 60, kInterval, absl::Seconds(10));
          }};
}

Experiment EverybodyAtOnce() {
  return {"EverybodyAtOnce",
          {.redundancy = 1.5},
          [](const OverlayOptions& options, uint64_t seed) {
            const auto room = WarmRoom(options, seed);
            const size_t first = room->written();
            MemberIndex next = 0;
            room->Talk(kMembers, absl::ZeroDuration(), [&] { return next++; });
            room->events().RunFor(absl::Seconds(20));
            return room->OutcomeSince(first);
          },
          1};
}

Experiment Loss(double part) {
  return {absl::StrCat("Loss", part * 100),
          {.redundancy = 1.5},
          [part](const OverlayOptions& options, uint64_t seed) {
            return TalkOfMany(*WarmRoom(options, seed, part), 60, kInterval, absl::Seconds(30));
          }};
}

Experiment HalfCrash() {
  return Crash("HalfCrash", 0.5, absl::Seconds(10), 0.999);
}

Experiment FourFifthsCrash() {
  return Crash("FourFifthsCrash", 0.8, absl::Seconds(30), 0.99);
}

Experiment Partition() {
  return {"Partition", {}, [](const OverlayOptions& options, uint64_t seed) {
            const auto room = WarmRoom(options, seed);
            room->network().Partition([](MemberIndex member) { return static_cast<int>(member % 2); });
            room->events().After(absl::Minutes(1), [&] { room->network().Heal(); });
            return TalkOfMany(*room, 30, absl::Seconds(2), absl::Seconds(60));
          }};
}

Experiment Churn() {
  return {"Churn", {}, [](const OverlayOptions& options, uint64_t seed) {
            const auto room = WarmRoom(options, seed);
            const size_t first = room->written();
            for (int second = 0; second < 60; ++second) {  // 10 % a minute
              for (int i = 0; i < (second % 3 == 0 ? 1 : 2); ++i) {
                room->Leave(room->AnyAlive());
                room->Join(1, absl::ZeroDuration());
              }
              room->Talk(1, absl::Seconds(1), [&] { return room->AnyAlive(); });
            }
            room->events().RunFor(absl::Seconds(30));
            return room->OutcomeSince(first);
          }};
}

}  // namespace parlor::client::overlay
