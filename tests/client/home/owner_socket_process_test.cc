// The socket of an owner that was killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <vector>

#include "client/home/owner_client.h"
#include "client/home/owner_server.h"
#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

// Owns `home` and listens, until it is killed.
[[noreturn]] void OwnUntilKilled(const Home& home, int ready) {
  AsioLoop loop;
  const auto lock = OwnerLock::TryTake(home);
  if (!lock.ok() || !lock->has_value()) ::_exit(1);
  std::vector<std::unique_ptr<LineConnection>> clients;
  const auto server = OwnerServer::Listen(
      loop.context(), home, **lock,
      [&](std::unique_ptr<LineConnection> client) { clients.push_back(std::move(client)); });
  if (!server.ok() || ::write(ready, "y", 1) != 1) ::_exit(1);
  loop.Run();
  ::_exit(0);
}

TEST(OwnerSocketProcess, WhatAKilledOwnerLeftIsReplaced) {
  const TempHome temp;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) OwnUntilKilled(temp.home(), ready[1]);
  ::close(ready[1]);
  char go = 0;
  ASSERT_EQ(::read(ready[0], &go, 1), 1);
  ::close(ready[0]);

  AsioLoop loop;
  std::unique_ptr<LineConnection> client;
  std::optional<absl::Status> end;
  auto connecting =
      ConnectToOwner(loop, temp.home(), [&](absl::StatusOr<std::unique_ptr<LineConnection>> connection) {
        ASSERT_TRUE(connection.ok()) << connection.status();
        client = *std::move(connection);
        client->Start({[](absl::string_view) {},
                       [&](const absl::Status& why) {
                         end = why;
                         loop.Stop();
                       }});
        ::kill(owner, SIGKILL);
      });
  loop.Run();
  EXPECT_TRUE(end.has_value()) << "the owner's death was not noticed";
  ASSERT_EQ(::waitpid(owner, nullptr, 0), owner);
  EXPECT_TRUE(std::filesystem::exists(temp.home().socket()));

  const auto lock = OwnerLock::TryTake(temp.home());
  ASSERT_TRUE(lock.ok() && lock->has_value());
  AsioLoop second;
  bool served = false;
  const auto server =
      OwnerServer::Listen(second.context(), temp.home(), **lock, [&](const std::unique_ptr<LineConnection>&) {
        served = true;
        second.Stop();
      });
  ASSERT_TRUE(server.ok()) << server.status();
  connecting =
      ConnectToOwner(second, temp.home(), [&](absl::StatusOr<std::unique_ptr<LineConnection>> connection) {
        ASSERT_TRUE(connection.ok()) << connection.status();
        client = *std::move(connection);
      });
  second.Run();
  EXPECT_TRUE(served);
  connecting.reset();
  client.reset();
}

}  // namespace
}  // namespace parlor::client
