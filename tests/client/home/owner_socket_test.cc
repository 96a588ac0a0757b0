// The owner's socket: server and clients on one loop.
#include <asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/home/owner_address.h"
#include "client/home/owner_client.h"
#include "client/home/owner_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;

// One end of a connection, and what came over it.
struct End {
  explicit End(std::unique_ptr<LineConnection> with) : connection(std::move(with)) {
    connection->Start({[this](absl::string_view line) { lines.emplace_back(line); },
                       [this](const absl::Status& why) { closed = why; }});
  }
  std::unique_ptr<LineConnection> connection;
  std::vector<std::string> lines;
  std::optional<absl::Status> closed;
};

class OwnerSocketTest : public ::testing::Test {
 protected:
  explicit OwnerSocketTest(size_t padding = 0) : temp_(padding) { Listen(); }

  void Listen() {
    if (!lock_.has_value()) lock_.emplace(std::move(**OwnerLock::TryTake(temp_.home())));
    auto server = OwnerServer::Listen(loop_.context(), temp_.home(), *lock_,
                                      [this](std::unique_ptr<LineConnection> client) {
                                        served_.push_back(std::make_unique<End>(std::move(client)));
                                      });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Runs the loop until `done`; fails after 10 s.
  void RunUntil(const std::function<bool()>& done) {
    const absl::Duration limit = loop_.Uptime() + absl::Seconds(10);
    while (!done() && loop_.Uptime() < limit) loop_.context().run_one_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(done());
  }

  absl::StatusOr<std::unique_ptr<LineConnection>> Connect(absl::Duration patience = kOwnerPatience) {
    std::optional<absl::StatusOr<std::unique_ptr<LineConnection>>> result;
    const auto connecting = ConnectToOwner(
        loop_, temp_.home(),
        [&](absl::StatusOr<std::unique_ptr<LineConnection>> connection) { result = std::move(connection); },
        patience);
    EXPECT_FALSE(result.has_value()) << "called inside ConnectToOwner";
    RunUntil([&] { return result.has_value(); });
    return *std::move(result);
  }

  // A client and the server's end of it.
  std::pair<std::unique_ptr<End>, End*> Pair() {
    const size_t before = served_.size();
    auto connection = Connect();
    EXPECT_TRUE(connection.ok()) << connection.status();
    auto client = std::make_unique<End>(*std::move(connection));
    RunUntil([&] { return served_.size() > before; });
    return {std::move(client), served_.back().get()};
  }

  AsioLoop loop_;
  const TempHome temp_;
  std::optional<OwnerLock> lock_;
  std::vector<std::unique_ptr<End>> served_;
  std::unique_ptr<OwnerServer> server_;
};

class LongPathTest : public OwnerSocketTest {
 protected:
  LongPathTest() : OwnerSocketTest(200) {}
};

TEST_F(OwnerSocketTest, IsForItsOwnerOnly) {
  EXPECT_EQ(ModeOf(temp_.home().socket()), 0600u);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(temp_.home().socket()));
}

TEST_F(OwnerSocketTest, CarriesLinesBothWays) {
  auto [client, server] = Pair();
  const std::string long_line(kMaxLineBytes, 'x');
  for (const std::string& line : {std::string("{}"), std::string(), long_line, std::string("nul \0 é", 7)}) {
    EXPECT_TRUE(client->connection->Send(line).ok());
    EXPECT_TRUE(server->connection->Send(absl::StrCat(line, "!").substr(0, kMaxLineBytes)).ok());
  }
  RunUntil([&, s = server, c = client.get()] { return s->lines.size() == 4 && c->lines.size() == 4; });
  EXPECT_EQ(server->lines, (std::vector<std::string>{"{}", "", long_line, std::string("nul \0 é", 7)}));
  EXPECT_EQ(client->lines[0], "{}!");
  EXPECT_EQ(client->lines[2], long_line);
}

TEST_F(LongPathTest, WorksBeyondTheLengthOfASocketAddress) {
  ASSERT_GT(temp_.home().socket().string().size(), 108u);
  auto [client, server] = Pair();
  EXPECT_TRUE(client->connection->Send("hello").ok());
  RunUntil([s = server] { return !s->lines.empty(); });
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(temp_.home().socket()));
}

