// Every call of the services that concerns a person has a command, and so a place in every interface: the
// line interface, JSON, and the shell are made from the one table.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/core/commands.h"

namespace parlor::client {
namespace {

// What the client does by itself, and what stands before there is a core: `parlor register` and `parlor
// login`.
const std::set<std::string>& WithoutCommand() {
  static const std::set<std::string> calls = {"auth.Register",         "auth.Login",   "auth.Refresh",
                                              "auth.IssueCertificate", "auth.GetKeys", "rooms.GetKeys"};
  return calls;
}

const std::map<std::string, std::string>& CommandOfCall() {
  static const std::map<std::string, std::string> commands = {
      {"auth.Logout", "logout"},
      {"auth.ChangePassword", "password"},
      {"auth.DeleteAccount", "delete-account"},
      {"auth.ListDevices", "devices"},
      {"auth.RevokeDevice", "revoke"},
      {"presence.Connect", "status"},
      {"presence.Lookup", "lookup"},
      {"presence.ListOnline", "who"},
      {"presence.Search", "find"},
      {"rooms.CreateRoom", "create"},
      {"rooms.ListRooms", "rooms"},
      {"rooms.EnterRoom", "join"},
      {"rooms.SetTopic", "topic"},
      {"rooms.Invite", "invite"},
      {"rooms.Kick", "kick"},
      {"rooms.Ban", "ban"},
      {"rooms.Unban", "unban"},
      {"rooms.SetRole", "role"},
      {"rooms.RaiseHand", "hand"},
      {"rooms.CloseRoom", "close"},
  };
  return commands;
}

std::set<std::string> CallsOf(const std::string& service) {
  std::set<std::string> calls;
  std::ifstream file(absl::StrCat(PARLOR_SOURCE_DIR, "/protos/parlor/", service, "/v1/", service, ".proto"));
  EXPECT_TRUE(file.is_open()) << service;
  for (std::string line; std::getline(file, line);) {
    absl::string_view rest = line;
    if (absl::ConsumePrefix(&rest, "  rpc "))
      calls.insert(absl::StrCat(service, ".", rest.substr(0, rest.find('('))));
  }
  return calls;
}

TEST(RpcCoverageTest, EveryCallHasACommand) {
  std::set<std::string> calls;
  for (const char* service : {"auth", "presence", "rooms"}) calls.merge(CallsOf(service));
  ASSERT_GE(calls.size(), 20u);
  for (const std::string& call : calls) {
    if (WithoutCommand().contains(call)) continue;
    const auto command = CommandOfCall().find(call);
    ASSERT_NE(command, CommandOfCall().end()) << call << " has no command";
    EXPECT_NE(FindCommand(command->second), nullptr) << command->second;
  }
  for (const auto& [call, command] : CommandOfCall()) EXPECT_TRUE(calls.contains(call)) << call << " is gone";
}

}  // namespace
}  // namespace parlor::client
