// Many threads at one directory.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "gtest/gtest.h"
#include "services/common/live/in_process_directory.h"
#include "tests/rounds.h"
#include "tests/test_time.h"

namespace parlor::live {
namespace {

// Calls `body(thread)` on 16 threads that start together.
void Race(const std::function<void(int)>& body) {
  constexpr int kThreads = 16;
  auto* barrier = new absl::Barrier(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      if (barrier->Block()) delete barrier;
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(DirectoryRacesTest, OfSixteenDevicesExactlyOneWins) {
  for (int round = 0; round < Rounds(50); ++round) {
    InProcessDirectory directory;
    std::atomic<int> won = 0, refused = 0, ended = 0;
    Race([&](int thread) {
      directory.Claim(
          {.user = "ann",
           .device = absl::StrCat("device", thread),
           .session = absl::StrCat("session", thread)},
          [&](Ended, absl::string_view) { ++ended; }, kTestStart,
          [&](const absl::StatusOr<ClaimAnswer>& answer) {
            if (answer.ok()) ++won;
            if (answer.status().code() == absl::StatusCode::kAlreadyExists) ++refused;
          });
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, 15);
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(directory.Count(""), 1u);
  }
}

TEST(DirectoryRacesTest, OfSixteenTakeoversTheLastOneHoldsAndTheOthersAreTold) {
  InProcessDirectory directory;
  std::atomic<int> won = 0, ended = 0;
  Race([&](int thread) {
    directory.Claim(
        {.user = "ann",
         .device = absl::StrCat("device", thread),
         .session = absl::StrCat("session", thread),
         .takeover = true},
        [&](Ended, absl::string_view) { ++ended; }, kTestStart,
        [&](const absl::StatusOr<ClaimAnswer>& answer) { won += answer.ok() ? 1 : 0; });
  });
  EXPECT_EQ(won, 16);
  EXPECT_EQ(ended, 15);
}

TEST(DirectoryRacesTest, CapacityIsNeverExceeded) {
  InProcessDirectory directory;
  std::atomic<int> won = 0;
  Race([&](int thread) {
    directory.Claim({.scope = "room",
                     .user = absl::StrCat("user", thread),
                     .device = "d",
                     .session = absl::StrCat("session", thread),
                     .capacity = 5},
                    nullptr, kTestStart,
                    [&](const absl::StatusOr<ClaimAnswer>& answer) { won += answer.ok() ? 1 : 0; });
  });
  EXPECT_EQ(won, 5);
  EXPECT_EQ(directory.Count("room"), 5u);
}

// Observers see one sequence without gaps or overlaps, whatever threads the changes come from.
TEST(DirectoryRacesTest, ChangesAreToldOneAtATimeInOrder) {
  InProcessDirectory directory;
  std::atomic<int> inside = 0;
  uint64_t last = 0;  // not guarded: that is what is tested (with tsan)
  directory.Observe([&](const Change& change) {
    EXPECT_EQ(++inside, 1);
    EXPECT_EQ(change.sequence, last + 1);
    last = change.sequence;
    --inside;
  });
  Race([&](int thread) {
    for (int i = 0; i < 200; ++i) {
      const std::string session = absl::StrCat(thread, "-", i);
      directory.Claim({.user = absl::StrCat("user", thread), .device = "d", .session = session}, nullptr,
                      kTestStart, [](const absl::StatusOr<ClaimAnswer>&) {});
      directory.Update(session, "new", kTestStart);
      directory.Lose(session, kTestStart);
      if (i % 2 == 0) directory.Release(session, kTestStart);
      if (i % 16 == 0) directory.Tick(kTestStart);
    }
  });
  EXPECT_EQ(last, 16u * (200 * 3 + 100));
}

}  // namespace
}  // namespace parlor::live