TEST_F(OwnerSocketTest, TakesOneLineOfLimitedLength) {
  auto [client, server] = Pair();
  EXPECT_EQ(client->connection->Send("two\nlines").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client->connection->Send(std::string(kMaxLineBytes + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(client->connection->Send("still works").ok());
  RunUntil([s = server] { return !s->lines.empty(); });
  EXPECT_THAT(server->lines, ElementsAre("still works"));
}

// What the owner answers may be long: it wrote that itself.
TEST_F(OwnerSocketTest, AnAnswerMayHaveSixteenMebibytes) {
  auto [client, server] = Pair();
  const std::string answer(kMaxAnswerBytes, 'x');
  EXPECT_EQ(server->connection->Send(answer + "x").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(server->connection->Send(answer).ok());
  RunUntil([c = client.get()] { return !c->lines.empty(); });
  EXPECT_EQ(client->lines[0], answer);
  EXPECT_TRUE(server->connection->Send("still works").ok());
  RunUntil([c = client.get()] { return c->lines.size() == 2; });
}

TEST_F(OwnerSocketTest, EndsAClientWithAnEndlessLine) {
  auto [bystander, bystanders_end] = Pair();
  const auto address = SocketFileAddress::Of(temp_.home().socket());
  asio::local::stream_protocol::socket raw(loop_.context());
  raw.open();
  ASSERT_EQ(::connect(raw.native_handle(), address->get(), address->size()), 0);
  RunUntil([&] { return served_.size() == 2; });
  const std::string endless(kMaxLineBytes + 1, 'x');
  bool written = false;
  asio::async_write(raw, asio::buffer(endless), [&](const asio::error_code&, size_t) { written = true; });
  RunUntil([&] { return written && served_[1]->closed.has_value(); });
  EXPECT_EQ(served_[1]->closed->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(bystander->connection->Send("undisturbed").ok());
  RunUntil([s = bystanders_end] { return !s->lines.empty(); });
}

TEST_F(OwnerSocketTest, CutsOffOnlyTheOneWhoDoesNotRead) {
  auto slow = Connect();  // never started: never reads
  ASSERT_TRUE(slow.ok()) << slow.status();
  RunUntil([&] { return served_.size() == 1; });
  auto [quick, quicks_end] = Pair();
  const std::string line(kMaxLineBytes, 'x');
  absl::Status sent;
  int lines = 0;
  while (lines < 100) {
    sent = served_[0]->connection->Send(line);
    if (!sent.ok()) break;
    ++lines;
    ASSERT_TRUE(quicks_end->connection->Send("tick").ok());
    loop_.context().poll();
  }
  EXPECT_EQ(sent.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GE(lines, 7) << "8 MiB may wait";
  EXPECT_LT(lines, 20);
  EXPECT_FALSE(served_[0]->closed.has_value()) << "called inside Send";
  RunUntil([&, q = quick.get()] {
    return served_[0]->closed.has_value() && q->lines.size() == static_cast<size_t>(lines);
  });
  EXPECT_EQ(served_[0]->closed->code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(served_[0]->connection->Send("more").code(), absl::StatusCode::kUnavailable);
}

TEST_F(OwnerSocketTest, TellsBothSidesOfTheEnd) {
  auto [client, server] = Pair();
  EXPECT_TRUE(client->connection->Send("last words").ok());
  client->connection->Close();
  EXPECT_EQ(client->connection->Send("more").code(), absl::StatusCode::kUnavailable);
  RunUntil([s = server, c = client.get()] { return s->closed.has_value() && c->closed.has_value(); });
  EXPECT_THAT(server->lines, ElementsAre("last words"));
  EXPECT_TRUE(server->closed->ok()) << *server->closed;
  EXPECT_TRUE(client->closed->ok()) << *client->closed;
}

TEST_F(OwnerSocketTest, WhatWasSentBeforeTheEndArrives) {
  auto [client, server] = Pair();
  const std::string line(kMaxLineBytes, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(server->connection->Send(line).ok());
  server->connection->Close();
  RunUntil([c = client.get()] { return c->closed.has_value(); });
  EXPECT_EQ(client->lines.size(), 5u);
}

TEST_F(OwnerSocketTest, AConnectionMayBeDestroyedByItsHandler) {
  auto connection = Connect();
  ASSERT_TRUE(connection.ok());
  RunUntil([&] { return served_.size() == 1; });
  std::unique_ptr<LineConnection> client = *std::move(connection);
  int lines = 0;
  client->Start({[&](absl::string_view) {
                   ++lines;
                   client.reset();
                 },
                 [](const absl::Status&) { ADD_FAILURE() << "called after its end"; }});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(served_[0]->connection->Send("line").ok());
  RunUntil([&] { return served_[0]->closed.has_value(); });
  EXPECT_EQ(lines, 1);
}

TEST_F(OwnerSocketTest, Serves64AndOneMoreWhenOneHasGone) {
  std::vector<std::unique_ptr<End>> clients;
  for (size_t i = 0; i < kMaxOwnerClients; ++i) clients.push_back(Pair().first);
  auto refused = Connect();
  ASSERT_TRUE(refused.ok()) << refused.status();
  End too_many(*std::move(refused));
  RunUntil([&] { return too_many.closed.has_value(); });
  EXPECT_EQ(served_.size(), kMaxOwnerClients);
  for (const auto& client : clients) EXPECT_FALSE(client->closed.has_value());

  clients.pop_back();
  RunUntil([&] { return served_.back()->closed.has_value(); });
  clients.push_back(Pair().first);
  EXPECT_EQ(served_.size(), kMaxOwnerClients + 1);
}

TEST_F(OwnerSocketTest, AClientWaitsForAnOwnerThatStarts) {
  server_.reset();
  bool connected = false;
  const auto connecting = ConnectToOwner(
      loop_, temp_.home(), [&](const absl::StatusOr<std::unique_ptr<LineConnection>>& connection) {
        connected = connection.ok();
      });
  const auto later = loop_.After(absl::Milliseconds(60), [this] { Listen(); });
  RunUntil([&] { return connected; });
}

TEST_F(OwnerSocketTest, AClientGivesUpOnAnOwnerThatIsNotThere) {
  server_.reset();
  const auto connection = Connect(absl::Milliseconds(50));
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(connection.status().message()), ::testing::HasSubstr("try again"));
}

TEST_F(OwnerSocketTest, AClientThatGaveUpIsNotCalled) {
  server_.reset();
  auto connecting = ConnectToOwner(
      loop_, temp_.home(),
      [](const absl::StatusOr<std::unique_ptr<LineConnection>>&) { ADD_FAILURE() << "called"; },
      absl::ZeroDuration());
  connecting.reset();
  loop_.context().run_for(std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace parlor::client
