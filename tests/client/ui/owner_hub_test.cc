#include "client/ui/owner_hub.h"

#include <gtest/gtest.h>

#include <vector>

#include "client/ui/json/event_json.h"

namespace parlor::client {
namespace {

class OwnerHubTest : public ::testing::Test {
 protected:
  struct Client {
    OwnerHub::ClientId id = 0;
    std::vector<std::string> lines;
  };

  std::unique_ptr<Client> NewClient() {
    auto client = std::make_unique<Client>();
    client->id =
        hub_.Add([lines = &client->lines](const Event& event) { lines->push_back(EventToJson(event)); });
    return client;
  }

  std::vector<Command> executed_;
  OwnerHub hub_{[this](Command command) { executed_.push_back(std::move(command)); }};
};

TEST_F(OwnerHubTest, AnswersGoToWhoAskedAndAllElseToEverybody) {
  const auto a = NewClient();
  const auto b = NewClient();
  hub_.Execute(a->id, {"whoami", {}, "1"});
  hub_.Execute(b->id, {"outbox", {}, "1"});
  ASSERT_EQ(executed_.size(), 2u);
  EXPECT_NE(executed_[0].ref, executed_[1].ref);
  hub_.OnEvent(OutboxEvent{{}, executed_[1].ref});
  hub_.OnEvent(AccountEvent{"alice", "", "", executed_[0].ref});
  hub_.OnEvent(ServicesEvent{true, {}, {}});
  EXPECT_EQ(a->lines, (std::vector<std::string>{R"({"event":"account","user":"alice","ref":"1"})",
                                                R"({"event":"services","state":"up"})"}));
  EXPECT_EQ(b->lines, (std::vector<std::string>{R"({"event":"outbox","messages":[],"ref":"1"})",
                                                R"({"event":"services","state":"up"})"}));
}

TEST_F(OwnerHubTest, ARefMayHoldAnythingOrNothing) {
  const auto a = NewClient();
  for (const std::string ref : {"", ":", "1:2", "x:y:z"}) {
    hub_.Execute(a->id, {"quit", {}, ref});
    hub_.OnEvent(DoneEvent{"quit", executed_.back().ref});
    EXPECT_EQ(a->lines.back(), EventToJson(DoneEvent{"quit", ref}));
  }
}

TEST_F(OwnerHubTest, MarksOfEarlierRunsHaveNoRefAndGoToAll) {
  const auto a = NewClient();
  const auto b = NewClient();
  hub_.OnEvent(DeliveryEvent{"i", "@bob", "", "delivered", "bob", "", {}});
  EXPECT_EQ(a->lines.size(), 1u);
  EXPECT_EQ(b->lines.size(), 1u);
}

TEST_F(OwnerHubTest, AnswersToOneWhoWentAreDropped) {
  const auto a = NewClient();
  const auto b = NewClient();
  hub_.Execute(a->id, {"whoami", {}, "1"});
  hub_.Remove(a->id);
  hub_.OnEvent(AccountEvent{"alice", "", "", executed_[0].ref});
  EXPECT_TRUE(a->lines.empty());
  EXPECT_TRUE(b->lines.empty());
  EXPECT_EQ(hub_.clients(), 1u);
}

TEST_F(OwnerHubTest, AClientMayGoWhileItIsTold) {
  OwnerHub::ClientId first = 0;
  int told = 0;
  first = hub_.Add([&](const Event&) {
    ++told;
    hub_.Remove(first);
  });
  const auto b = NewClient();
  hub_.OnEvent(ServicesEvent{true, {}, {}});
  hub_.OnEvent(ServicesEvent{false, {}, {}});
  EXPECT_EQ(told, 1);
  EXPECT_EQ(b->lines.size(), 2u);
}

TEST_F(OwnerHubTest, ANewcomerIsToldHowThingsStand) {
  hub_.OnEvent(ReadyEvent{"alice", ""});
  hub_.OnEvent(ServicesEvent{false, "", {}});
  hub_.OnEvent(ServicesEvent{true, "", {}});
  hub_.OnEvent(RoomEvent{"lobby", "entered", "alice", "", "", "", false, {"bob"}});
  hub_.OnEvent(RoomEvent{"gone", "entered", "alice", "", "", "", false, {}});
  hub_.OnEvent(RoomEvent{"lobby", "joined", "carol", "", "", "", false, {}});
  hub_.OnEvent(RoomEvent{"lobby", "left", "bob", "", "", "", false, {}});
  hub_.OnEvent(RoomEvent{"lobby", "topic", "", "", "", "tea", false, {}});
  hub_.OnEvent(RoomEvent{"gone", "left", "alice", "", "", "", false, {}});
  const auto late = NewClient();
  hub_.Greet(late->id);
  EXPECT_EQ(
      late->lines,
      (std::vector<std::string>{
          R"({"event":"ready","user":"alice"})", R"({"event":"services","state":"up"})",
          R"({"event":"room","room":"lobby","change":"entered","user":"alice","topic":"tea","members":["carol"]})"}));
}

TEST_F(OwnerHubTest, BeforeReadyThereIsNothingToTell) {
  const auto early = NewClient();
  hub_.Greet(early->id);
  EXPECT_TRUE(early->lines.empty());
}

}  // namespace
}  // namespace parlor::client
