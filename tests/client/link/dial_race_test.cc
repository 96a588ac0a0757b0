#include "client/link/dial_race.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/loop/virtual_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const PeerAddress kA{"10.0.0.1", 7000};
const PeerAddress kB{"10.0.0.2", 7000};
const PeerAddress kC{"10.0.0.3", 7000};
const PeerAddress kV6{"fd00::1", 7000};
const PeerAddress kW6{"fd00::2", 7000};

TEST(InterleaveFamiliesTest, FamiliesTakeTurnsFromTheFirst) {
  EXPECT_THAT(InterleaveFamilies({kA, kB, kV6, kC, kW6}), ElementsAre(kA, kV6, kB, kW6, kC));
  EXPECT_THAT(InterleaveFamilies({kV6, kW6, kA}), ElementsAre(kV6, kA, kW6));
  EXPECT_THAT(InterleaveFamilies({kA, kB, kA}), ElementsAre(kA, kB));
}

TEST(InterleaveFamiliesTest, TakesNoMoreThanAPeerMayHave) {
  std::vector<PeerAddress> many;
  for (uint16_t port = 7000; port < 7100; ++port) many.push_back({"10.0.0.1", port});
  EXPECT_EQ(InterleaveFamilies(many).size(), kMaxPeerAddresses);
}

// Stands for a link; only its identity matters to a race.
class NullLink final : public Link {
 public:
  explicit NullLink(int& alive) : alive_(++alive) {}
  ~NullLink() override { --alive_; }
  void Start(Handlers) override {}
  absl::Status Send(absl::string_view) override { return absl::OkStatus(); }
  size_t queued_bytes() const override { return 0; }
  void Close() override {}
  const LinkInfo& info() const override { std::abort(); }

 private:
  int& alive_;
};

class DialRaceTest : public ::testing::Test {
 protected:
  struct Answer {
    absl::Duration after;
    absl::Status status;
  };

  class FakeDialling final : public Dialling {
   public:
    FakeDialling(DialRaceTest& test, PeerAddress address, Network::DialCallback done)
        : test_(test), address_(std::move(address)), done_(std::move(done)) {
      const auto answer = test_.answers_.find(address_);
      if (answer == test_.answers_.end()) return;
      timer_ = test_.loop_.After(answer->second.after, [this, status = answer->second.status] {
        const auto tell = std::exchange(done_, nullptr);
        if (!status.ok()) return tell(status);
        tell(std::make_unique<NullLink>(test_.links_alive_));
      });
    }
    ~FakeDialling() override { test_.ended_.push_back(address_); }

   private:
    DialRaceTest& test_;
    const PeerAddress address_;
    Network::DialCallback done_;
    std::unique_ptr<Timer> timer_;
  };

  void Dial(std::vector<PeerAddress> addresses) {
    result_.reset();
    race_ = std::make_unique<DialRace>(
        loop_, budget_, DialTarget{"alice", std::move(addresses)},
        [this](const PeerAddress& address, const std::string& user, Network::DialCallback done) {
          EXPECT_EQ(user, "alice");
          started_.emplace_back(address, loop_.Uptime());
          return std::make_unique<FakeDialling>(*this, address, std::move(done));
        },
        [this](absl::StatusOr<std::unique_ptr<Link>> link) {
          EXPECT_FALSE(result_.has_value()) << "called twice";
          result_ = std::move(link);
          if (destroy_in_callback_) race_.reset();
        });
    EXPECT_TRUE(started_.empty()) << "nothing happens inside Dial";
  }

  VirtualLoop loop_;
  std::shared_ptr<DialBudget> budget_ = std::make_shared<DialBudget>();
  std::map<PeerAddress, Answer> answers_;  // none: silence
  std::vector<std::pair<PeerAddress, absl::Duration>> started_;
  std::vector<PeerAddress> ended_;
  int links_alive_ = 0;
  std::optional<absl::StatusOr<std::unique_ptr<Link>>> result_;
  std::unique_ptr<DialRace> race_;
  bool destroy_in_callback_ = false;
};

TEST_F(DialRaceTest, NextAddressAfterAQuarterSecondOfSilence) {
  answers_[kC] = {absl::Milliseconds(10), absl::OkStatus()};
  Dial({kA, kB, kC});
  loop_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(result_.has_value());
  EXPECT_TRUE(result_->ok());
  EXPECT_THAT(started_,
              ElementsAre(std::pair(kA, absl::ZeroDuration()), std::pair(kB, absl::Milliseconds(250)),
                          std::pair(kC, absl::Milliseconds(500))));
  EXPECT_THAT(ended_, ElementsAre(kA, kB, kC)) << "the others are given up";
  EXPECT_EQ(links_alive_, 1);
}

