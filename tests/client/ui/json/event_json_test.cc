#include "client/ui/json/event_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "client/ui/json/event_fields.h"
#include "nlohmann/json.hpp"
#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

TEST(EventJsonTest, SamplesCoverEveryKindInOrder) {
  ASSERT_EQ(FullEvents().size(), std::variant_size_v<Event>);
  ASSERT_EQ(MinimalEvents().size(), std::variant_size_v<Event>);
  for (size_t i = 0; i < std::variant_size_v<Event>; ++i) {
    EXPECT_EQ(FullEvents()[i].index(), i);
    EXPECT_EQ(MinimalEvents()[i].index(), i);
  }
}

// DESIGN §7 fixes these; outside programs depend on them.
TEST(EventJsonTest, FixedNames) {
  const Json message = Json::parse(EventToJson(FullEvents()[2]));
  EXPECT_EQ(message["event"], "message");
  EXPECT_EQ(message["id"], "d:1:2");
  EXPECT_EQ(message["target"], "#lobby");
  EXPECT_EQ(message["from"], "alice");
  EXPECT_EQ(message["text"], "hello\nworld");
  EXPECT_EQ(message["time"], "2023-11-14T22:13:20.123Z");
  const Json link = Json::parse(EventToJson(FullEvents()[9]));
  EXPECT_EQ(link, Json::parse(R"({"event":"link","peer":"bob","state":"up","transport":"udp","path":"punched",
      "address":"[2001:db8::1]:7000","rtt_ms":0.25,"reason":"reset"})"));
  EXPECT_EQ(EventToJson(ServicesEvent{true, "", {}}), R"({"event":"services","state":"up"})");
  EXPECT_EQ(EventToJson(RequestEvent{"bob", absl::FromUnixMillis(5)}),
            R"({"event":"request","from":"bob","time":"1970-01-01T00:00:00.005Z"})");
  EXPECT_EQ(EventToJson(DeliveryEvent{"i", "@bob", "7", "delivered", "bob", "", {}}),
            R"({"event":"delivery","id":"i","target":"@bob","mark":"delivered","by":"bob","ref":"7"})");
  EXPECT_EQ(EventToJson(ErrorEvent{"not_found", "no", "", ""}),
            R"({"event":"error","code":"not_found","message":"no"})");
  EXPECT_EQ(EventToJson(RoomEvent{"lobby", "entered", "alice", "", "", "", false, {}}),
            R"({"event":"room","room":"lobby","change":"entered","user":"alice","members":[]})");
  EXPECT_EQ(EventToJson(PresenceEvent{"bob", "away", "", {}}),
            R"({"event":"presence","user":"bob","status":"away"})");
  EXPECT_EQ(EventToJson(ReadyEvent{"bob", ""}), R"({"event":"ready","user":"bob"})");
}

TEST(EventJsonTest, EveryKindIsOneLineAndComesBack) {
  for (const auto& events : {FullEvents(), MinimalEvents()}) {
    for (const Event& event : events) {
      const std::string line = EventToJson(event);
      EXPECT_FALSE(absl::StrContains(line, '\n')) << line;
      EXPECT_EQ(Json::parse(line)["event"], EventName(event));
      const absl::StatusOr<Event> back = EventFromJson(line);
      ASSERT_TRUE(back.ok()) << line << ": " << back.status();
      EXPECT_EQ(back->index(), event.index());
      EXPECT_EQ(EventToJson(*back), line);
    }
  }
}

TEST(EventJsonTest, OptionalFieldsAreLeftOutWhenEmpty) {
  for (const Event& event : MinimalEvents()) {
    const Json object = Json::parse(EventToJson(event));
    for (const char* name : {"ref", "reason", "topic", "note", "by", "since", "rtt_ms", "history", "hand"}) {
      EXPECT_FALSE(object.contains(name)) << object;
    }
  }
}

TEST(EventJsonTest, BytesThatAreNoTextDoNotEndTheProgram) {
  const std::string line = EventToJson(WarningEvent{"c",
                                                    "a\xff\xfe"
                                                    "b\xe2\x82"});
  EXPECT_EQ(Json::parse(line)["message"],
            "a\xef\xbf\xbd\xef\xbf\xbd"
            "b\xef\xbf\xbd");
}

TEST(EventJsonTest, NumbersThatAreNoneDoNotEndTheProgram) {
  LinkEvent link;
  link.peer = "bob";
  link.rtt_ms = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Json::parse(EventToJson(link))["rtt_ms"], 0);
}

TEST(EventJsonTest, RefusesWhatIsNoEvent) {
  const struct {
    const char* line;
    const char* names;
  } cases[] = {
      {"", "object"},
      {"[]", "object"},
      {"{}", "event"},
      {R"({"event":7})", "event"},
      {R"({"event":"party"})", "party"},
      {R"({"event":"message","id":"1"})", "target"},
      {R"({"event":"request","from":"bob","time":"noon"})", "time"},
      {R"({"event":"request","from":7,"time":"2023-11-14T22:13:20.123Z"})", "from"},
      {R"({"event":"services","state":"sideways"})", "state"},
      {R"({"event":"who","room":"r","members":[{"user":3}]})", "user"},
      {R"({"event":"who","room":"r","members":7})", "members"},
      {R"({"event":"rooms","rooms":[{"room":"r","members":-1,"capacity":2}]})", "members"},
  };
  for (const auto& test : cases) {
    const absl::StatusOr<Event> event = EventFromJson(test.line);
    EXPECT_TRUE(absl::IsInvalidArgument(event.status())) << test.line;
    EXPECT_THAT(std::string(event.status().message()), HasSubstr(test.names)) << test.line;
  }
}

TEST(EventJsonTest, PassesOverFieldsOfNewerVersions) {
  const absl::StatusOr<Event> event = EventFromJson(R"({"event":"ready","user":"bob","mood":"fine"})");
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(std::get<ReadyEvent>(*event).user, "bob");
}

}  // namespace
}  // namespace parlor::client
