// Answers on their way to another process of the same person: whole, or an error that says why not.
#include "client/cli/hub_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/local/connect_pair.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/loop/asio_loop.h"
#include "client/ui/json/command_json.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

class HubConnectionsTest : public ::testing::Test {
 protected:
  HubConnectionsTest() {
    asio::local::stream_protocol::socket owners(loop_.context()), clients(loop_.context());
    asio::local::connect_pair(owners, clients);
    connections_.Add(std::make_unique<LineConnection>(std::move(owners), kOwnersLimits));
    client_ = std::make_unique<LineConnection>(std::move(clients), kClientsLimits);
    client_->Start({[this](absl::string_view line) { lines_.emplace_back(line); },
                    [this](const absl::Status& why) { closed_ = why; }});
  }

  bool RunUntil(const std::function<bool()>& done) {
    const absl::Duration limit = loop_.Uptime() + absl::Seconds(30);
    while (!done() && loop_.Uptime() < limit) loop_.context().run_one_for(std::chrono::milliseconds(50));
    return done();
  }
  // What comes back when the core answers this command with `answer`.
  template <typename Answer>
  absl::StatusOr<Event> Ask(const Command& command, Answer answer) {
    execute_ = [this, answer = std::move(answer)](const Command& given) mutable {
      answer.ref = given.ref;
      hub_.OnEvent(answer);
    };
    lines_.clear();
    EXPECT_TRUE(client_->Send(CommandToJson(command)).ok());
    if (!RunUntil([&] { return !lines_.empty(); })) return absl::DeadlineExceededError("no answer");
    return EventFromJson(lines_[0]);
  }

  AsioLoop loop_;
  std::function<void(Command)> execute_;
  OwnerHub hub_{[this](Command command) { execute_(std::move(command)); }};
  HubConnections connections_{hub_};
  std::unique_ptr<LineConnection> client_;
  std::vector<std::string> lines_;
  std::optional<absl::Status> closed_;
};

// Names of 64 and topics of 200 characters, of four bytes each: as long as the services let them be.
TEST_F(HubConnectionsTest, TenThousandRoomsArriveWhole) {
  RoomsEvent rooms;
  std::string letters;
  for (int i = 0; i < 200; ++i) letters += "\U00010400";
  for (int i = 0; i < 10'000; ++i) {
    RoomInfo& room = rooms.rooms.emplace_back();
    room.room = absl::StrCat(letters.substr(0, 4 * 59), 10'000 + i);
    room.topic = letters;
    room.access = "password";
    room.stage = true;
    room.members = room.capacity = 32;
    room.owner = letters.substr(0, 4 * 32);
  }
  const auto answer = Ask({"rooms", {}, "asked"}, rooms);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_TRUE(std::holds_alternative<RoomsEvent>(*answer)) << lines_[0].substr(0, 200);
  const auto& arrived = std::get<RoomsEvent>(*answer);
  EXPECT_EQ(arrived.ref, "asked");
  ASSERT_EQ(arrived.rooms.size(), 10'000u);
  EXPECT_EQ(arrived.rooms.back().room, rooms.rooms.back().room);
  EXPECT_EQ(arrived.rooms.back().topic, letters);
}

// 2 MiB of text is the most that a page has (core_commands.cc), and a control character takes six bytes.
TEST_F(HubConnectionsTest, TheLongestHistoryArrivesWhole) {
  HistoryEvent history;
  for (int i = 0; i < 32; ++i) {
    history.messages.emplace_back().message.text = std::string(64 * 1024, '\x01');
  }
  const auto answer = Ask({"history", {{"target", "@bob"}}, "asked"}, history);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_TRUE(std::holds_alternative<HistoryEvent>(*answer)) << lines_[0].substr(0, 200);
  EXPECT_EQ(std::get<HistoryEvent>(*answer).messages.size(), 32u);
}

TEST_F(HubConnectionsTest, WhatIsTooLongIsAnErrorWithTheCommandsRef) {
  OutboxEvent outbox;
  outbox.messages.emplace_back().text = std::string(kMaxAnswerBytes, 'x');
  const auto answer = Ask({"outbox", {}, "asked"}, outbox);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_TRUE(std::holds_alternative<ErrorEvent>(*answer)) << lines_[0].substr(0, 200);
  const auto& error = std::get<ErrorEvent>(*answer);
  EXPECT_EQ(error.code, "resource_exhausted");
  EXPECT_EQ(error.ref, "asked");
  EXPECT_THAT(error.message, HasSubstr("`outbox`"));
  const auto next = Ask({"whoami", {}, "again"}, AccountEvent{"alice", "device", "server", {}});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_TRUE(std::holds_alternative<AccountEvent>(*next)) << "it goes on";
  EXPECT_FALSE(closed_.has_value());
}

}  // namespace
}  // namespace parlor::client
