#include "services/common/live/in_process_directory.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/common/live/change_names.h"
#include "tests/test_time.h"

namespace parlor::live {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class InProcessDirectoryTest : public ::testing::Test {
 protected:
  InProcessDirectoryTest() {
    directory_.Observe([this](const Change& change) {
      EXPECT_EQ(change.sequence, ++last_sequence_);
      log_.push_back(absl::StrCat(change.seat.user, " ", live::testing::NameOf(change)));
      last_ = change;
    });
  }

  // Device "phone" of ann with session "s1": Claim("ann", "phone", "s1").
  absl::StatusOr<ClaimAnswer> Claim(const std::string& user, const std::string& device,
                                    const std::string& session, bool takeover = false,
                                    const std::string& scope = "", size_t capacity = 0) {
    absl::StatusOr<ClaimAnswer> answer = absl::InternalError("no answer");
    directory_.Claim(
        {.scope = scope,
         .user = user,
         .device = device,
         .session = session,
         .details = absl::StrCat("details of ", session),
         .takeover = takeover,
         .capacity = capacity},
        [this, session](Ended ended, absl::string_view note) {
          log_.push_back(absl::StrCat(session, " told ", live::testing::NameOf(ended), note));
        },
        now_, [&answer](absl::StatusOr<ClaimAnswer> result) { answer = std::move(result); });
    return answer;
  }

  std::vector<std::string> TakeLog() { return std::exchange(log_, {}); }

  absl::Time now_ = kTestStart;
  uint64_t last_sequence_ = 0;
  std::vector<std::string> log_;
  Change last_;
  InProcessDirectory directory_;
};

TEST_F(InProcessDirectoryTest, AFreeSeatIsWon) {
  const auto claimed = Claim("ann", "phone", "s1");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->how, ChangeKind::kJoined);
  EXPECT_EQ(claimed->seat.session, "s1");
  EXPECT_EQ(claimed->seat.since, kTestStart);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined"));
  const auto found = directory_.Find("", "ann");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->device, "phone");
  EXPECT_EQ(found->details, "details of s1");
  EXPECT_EQ(directory_.Find("", "bob"), std::nullopt);
  EXPECT_EQ(directory_.Find("room", "ann"), std::nullopt);
}

TEST_F(InProcessDirectoryTest, ObserversSeeAChangeBeforeItsClaimIsAnswered) {
  directory_.Claim({.user = "ann", .device = "phone", .session = "s1"}, nullptr, now_,
                   [this](const absl::StatusOr<ClaimAnswer>&) { log_.push_back("answer"); });
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "answer"));
}

TEST_F(InProcessDirectoryTest, TheSameDeviceReplacesItsOlderSession) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  now_ += absl::Seconds(3);
  const auto claimed = Claim("ann", "phone", "s2");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->how, ChangeKind::kReturned);
  EXPECT_EQ(claimed->seat.since, kTestStart);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "s1 told replaced", "ann returned"));
}

TEST_F(InProcessDirectoryTest, AnotherDeviceIsRefusedWithoutTakeover) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  EXPECT_EQ(Claim("ann", "laptop", "s2").status().code(), absl::StatusCode::kAlreadyExists);
  directory_.Lose("s1", now_);
  const auto refused = Claim("ann", "laptop", "s3");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(refused.status().message()), ::testing::Not(::testing::HasSubstr("phone")));
  EXPECT_EQ(directory_.Find("", "ann")->device, "phone");
}

TEST_F(InProcessDirectoryTest, TakeoverEndsTheOlderSession) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  now_ += absl::Seconds(1);
  const auto claimed = Claim("ann", "laptop", "s2", /*takeover=*/true);
  ASSERT_TRUE(claimed.ok());
  EXPECT_EQ(claimed->how, ChangeKind::kMoved);
  EXPECT_EQ(claimed->seat.claimed_since, now_);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "s1 told taken over", "ann moved"));
}

TEST_F(InProcessDirectoryTest, WhoDoesNotHoldTheSeatChangesNothing) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  ASSERT_TRUE(Claim("ann", "phone", "s2").ok());
  ASSERT_TRUE(Claim("bob", "phone", "s3").ok());
  TakeLog();
  for (const char* session : {"s1", "unknown", ""}) {
    directory_.Update(session, "stolen", now_);
    directory_.Lose(session, now_);
    directory_.Release(session, now_);
  }
  directory_.Tick(now_ + absl::Hours(1));
  EXPECT_THAT(TakeLog(), IsEmpty());
  EXPECT_EQ(directory_.Find("", "ann")->details, "details of s2");
  EXPECT_EQ(directory_.Count(""), 2u);
}

