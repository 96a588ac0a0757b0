// What somebody writes faster than the disk takes it.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/chat/private_chat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/store/held_store_worker.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr size_t kBound = 4 * kMaxUnackedBytes;
constexpr size_t kEach = 64 * 1024;
constexpr uint64_t kFit = kBound / kEach;

// A link to bob, and a disk that commits when it is told to.
class FakeChatHost final : public ChatHost {
 public:
  bool SendFrame(const peer::v1::Frame& frame) override {
    frames.push_back(frame);
    return true;
  }
  void SendSignal(const peer::v1::SignalPayload&) override {}
  void WantLink() override {}
  void RetryLink() override {}
  void CloseLink(const absl::Status& why) override { closed.push_back(why); }
  void Store(StoreWorker::Job job, StoreWorker::Done done) override {
    disk.Run(std::move(job), std::move(done));
  }
  void StoreLazily(StoreWorker::Job job) override {
    disk.RunLazily(std::move(job), [](const absl::Status&) {});
  }
  void AfterThisTurn(std::function<void()> run) override { run(); }
  void Emit(Event event) override {
    shown += std::holds_alternative<MessageEvent>(event) ? 1 : 0;
    if (const auto* error = std::get_if<ErrorEvent>(&event)) errors.push_back(error->code);
  }
  void ContactChanged(const Contact&) override {}
  void WakeAt(absl::Time) override {}
  std::string Obstacle() override { return {}; }

  HeldStoreWorker disk;
  std::vector<peer::v1::Frame> frames;
  std::vector<absl::Status> closed;
  uint64_t shown = 0;  // messages
  std::vector<std::string> errors;
};

class ChatStoringTest : public ::testing::Test {
 protected:
  ChatStoringTest() { chat.OnLinkUp("tcp direct 192.0.2.1:7000", kStart); }

  // A body of kEach bytes.
  static std::string Body(uint64_t number) {
    DecodedBody body{.room = {},
                     .sender = "bob",
                     .id = {"bobs-phone", 7, number},
                     .time = {absl::ToUnixMillis(kStart), static_cast<uint32_t>(number)},
                     .previous = {},
                     .text = std::string(kEach - 200, 'x')};
    body.text.append(kEach - EncodeBody(body).size(), 'x');
    return EncodeBody(body);
  }
  // Those from `first` to `last`, three in a frame: as many as it holds.
  void Hand(uint64_t first, uint64_t last) {
    for (uint64_t number = first; number <= last;) {
      peer::v1::Frame frame;
      for (int i = 0; i < 3 && number <= last; ++i) frame.mutable_chat_messages()->add_bodies(Body(number++));
      chat.OnFrame(frame, kStart);
    }
  }
  // How far bob was told that everything is here; 0 if he was not.
  uint64_t Acknowledged() const {
    uint64_t up_to = 0;
    for (const peer::v1::Frame& frame : host.frames) up_to = std::max(up_to, frame.chat_delivered().up_to());
    return up_to;
  }

  static Contact Bob() {
    Contact bob;
    bob.user = "bob";
    bob.consent = Consent::kAccepted;
    bob.since = kStart;
    return bob;
  }

  FakeChatHost host;
  PrivateChat chat{host, "ann", "anns-phone", 1, Bob()};
};

TEST_F(ChatStoringTest, UpToTheBoundEverythingWaitsForTheDiskAndIsAcknowledgedThen) {
  ASSERT_EQ(Body(1).size(), kEach);
  ASSERT_EQ(Body(kFit).size(), kEach);
  Hand(1, kFit);
  EXPECT_THAT(host.closed, IsEmpty());
  EXPECT_EQ(host.shown, 0u);
  EXPECT_EQ(Acknowledged(), 0u);
  host.disk.Commit();
  EXPECT_EQ(host.shown, kFit);
  EXPECT_EQ(Acknowledged(), kFit);
  // What is on the disk does not count any more.
  Hand(kFit + 1, 2 * kFit);
  EXPECT_THAT(host.closed, IsEmpty());
  host.disk.Commit();
  EXPECT_EQ(host.shown, 2 * kFit);
  EXPECT_EQ(Acknowledged(), 2 * kFit);
}

TEST_F(ChatStoringTest, BeyondItTheLinkIsClosedAndNothingIsLost) {
  Hand(1, kFit);
  Hand(kFit + 1, kFit + 1);
  ASSERT_EQ(host.closed.size(), 1u);
  EXPECT_EQ(host.closed[0].code(), absl::StatusCode::kResourceExhausted);
  host.disk.Commit();
  EXPECT_EQ(host.shown, kFit);
  EXPECT_EQ(Acknowledged(), kFit) << "but not the one too many";
  EXPECT_THAT(host.errors, IsEmpty()) << "nothing that the person could do";

  chat.OnLinkDown(kStart);
  chat.OnLinkUp("tcp direct 192.0.2.1:7000", kStart);
  Hand(kFit + 1, kFit + 1);
  host.disk.Commit();
  EXPECT_EQ(host.closed.size(), 1u);
  EXPECT_EQ(Acknowledged(), kFit + 1);
}

TEST_F(ChatStoringTest, WhatCouldNotBeStoredDoesNotCountEither) {
  Hand(1, kFit);
  host.disk.FailCommit(absl::ResourceExhaustedError("the disk is full"));
  EXPECT_THAT(host.errors, ElementsAre("not_stored"));
  host.frames.clear();
  chat.OnTimer(kStart + absl::Seconds(5));
  ASSERT_EQ(host.frames.size(), 1u) << "asked for again";
  EXPECT_EQ(host.frames[0].chat_state().state(), peer::v1::ChatState::STATE_ACCEPTED);
  Hand(1, kFit);
  EXPECT_THAT(host.closed, IsEmpty());
  host.disk.Commit();
  EXPECT_EQ(Acknowledged(), kFit);
}

// Bob wrote the second before he heard that the first has to come again.
TEST_F(ChatStoringTest, NothingIsAcknowledgedPastWhatHasNotComeAgain) {
  Hand(1, 1);
  host.disk.FailCommit(absl::ResourceExhaustedError("the disk is full"));
  chat.OnTimer(kStart + absl::Seconds(5));
  Hand(2, 2);
  host.disk.Commit();
  EXPECT_EQ(Acknowledged(), 0u) << "marks say \"up to here\"";
  Hand(1, 2);
  host.disk.Commit();
  EXPECT_EQ(host.shown, 2u);
  EXPECT_EQ(Acknowledged(), 2u);
}

}  // namespace
}  // namespace parlor::client
