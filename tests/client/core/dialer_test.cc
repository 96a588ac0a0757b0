#include "client/core/dialer.h"

#include <utility>

#include "client/loop/virtual_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PeerAddress kAddress{"192.0.2.1", 7000};

// Dials that the test answers.
class FakeNetwork final : public Network {
 public:
  struct Attempt {
    DialTarget target;
    DialCallback done;
  };

  void SetIdentity(LinkIdentity) override {}
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback) override { return port; }
  std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override {
    attempts.push_back({std::move(target), std::move(done)});
    return std::make_unique<Dialling>();
  }
  std::vector<PeerAddress> LocalAddresses() const override { return {}; }

  std::vector<Attempt> attempts;
};

class DialerTest : public ::testing::Test {
 protected:
  // What presence answers, a moment later.
  void Answer(absl::StatusOr<std::vector<PeerAddress>> addresses) { answer_ = std::move(addresses); }
  void FailLast() {
    std::exchange(network_.attempts.back().done, nullptr)(absl::UnavailableError("refused"));
  }
  size_t dials() const { return network_.attempts.size(); }
  void Turn() { loop_.RunFor(absl::ZeroDuration()); }

  VirtualLoop loop_;
  FakeNetwork network_;
  AddressBook addresses_;
  absl::StatusOr<std::vector<PeerAddress>> answer_ = std::vector<PeerAddress>{kAddress};
  std::vector<std::string> introductions_;  // with which presence was asked
  std::vector<std::string> without_address_;
  std::vector<std::string> without_link_;
  Dialer dialer_{loop_,
                 network_,
                 addresses_,
                 [this](const std::string&, const std::string& introduction, auto done) {
                   introductions_.push_back(introduction);
                   loop_.Post([this, done] { done(answer_); });
                 },
                 {.on_link = [](std::unique_ptr<Link>) {},
                  .on_no_address = [this](const std::string& user) { without_address_.push_back(user); },
                  .opening = [](const std::string& user) { return std::vector{"hello " + user}; },
                  .on_no_link = [this](const std::string& user) { without_link_.push_back(user); }}};
};

TEST_F(DialerTest, DialsWhoIsWantedOnce) {
  dialer_.Want("ana", "chat", "introduced");
  dialer_.Want("ana", "a room");
  EXPECT_TRUE(dialer_.dialling("ana"));
  Turn();
  ASSERT_EQ(dials(), 1);
  EXPECT_EQ(network_.attempts[0].target.user, "ana");
  EXPECT_THAT(network_.attempts[0].target.addresses, ElementsAre(kAddress));
  EXPECT_THAT(introductions_, ElementsAre("introduced"));
}

TEST_F(DialerTest, TriesAgainLaterAndLater) {
  dialer_.Want("ana", "chat");
  Turn();
  FailLast();
  EXPECT_EQ(dialer_.last_error("ana").message(), "refused");
  EXPECT_FALSE(dialer_.dialling("ana"));
  loop_.RunFor(absl::Seconds(2));  // 1 s, with jitter
  ASSERT_EQ(dials(), 2);
  FailLast();
  loop_.RunFor(absl::Seconds(5));
  EXPECT_EQ(dials(), 2);
  loop_.RunFor(absl::Seconds(6));  // 8 s, with jitter
  EXPECT_EQ(dials(), 3);
}

TEST_F(DialerTest, WhatIsSaidAtOnceIsForTheOneWhoIsDialled) {
  dialer_.Want("ana", "chat");
  Turn();
  EXPECT_THAT(network_.attempts.back().target.opening(), ElementsAre("hello ana"));
  EXPECT_THAT(without_link_, IsEmpty());
  FailLast();
  EXPECT_THAT(without_link_, ElementsAre("ana"));
}

// The other side would hold it for true, and nobody would tell it otherwise.
TEST_F(DialerTest, WhatWasSaidForAReasonThatIsGoneIsTakenBack) {
  dialer_.Want("ana", "a room");
  dialer_.Want("ana", "another room");
  Turn();
  EXPECT_EQ(dials(), 1u);
  EXPECT_FALSE(dialer_.Unwant("ana", "no reason"));
  network_.attempts.back().target.opening();
  EXPECT_FALSE(dialer_.Unwant("ana", "a room"));
  Turn();
  EXPECT_EQ(dials(), 2u) << "anew";
  EXPECT_FALSE(dialer_.Unwant("ana", "a room"));
  dialer_.Want("ana", "a room");
  EXPECT_FALSE(dialer_.Unwant("ana", "a room")) << "nothing was said on this one";
  Turn();
  EXPECT_EQ(dials(), 2u);
}