TEST_F(InProcessDirectoryTest, ASessionIdIsUsedOnce) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  EXPECT_EQ(Claim("bob", "phone", "s1").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(InProcessDirectoryTest, ReleaseFreesAtOnceAndTellsTheHolderNothing) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  directory_.Release("s1", now_);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann released"));
  EXPECT_EQ(directory_.Count(""), 0u);
  EXPECT_EQ(directory_.NextWake(), absl::InfiniteFuture());
  EXPECT_TRUE(Claim("ann", "laptop", "s2").ok());
}

TEST_F(InProcessDirectoryTest, ALostSeatIsKeptForTheGrace) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  directory_.Lose("s1", now_);
  directory_.Lose("s1", now_ + absl::Seconds(19));  // does not prolong
  EXPECT_EQ(directory_.Find("", "ann")->state, SeatState::kReconnecting);
  EXPECT_EQ(directory_.NextWake(), now_ + absl::Seconds(20));
  directory_.Tick(now_ + absl::Seconds(20) - absl::Nanoseconds(1));
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann reconnecting"));
  directory_.Tick(now_ + absl::Seconds(20));
  EXPECT_THAT(TakeLog(), ElementsAre("ann grace ended"));
  EXPECT_EQ(last_.previous, SeatState::kReconnecting);
  EXPECT_EQ(directory_.Find("", "ann"), std::nullopt);
}

TEST_F(InProcessDirectoryTest, TheSameDeviceReturnsWithinTheGrace) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  now_ += absl::Seconds(1);
  directory_.Lose("s1", now_);
  now_ += absl::Seconds(5);
  const auto claimed = Claim("ann", "phone", "s2");
  ASSERT_TRUE(claimed.ok());
  EXPECT_EQ(claimed->how, ChangeKind::kReturned);
  EXPECT_EQ(claimed->seat.since, now_);
  EXPECT_EQ(claimed->seat.claimed_since, kTestStart);
  EXPECT_EQ(last_.previous, SeatState::kReconnecting);
  directory_.Tick(now_ + absl::Hours(1));
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann reconnecting", "ann returned"));
}

TEST_F(InProcessDirectoryTest, AGoodbyeWhileReconnectingFreesTheSeat) {
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  directory_.Lose("s1", now_);
  directory_.Release("s1", now_);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann reconnecting", "ann released"));
}

TEST_F(InProcessDirectoryTest, EvictTellsHolderAndObservers) {
  ASSERT_TRUE(Claim("ann", "phone", "s1", false, "room").ok());
  const auto answer = [this](const absl::Status& status) {
    log_.push_back(absl::StatusCodeToString(status.code()));
  };
  directory_.Evict("", "ann", "x", now_, answer);
  directory_.Evict("room", "ann", " by bob", now_, answer);
  EXPECT_THAT(TakeLog(),
              ElementsAre("ann joined", "NOT_FOUND", "s1 told evicted by bob", "ann evicted  by bob", "OK"));
}

TEST_F(InProcessDirectoryTest, EditChangesWhosoeverSeatItIs) {
  ASSERT_TRUE(Claim("ann", "phone", "s1", false, "room").ok());
  TakeLog();
  const auto answer = [this](const absl::Status& status) {
    log_.push_back(absl::StatusCodeToString(status.code()));
  };
  const auto shout = [](const std::string& details) { return absl::StrCat(details, "!"); };
  const auto leave_alone = [](const std::string&) { return std::nullopt; };
  directory_.Edit("room", "bob", shout, now_, answer);
  directory_.Edit("room", "ann", leave_alone, now_, answer);
  directory_.Edit("room", "ann", shout, now_, answer);
  EXPECT_THAT(TakeLog(), ElementsAre("NOT_FOUND", "OK", "ann updated", "OK"));
  EXPECT_EQ(last_.previous_details, "details of s1");
  EXPECT_EQ(directory_.Find("room", "ann")->details, "details of s1!");
}

TEST_F(InProcessDirectoryTest, CapacityCountsReconnectingAndSparesThoseInside) {
  ASSERT_TRUE(Claim("ann", "phone", "s1", false, "room", 2).ok());
  ASSERT_TRUE(Claim("bob", "phone", "s2", false, "room", 2).ok());
  directory_.Lose("s2", now_);
  EXPECT_EQ(Claim("cid", "phone", "s3", false, "room", 2).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Claim("ann", "laptop", "s4", true, "room", 2).ok());
  EXPECT_TRUE(Claim("bob", "phone", "s5", false, "room", 2).ok());
  EXPECT_TRUE(Claim("cid", "phone", "s6", false, "other room", 2).ok());
}

TEST_F(InProcessDirectoryTest, TheNumberOfSeatsIsBounded) {
  InProcessDirectory small(DirectoryOptions{.max_seats = 1});
  std::vector<absl::StatusCode> codes;
  for (const char* user : {"ann", "bob"}) {
    small.Claim({.user = user, .device = "d", .session = user}, nullptr, now_,
                [&](const absl::StatusOr<ClaimAnswer>& answer) { codes.push_back(answer.status().code()); });
  }
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kResourceExhausted));
}

