// Several sessions on one home: the first owns it, the others work through it, and one takes its place. Real
// files, sockets and a real core; the services are away.
#include "client/cli/home_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <chrono>

#include "client/ui/event_ref.h"
#include "client/ui/json/event_json.h"
#include "tests/client/cli/test_home.h"

namespace parlor::client {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class HomeSessionTest : public ::testing::Test {
 protected:
  struct Client {
    std::vector<Event> events;
    std::optional<absl::Status> ended;
    std::unique_ptr<HomeSession> session;

    // The first of its kind; null: there is none.
    const Event* Find(const std::string& kind) const {
      const auto found = std::find_if(events.begin(), events.end(),
                                      [&](const Event& event) { return EventName(event) == kind; });
      return found == events.end() ? nullptr : &*found;
    }
    bool Has(const std::string& kind) const { return Find(kind) != nullptr; }
    std::vector<std::string> Lines() const {
      std::vector<std::string> lines;
      for (const Event& event : events) lines.push_back(EventToJson(event));
      return lines;
    }
  };

  HomeSessionTest() { ::setenv("PARLOR_KEYRING", "off", 1); }

  std::unique_ptr<Client> Open(HomeSessionOptions options = {}) {
    auto client = std::make_unique<Client>();
    client->session = std::make_unique<HomeSession>(
        loop_, home_.Open(),
        HomeSession::Handlers{[c = client.get()](const Event& event) { c->events.push_back(event); },
                              [c = client.get()](const absl::Status& why) { c->ended = why; }},
        options);
    client->session->Start();
    return client;
  }
  bool RunUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    loop_.context().restart();
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      loop_.context().run_one_for(std::chrono::milliseconds(50));
    }
    return done();
  }
  std::unique_ptr<Client> OpenReady() {
    auto client = Open();
    EXPECT_TRUE(RunUntil([&] { return client->Has("ready"); }));
    return client;
  }

  TestHome home_;
  AsioLoop loop_;
};

TEST_F(HomeSessionTest, NobodyLoggedInSaysHow) {
  const auto client = Open();
  ASSERT_TRUE(RunUntil([&] { return client->ended.has_value(); }));
  EXPECT_TRUE(absl::IsNotFound(*client->ended));
  EXPECT_THAT(std::string(client->ended->message()), HasSubstr("parlor login"));
}

TEST_F(HomeSessionTest, TheSecondWorksThroughTheFirst) {
  home_.LogIn("alice");
  const auto owner = OpenReady();
  const auto thin = OpenReady();
  EXPECT_TRUE(owner->session->is_owner());
  EXPECT_FALSE(thin->session->is_owner());
  thin->session->Execute({"whoami", {}, "mine"});
  ASSERT_TRUE(RunUntil([&] { return thin->Has("account"); }));
  const Event& account = *thin->Find("account");  // others, of the services, may have come with it
  EXPECT_EQ(RefOf(account), "mine");
  EXPECT_EQ(std::get<AccountEvent>(account).user, "alice");
  EXPECT_FALSE(owner->Has("account"));
}

TEST_F(HomeSessionTest, QuitOfTheSecondEndsItAlone) {
  home_.LogIn("alice");
  const auto owner = OpenReady();
  const auto thin = OpenReady();
  thin->session->Execute({"quit", {}, "q"});
  ASSERT_TRUE(RunUntil([&] { return thin->ended.has_value(); }));
  EXPECT_TRUE(thin->ended->ok());
  EXPECT_THAT(thin->Lines(), Contains(R"({"event":"done","command":"quit","ref":"q"})"));
  EXPECT_TRUE(std::holds_alternative<ClosedEvent>(thin->events.back()));
  owner->session->Execute({"whoami", {}, ""});
  EXPECT_TRUE(RunUntil([&] { return owner->Has("account"); }));
  EXPECT_FALSE(owner->ended.has_value());
}

TEST_F(HomeSessionTest, WhenTheOwnerEndsAnotherTakesItsPlace) {
  home_.LogIn("alice");
  auto owner = OpenReady();
  const auto thin = OpenReady();
  owner->session->Execute({"quit", {}, ""});
  ASSERT_TRUE(RunUntil([&] { return owner->ended.has_value(); }));
  EXPECT_TRUE(owner->ended->ok());
  EXPECT_TRUE(std::holds_alternative<ClosedEvent>(owner->events.back()));
  ASSERT_TRUE(RunUntil([&] { return thin->session->is_owner(); }));
  EXPECT_FALSE(thin->Has("closed"));
  thin->session->Execute({"whoami", {}, "after"});
  EXPECT_TRUE(RunUntil([&] { return thin->Has("account"); }));
}

TEST_F(HomeSessionTest, CommandsGivenEarlyWaitForTheCore) {
  home_.LogIn("alice");
  const auto client = Open();
  client->session->Execute({"whoami", {}, "early"});
  EXPECT_TRUE(RunUntil([&] { return client->Has("account"); }));
}

TEST_F(HomeSessionTest, OneThatIsDoneWaitsForThoseWhoDependOnIt) {
  home_.LogIn("alice");
  const auto owner = OpenReady();
  const auto thin = OpenReady();
  owner->session->FinishWhenAlone("done");
  thin->session->Execute({"whoami", {}, ""});
  ASSERT_TRUE(RunUntil([&] { return thin->Has("account"); }));
  EXPECT_FALSE(owner->ended.has_value());
  thin->session->Stop("done");
  EXPECT_TRUE(RunUntil([&] { return owner->ended.has_value(); }));
}

TEST_F(HomeSessionTest, AHistoryOfAnotherAccountIsNotMixed) {
  home_.LogIn("alice");
  {
    const auto client = OpenReady();
    client->session->Stop("done");
    ASSERT_TRUE(RunUntil([&] { return client->ended.has_value(); }));
  }
  home_.LogIn("bob");
  const auto client = Open();
  ASSERT_TRUE(RunUntil([&] { return client->ended.has_value(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(*client->ended)) << *client->ended;
  EXPECT_THAT(std::string(client->ended->message()), HasSubstr("alice"));
}

TEST_F(HomeSessionTest, APortInUseIsAnErrorBeforeAnythingElse) {
  home_.LogIn("alice");
  asio::ip::tcp::acceptor taken(loop_.context(), asio::ip::tcp::endpoint(asio::ip::tcp::v6(), 0));
  HomeSessionOptions options;
  options.core.port = taken.local_endpoint().port();
  const auto client = Open(options);
  ASSERT_TRUE(RunUntil([&] { return client->ended.has_value(); }));
  EXPECT_TRUE(absl::IsAlreadyExists(*client->ended)) << *client->ended;
  EXPECT_TRUE(client->events.empty());
}

}  // namespace
}  // namespace parlor::client
