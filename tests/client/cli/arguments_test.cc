#include "client/cli/arguments.h"

#include <gtest/gtest.h>

#include "CLI/CLI.hpp"
#include "client/core/commands.h"

namespace parlor::client {
namespace {

Invocation Parse(std::vector<std::string> words) {
  CLI::App app("", "parlor");
  const Arguments arguments(app);
  std::reverse(words.begin(), words.end());  // as CLI11 takes a vector
  app.parse(words);
  return arguments.Take();
}

// DESIGN §7 fixes these.
TEST(ArgumentsTest, FixedForms) {
  EXPECT_EQ(Parse({}).verb, Verb::kChat);

  const Invocation reg =
      Parse({"register", "alice", "--server", "parlor://h:1/#p", "--home", "/h", "--password-stdin"});
  EXPECT_EQ(reg.verb, Verb::kRegister);
  EXPECT_EQ(reg.name, "alice");
  EXPECT_EQ(reg.common.server, "parlor://h:1/#p");
  EXPECT_EQ(reg.common.home, "/h");
  EXPECT_TRUE(reg.password_stdin);

  const Invocation login = Parse({"--home", "/h", "login", "alice", "--takeover"});
  EXPECT_EQ(login.verb, Verb::kLogin);
  EXPECT_TRUE(login.common.takeover);

  const Invocation listen = Parse({"listen", "#lobby", "@bob", "--json", "--port", "7001"});
  EXPECT_EQ(listen.verb, Verb::kListen);
  EXPECT_EQ(listen.targets, (std::vector<std::string>{"#lobby", "@bob"}));
  EXPECT_TRUE(listen.common.json);
  EXPECT_EQ(listen.common.port, 7001);

  const Invocation send = Parse({"send", "@bob", "hello there", "--wait", "2.5"});
  EXPECT_EQ(send.verb, Verb::kSend);
  EXPECT_EQ(send.target, "@bob");
  EXPECT_EQ(send.text, std::vector<std::string>{"hello there"});
  EXPECT_EQ(send.common.wait(), absl::Milliseconds(2500));
  EXPECT_EQ(Parse({"send", "#lobby", "-"}).text, std::vector<std::string>{"-"});
  EXPECT_EQ(Parse({"send", "@bob", "hi"}).common.wait(), absl::Seconds(10));

  for (const char* name : {"logout", "whoami", "devices", "rooms", "who", "outbox", "doctor"}) {
    const Invocation command = Parse({name, "--json"});
    EXPECT_EQ(command.verb, Verb::kCommand);
    EXPECT_EQ(command.command, name);
    EXPECT_TRUE(command.common.json);
  }
  EXPECT_EQ(Parse({"history", "@bob"}).words, std::vector<std::string>{"@bob"});
  EXPECT_EQ(Parse({"find", "al"}).words, std::vector<std::string>{"al"});
  EXPECT_EQ(Parse({"who", "lobby"}).words, std::vector<std::string>{"lobby"});
}

TEST(ArgumentsTest, ArgumentsMayBeCalledLikeCommands) {
  EXPECT_EQ(Parse({"rooms", "who"}).words, std::vector<std::string>{"who"});
  EXPECT_EQ(Parse({"send", "@bob", "who"}).verb, Verb::kSend);
}

TEST(ArgumentsTest, DevicesRevoke) {
  const Invocation revoke = Parse({"devices", "revoke", "abc", "--home", "/h"});
  EXPECT_EQ(revoke.command, "revoke");
  EXPECT_EQ(revoke.words, std::vector<std::string>{"abc"});
  EXPECT_EQ(revoke.common.home, "/h");
}

TEST(ArgumentsTest, OptionalArgumentsAreFlagsToo) {
  const Invocation create = Parse({"create", "lobby", "--access", "invite", "--topic", "all about tea"});
  EXPECT_EQ(create.words, std::vector<std::string>{"lobby"});
  EXPECT_EQ(create.flags,
            (std::map<std::string, std::string>{{"access", "invite"}, {"topic", "all about tea"}}));
}

TEST(ArgumentsTest, EveryCommandOfTheTableButFewIsOneShot) {
  for (const CommandSpec& spec : Commands()) {
    if (IsOneShot(spec.name)) {
      EXPECT_EQ(Parse({spec.name}).command, spec.name);
    }
  }
  EXPECT_FALSE(IsOneShot("quit"));
  EXPECT_FALSE(IsOneShot("dance"));
  EXPECT_TRUE(IsOneShot("kick"));
}

TEST(ArgumentsTest, WhatMakesNoSenseIsAnError) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"dance"},
                                                {"--wait"},
                                                {"send"},
                                                {"send", "@bob"},
                                                {"register"},
                                                {"rooms", "--dance"},
                                                {"--port", "70000"},
                                                {"--port", "x"},
                                                {"send", "@bob", "x", "--wait", "-1"}}) {
    EXPECT_THROW(Parse(words), CLI::ParseError) << words[0];
  }
}

}  // namespace
}  // namespace parlor::client