TEST_F(DialerTest, NobodyIsDialledWhoIsOffline) {
  dialer_.Want("ana", "chat");
  addresses_.Learn("ana", {kAddress});
  Answer(absl::FailedPreconditionError("offline"));
  Turn();
  EXPECT_EQ(dials(), 0);
  EXPECT_EQ(dialer_.last_error("ana").message(), "offline");
}

TEST_F(DialerTest, WithoutServicesTheAddressesOfBeforeAreDialled) {
  addresses_.Learn("ana", {kAddress});
  Answer(absl::UnavailableError("no services"));
  dialer_.Want("ana", "chat");
  Turn();
  EXPECT_EQ(dials(), 1);
}

TEST_F(DialerTest, SaysWhoGivesNoAddress) {
  Answer(std::vector<PeerAddress>());
  dialer_.Want("ana", "chat");
  Turn();
  EXPECT_THAT(without_address_, ElementsAre("ana"));
  EXPECT_EQ(dials(), 0);
}

TEST_F(DialerTest, WhoIsLinkedIsNotDialled) {
  dialer_.LinkUp("ana");
  dialer_.Want("ana", "chat");
  dialer_.RetryNow("ana");
  Turn();
  EXPECT_EQ(dials(), 0);
  dialer_.LinkDown("ana", absl::UnavailableError("reset"), Dialer::Again::kSoon);
  loop_.RunFor(absl::Seconds(2));
  EXPECT_EQ(dials(), 1);
}

TEST_F(DialerTest, WhoLeftIsTriedLate) {
  dialer_.Want("ana", "chat");
  dialer_.LinkUp("ana");
  dialer_.LinkDown("ana", absl::CancelledError("they quit"), Dialer::Again::kLate);
  loop_.RunFor(absl::Seconds(40));
  EXPECT_EQ(dials(), 0);
  dialer_.RetryNow("ana");  // presence says that they are back
  Turn();
  EXPECT_EQ(dials(), 1);
}

TEST_F(DialerTest, WhoIsNoLongerWantedIsLeftAlone) {
  dialer_.Want("ana", "chat");
  dialer_.Want("ana", "a room");
  EXPECT_FALSE(dialer_.Unwant("ana", "chat"));
  EXPECT_TRUE(dialer_.wanted("ana"));
  EXPECT_TRUE(dialer_.Unwant("ana", "a room"));
  EXPECT_FALSE(dialer_.Unwant("ana", "a room"));
  loop_.RunFor(absl::Minutes(5));
  EXPECT_EQ(dials(), 0);
}

TEST_F(DialerTest, AnIntroductionShortensTheWait) {
  dialer_.Want("ana", "a room");
  Turn();
  FailLast();
  dialer_.Want("ana", "a room", "fresh");
  Turn();
  EXPECT_EQ(dials(), 2);
  EXPECT_EQ(introductions_.back(), "fresh");
}

TEST_F(DialerTest, WhilePausedWhoIsWantedIsKeptInMind) {
  dialer_.Pause();
  dialer_.Want("ana", "chat");
  loop_.RunFor(absl::Minutes(5));
  EXPECT_THAT(introductions_, IsEmpty());
  dialer_.Resume();
  dialer_.RetryAll();
  Turn();
  EXPECT_EQ(dials(), 1);
}

TEST_F(DialerTest, AHandlerMayChangeItsMind) {
  Answer(std::vector<PeerAddress>());
  addresses_.Learn("ana", {kAddress});
  Dialer* dialer = nullptr;
  Dialer fickle(loop_, network_, addresses_,
                [this](const std::string&, const std::string&, auto done) {
                  loop_.Post([this, done] { done(answer_); });
                },
                {.on_link = [](std::unique_ptr<Link>) {},
                 .on_no_address = [&](const std::string& user) { dialer->Unwant(user, "chat"); },
                 .opening = [](const std::string&) { return std::vector<std::string>(); },
                 .on_no_link = [](const std::string&) {}});
  dialer = &fickle;
  fickle.Want("ana", "chat");
  Turn();
  EXPECT_EQ(dials(), 0);
}

}  // namespace
}  // namespace parlor::client
