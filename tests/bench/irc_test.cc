#include "bench/broker/irc.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class IrcClientTest : public ::testing::Test {
 protected:
  absl::Status Take(absl::string_view bytes) {
    return client_.Take(bytes, reply_, [this](absl::string_view text) { heard_.emplace_back(text); });
  }

  IrcClient client_{"p1", "#parlor"};
  std::string reply_;
  std::vector<std::string> heard_;
};

TEST(IrcLineTest, Parts) {
  const IrcLine line = ParseIrcLine(":p0!~p0@127.0.0.1 PRIVMSG  #parlor :two words: here");
  EXPECT_EQ(line.prefix, "p0!~p0@127.0.0.1");
  EXPECT_EQ(line.command, "PRIVMSG");
  EXPECT_THAT(line.parameters, ElementsAre("#parlor", "two words: here"));
  EXPECT_EQ(line.parameter(1), "two words: here");
  EXPECT_EQ(line.parameter(2), "");
}

TEST(IrcLineTest, PartsMayBeMissing) {
  EXPECT_EQ(ParseIrcLine("").command, "");
  EXPECT_EQ(ParseIrcLine(":only.a.prefix").prefix, "only.a.prefix");
  EXPECT_EQ(ParseIrcLine(":only.a.prefix").command, "");
  EXPECT_THAT(ParseIrcLine("PING").parameters, IsEmpty());
  EXPECT_THAT(ParseIrcLine("PING a b ").parameters, ElementsAre("a", "b"));
  EXPECT_THAT(ParseIrcLine("PING :").parameters, ElementsAre(""));
}

TEST_F(IrcClientTest, ComesIn) {
  EXPECT_EQ(client_.Greeting(), "NICK p1\r\nUSER p1 0 * :p1\r\n");
  ASSERT_TRUE(Take(":irc 001 p1 :Welcome\r\n:irc 422 p1 :MOTD file is missing\r\n").ok());
  EXPECT_EQ(reply_, "JOIN #parlor\r\n");
  EXPECT_FALSE(client_.ready());
  ASSERT_TRUE(Take(":p1!~p1@h JOIN :#parlor\r\n:irc 353 p1 = #parlor :p1\r\n").ok());
  EXPECT_FALSE(client_.ready());
  ASSERT_TRUE(Take(":irc 366 p1 #parlor :End of NAMES list\r\n").ok());
  EXPECT_TRUE(client_.ready());
}

TEST_F(IrcClientTest, HearsItsChannelAlone) {
  ASSERT_TRUE(Take(":p0 PRIVMSG #parlor :one\r\n:p0 PRIVMSG p1 :in private\r\n:p0 NOTICE #parlor :x\r\n"
                   ":p0 PRIVMSG #Parlor :two\n")
                  .ok());
  EXPECT_THAT(heard_, ElementsAre("one", "two"));
  EXPECT_EQ(reply_, "");
}

TEST_F(IrcClientTest, TakesPiecesOfAnySize) {
  const std::string said = ":p0 PRIVMSG #parlor :one\r\nPING :a\r\n:p0 PRIVMSG #parlor :two\r\n";
  for (const char& byte : said) ASSERT_TRUE(Take({&byte, 1}).ok());
  EXPECT_THAT(heard_, ElementsAre("one", "two"));
  EXPECT_EQ(reply_, "PONG :a\r\n");
}

TEST_F(IrcClientTest, SaysWhatItsTwinHears) {
  const std::string wire = client_.Say("hello there");
  EXPECT_EQ(wire, "PRIVMSG #parlor :hello there\r\n");
  ASSERT_TRUE(Take(":p0!~p0@h " + wire).ok());
  EXPECT_THAT(heard_, ElementsAre("hello there"));
  EXPECT_EQ(client_.StayAlive(), "");
}

TEST_F(IrcClientTest, ARefusalIsAnError) {
  const absl::Status taken = Take(":irc 433 * p1 :Nickname already in use\r\n");
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(taken.message(), HasSubstr("Nickname already in use"));
  EXPECT_EQ(Take("ERROR :Too many connections\r\n").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(IrcClientTest, AnEndlessLineIsAnError) {
  EXPECT_TRUE(Take(std::string(kMaxIrcLine, 'x')).ok());
  EXPECT_EQ(Take("x").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace parlor::bench