TEST_F(DialRaceTest, NextAddressAtOnceWhenOneFails) {
  answers_[kA] = {absl::Milliseconds(1), absl::UnavailableError("refused")};
  answers_[kB] = {absl::Milliseconds(1), absl::OkStatus()};
  Dial({kA, kB});
  ASSERT_TRUE(loop_.RunUntil([&] { return result_.has_value(); }));
  EXPECT_EQ(loop_.Uptime(), absl::Milliseconds(2));
  EXPECT_TRUE(result_->ok());
}

TEST_F(DialRaceTest, AnEarlierAttemptMayStillWin) {
  answers_[kA] = {absl::Milliseconds(300), absl::OkStatus()};
  answers_[kB] = {absl::Milliseconds(400), absl::OkStatus()};
  Dial({kA, kB});
  loop_.RunFor(absl::Seconds(5));
  ASSERT_TRUE(result_.has_value());
  EXPECT_TRUE(result_->ok());
  EXPECT_EQ(links_alive_, 1) << "the second one never came to be";
}

TEST_F(DialRaceTest, AllReasonsWithTheirAddresses) {
  answers_[kA] = {absl::Milliseconds(1), absl::UnavailableError("refused")};
  answers_[kV6] = {absl::Milliseconds(1), absl::UnauthenticatedError("the certificate is of bob")};
  Dial({kA, kV6});
  loop_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(result_->status().message(), "10.0.0.1:7000: refused; [fd00::1]:7000: the certificate is of bob");
}

TEST_F(DialRaceTest, AgreeingFailuresKeepTheirCode) {
  answers_[kA] = {absl::Milliseconds(1), absl::UnauthenticatedError("wrong name")};
  answers_[kB] = {absl::Milliseconds(1), absl::UnauthenticatedError("wrong name")};
  Dial({kA, kB});
  loop_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(DialRaceTest, SilenceEndsAtTheDeadline) {
  Dial({kA, kB});
  ASSERT_TRUE(loop_.RunUntil([&] { return result_.has_value(); }));
  EXPECT_EQ(loop_.Uptime(), DialRace::kDeadline);
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(result_->status().message()),
              AllOf(HasSubstr("10.0.0.1:7000: no answer"), HasSubstr("10.0.0.2:7000: no answer")));
  EXPECT_THAT(ended_, ElementsAre(kA, kB));
}

TEST_F(DialRaceTest, NoAddressIsAnErrorAndNotInsideDial) {
  Dial({});
  EXPECT_FALSE(result_.has_value());
  loop_.RunFor(absl::ZeroDuration());
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DialRaceTest, AnAddressIsDialledThreeTimesAMinuteWhateverTheRaces) {
  answers_[kA] = {absl::Milliseconds(1), absl::UnavailableError("refused")};
  for (int i = 0; i < 3; ++i) {
    Dial({kA});
    loop_.RunFor(absl::Seconds(1));
    started_.clear();
  }
  Dial({kA});
  loop_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(result_->status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(started_.empty());

  answers_[kB] = {absl::Milliseconds(1), absl::OkStatus()};
  Dial({kA, kB});
  loop_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(result_->ok()) << "an address that is over its budget is passed over";
}

TEST_F(DialRaceTest, AddressesThatWereNotNeededCostNothing) {
  answers_[kA] = {absl::Milliseconds(1), absl::OkStatus()};
  for (int i = 0; i < 3; ++i) {
    Dial({kA, kB});
    loop_.RunFor(absl::Seconds(1));
    started_.clear();
  }
  EXPECT_TRUE(budget_->TryTake(kB, loop_.Uptime()));
}

TEST_F(DialRaceTest, DestroyingItGivesUp) {
  answers_[kA] = {absl::Milliseconds(300), absl::OkStatus()};
  Dial({kA, kB});
  loop_.RunFor(absl::Milliseconds(260));
  race_.reset();
  EXPECT_THAT(ended_, ElementsAre(kA, kB));
  loop_.RunFor(absl::Minutes(1));
  EXPECT_FALSE(result_.has_value());
}

TEST_F(DialRaceTest, MayBeDestroyedByItsCallback) {
  destroy_in_callback_ = true;
  answers_[kA] = {absl::Milliseconds(1), absl::UnavailableError("refused")};
  answers_[kB] = {absl::Milliseconds(1), absl::OkStatus()};
  Dial({kA, kB});
  loop_.RunFor(absl::Minutes(1));
  EXPECT_TRUE(result_->ok());
  started_.clear();
  Dial({kA});
  loop_.RunFor(absl::Minutes(1));
  EXPECT_FALSE(result_->ok());
}

}  // namespace
}  // namespace parlor::client