TEST_F(InProcessDirectoryTest, TenThousandSeatsArriveWholeOverPages) {
  std::vector<std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    expected.push_back(absl::StrFormat("user%05d", i));
    ASSERT_TRUE(Claim(expected.back(), "d", absl::StrCat("s", (i * 7919) % 10'000)).ok());
  }
  std::vector<std::string> seen;
  ListQuery query{.limit = 999};
  while (true) {
    const std::vector<Seat> page = directory_.List(query);
    for (const Seat& seat : page) seen.push_back(seat.user);
    if (page.size() < query.limit) break;
    query.after = page.back().user;
  }
  EXPECT_EQ(seen, expected);
}

TEST_F(InProcessDirectoryTest, ListsByPrefix) {
  for (const char* user : {"al", "alba", "albert", "bert", "ал"}) ASSERT_TRUE(Claim(user, "d", user).ok());
  const auto users = [&](ListQuery query) {
    std::vector<std::string> names;
    for (const Seat& seat : directory_.List(query)) names.push_back(seat.user);
    return names;
  };
  EXPECT_THAT(users({.prefix = "al", .limit = 9}), ElementsAre("al", "alba", "albert"));
  EXPECT_THAT(users({.after = "al", .prefix = "al", .limit = 1}), ElementsAre("alba"));
  EXPECT_THAT(users({.after = "alba", .prefix = "al", .limit = 9}), ElementsAre("albert"));
  EXPECT_THAT(users({.after = "albert", .prefix = "al", .limit = 9}), IsEmpty());
  EXPECT_THAT(users({.after = "zz", .prefix = "al", .limit = 9}), IsEmpty());
  EXPECT_THAT(users({.prefix = "а", .limit = 9}), ElementsAre("ал"));
  EXPECT_THAT(users({.scope = "room", .limit = 9}), IsEmpty());
}

TEST_F(InProcessDirectoryTest, SamplesAreDistinctFairAndLeaveOneOut) {
  constexpr int kUsers = 10, kRounds = 3000, kPicks = 3;
  for (int i = 0; i < kUsers; ++i)
    ASSERT_TRUE(Claim(absl::StrCat("u", i), "d", absl::StrCat(i), false, "r").ok());
  std::map<std::string, int> picked;
  for (int round = 0; round < kRounds; ++round) {
    std::set<std::string> sample;
    for (const Seat& seat : directory_.Sample("r", kPicks, "u4")) sample.insert(seat.user);
    ASSERT_THAT(sample, SizeIs(kPicks));
    for (const std::string& user : sample) ++picked[user];
  }
  EXPECT_EQ(picked.count("u4"), 0u);
  ASSERT_THAT(picked, SizeIs(kUsers - 1));
  // Each is picked 1,000 times on average with a standard deviation of 26; 8 of them never happen.
  for (const auto& [user, times] : picked) EXPECT_NEAR(times, 1000, 208) << user;
  EXPECT_THAT(directory_.Sample("r", 100, "nobody"), SizeIs(kUsers));
  EXPECT_THAT(directory_.Sample("r", 100, "u0"), SizeIs(kUsers - 1));
  EXPECT_THAT(directory_.Sample("empty", 3, ""), IsEmpty());
}

TEST_F(InProcessDirectoryTest, CallbacksMayCallTheDirectory) {
  directory_.Observe([this](const Change& change) {
    if (change.kind == ChangeKind::kReconnecting) directory_.Release(change.seat.session, change.at);
  });
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  directory_.Lose("s1", now_);
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann reconnecting", "ann released"));
}

TEST_F(InProcessDirectoryTest, InSequenceRunsBetweenChanges) {
  directory_.Observe([this](const Change& change) {
    if (change.kind != ChangeKind::kJoined) return;
    directory_.Lose(change.seat.session, change.at);
    directory_.InSequence([this] { log_.push_back("snapshot"); });
    directory_.Release(change.seat.session, change.at);
  });
  ASSERT_TRUE(Claim("ann", "phone", "s1").ok());
  EXPECT_THAT(TakeLog(), ElementsAre("ann joined", "ann reconnecting", "snapshot", "ann released"));
}

TEST_F(InProcessDirectoryTest, NothingOfTheHolderIsDestroyedUnderTheLock) {
  struct CallsBack {
    Directory* directory;
    ~CallsBack() { EXPECT_EQ(directory->Count("room"), 0u); }  // deadlocks if the lock is held
  };
  for (const bool lose : {true, false}) {
    directory_.Claim(
        {.user = "ann", .device = "d", .session = "s"},
        [held = std::make_unique<CallsBack>(CallsBack{&directory_})](Ended, absl::string_view) {}, now_,
        [](const absl::StatusOr<ClaimAnswer>&) {});
    if (lose) directory_.Lose("s", now_);
    directory_.Release("s", now_);
  }
}

}  // namespace
}  // namespace parlor::live
