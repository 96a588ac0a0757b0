#include "client/core/repeated_call.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/retry.h"
#include "client/loop/virtual_loop.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kLatency = absl::Milliseconds(1);

// Answers what it is told to, and writes down what it is asked.
class ScriptedChannel final : public RpcChannel {
 public:
  struct Asked {
    std::string method, request, token;
    absl::Duration at, timeout;
  };

  explicit ScriptedChannel(VirtualLoop& loop) : loop_(loop) {}

  std::unique_ptr<PendingCall> Call(const std::string& method, const std::string& request,
                                    const std::string& token, absl::Duration timeout,
                                    BytesCallback done) override {
    struct Pending final : PendingCall {
      std::unique_ptr<Timer> timer;
    };
    asked.push_back({method, request, token, loop_.Uptime(), timeout});
    absl::StatusOr<std::string> answer = otherwise;
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    auto pending = std::make_unique<Pending>();
    pending->timer = loop_.After(kLatency, [answer, done = std::move(done)] { done(answer); });
    return pending;
  }
  std::unique_ptr<RpcStream> OpenStream(const std::string&, const std::string&,
                                        RpcStream::Handlers) override {
    ADD_FAILURE() << "a call is no stream";
    return nullptr;
  }

  std::deque<absl::StatusOr<std::string>> answers;
  absl::StatusOr<std::string> otherwise = "yes";
  std::vector<Asked> asked;

 private:
  VirtualLoop& loop_;
};

class RepeatedCallTest : public ::testing::Test {
 protected:
  void Ask() {
    call = CallRepeatedly(loop, channel, "/a.B/C", "request", "token",
                          [this](absl::StatusOr<std::string> given) {
                            ASSERT_FALSE(answer.has_value()) << "answered twice";
                            answer = std::move(given);
                            answered_at = loop.Uptime();
                            call.reset();  // as whoever has what they wanted
                          });
    ASSERT_FALSE(answer.has_value()) << "inside the call";
  }
  void Run() { loop.RunFor(absl::Minutes(1)); }

  VirtualLoop loop;
  ScriptedChannel channel{loop};
  std::unique_ptr<PendingCall> call;
  std::optional<absl::StatusOr<std::string>> answer;
  absl::Duration answered_at;
};

TEST_F(RepeatedCallTest, WhoeverIsAwayForAMomentIsAskedAgain) {
  channel.answers = {absl::UnavailableError("first"), absl::UnavailableError("second")};
  Ask();
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(**answer, "yes");
  ASSERT_EQ(channel.asked.size(), 3u);
  for (const ScriptedChannel::Asked& asked : channel.asked) {
    EXPECT_EQ(asked.method, "/a.B/C");
    EXPECT_EQ(asked.request, "request");
    EXPECT_EQ(asked.token, "token");
  }
  EXPECT_LT(answered_at, absl::Seconds(1));
}

TEST_F(RepeatedCallTest, TheWholeTakesNoLongerThanOneCallMay) {
  channel.otherwise = absl::UnavailableError("still away");
  Ask();
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status(), absl::UnavailableError("still away"));
  EXPECT_GT(answered_at, kCallTimeout - absl::Seconds(2));
  EXPECT_LE(answered_at, kCallTimeout);
  EXPECT_GE(channel.asked.size(), 8u);
  for (size_t i = 0; i < channel.asked.size(); ++i) {
    EXPECT_EQ(channel.asked[i].timeout, kCallTimeout - channel.asked[i].at) << "what is left";
    if (i == 0) continue;
    EXPECT_GE(channel.asked[i].at - channel.asked[i - 1].at, absl::Milliseconds(187)) << "a pause";
    EXPECT_LT(channel.asked[i].timeout, channel.asked[i - 1].timeout);
  }
  EXPECT_GE(channel.asked.back().timeout, absl::Milliseconds(500)) << "a try that may be answered";
}

TEST_F(RepeatedCallTest, TheLastErrorIsTold) {
  channel.answers = {absl::UnavailableError("starting"), absl::NotFoundError("no such room")};
  Ask();
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status(), absl::NotFoundError("no such room"));
  EXPECT_EQ(channel.asked.size(), 2u);
}

TEST_F(RepeatedCallTest, OtherErrorsAreToldAtOnce) {
  for (const absl::Status& error : {
           absl::DeadlineExceededError("no answer"),
           absl::InternalError("broken"),
           absl::UnauthenticatedError("the token ended"),
           WithRetryAfter(absl::ResourceExhaustedError("too fast"), absl::Seconds(1)),
       }) {
    answer.reset();
    channel.asked.clear();
    channel.answers = {error};
    const absl::Duration before = loop.Uptime();
    Ask();
    Run();
    ASSERT_TRUE(answer.has_value()) << error;
    EXPECT_EQ(answer->status(), error);
    EXPECT_EQ(answered_at - before, kLatency) << error;
    EXPECT_EQ(channel.asked.size(), 1u) << error;
  }
}

TEST_F(RepeatedCallTest, TheServerIsLeftAloneForAsLongAsItAsks) {
  channel.answers = {WithRetryAfter(absl::UnavailableError("starting"), absl::Seconds(5))};
  Ask();
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->ok());
  ASSERT_EQ(channel.asked.size(), 2u);
  EXPECT_GE(channel.asked[1].at - channel.asked[0].at, absl::Seconds(5));
  EXPECT_LT(channel.asked[1].at - channel.asked[0].at, absl::Seconds(6));
}

TEST_F(RepeatedCallTest, ADelayThatDoesNotFitIsToldAtOnce) {
  const absl::Status away = WithRetryAfter(absl::UnavailableError("come tomorrow"), kCallTimeout);
  channel.otherwise = away;
  Ask();
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status(), away);
  EXPECT_EQ(RetryAfter(answer->status()), kCallTimeout) << "for whoever waits that long";
  EXPECT_EQ(answered_at, kLatency);
  EXPECT_EQ(channel.asked.size(), 1u);
}

TEST_F(RepeatedCallTest, WhoeverLetsGoHearsNothing) {
  channel.otherwise = absl::UnavailableError("away");
  // During the first try, and in the pause after it.
  for (const absl::Duration after : {absl::ZeroDuration(), kLatency * 2}) {
    channel.asked.clear();
    Ask();
    loop.RunFor(after);
    call.reset();
    Run();
    EXPECT_FALSE(answer.has_value()) << after;
    EXPECT_EQ(channel.asked.size(), 1u) << after;
  }
}

}  // namespace
}  // namespace parlor::client
