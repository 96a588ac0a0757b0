#include "base/net/join_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;

std::string Pin() {
  return Base32(std::string(32, '\x5a'));
}

TEST(JoinLinkTest, TakesWhatServersPrintAndPeopleType) {
  const std::string pin = Pin();
  ASSERT_EQ(pin.size(), kPinCharacters);
  const struct {
    std::string text;
    JoinLink link;
  } cases[] = {
      {"parlor://example.org:1234/#" + pin, {{"example.org", 1234}, pin}},
      {"parlor://example.org/#" + pin, {{"example.org", 7447}, pin}},
      {"parlor://example.org#" + pin, {{"example.org", 7447}, pin}},
      {"example.org#" + pin, {{"example.org", 7447}, pin}},
      {"example.org:1234#" + pin, {{"example.org", 1234}, pin}},
      {"example.org:1234", {{"example.org", 1234}, ""}},
      {"example.org", {{"example.org", 7447}, ""}},
      {"parlor://example.org:1234", {{"example.org", 1234}, ""}},
      {"parlor://example.org:1234/", {{"example.org", 1234}, ""}},
      {"parlor://[::1]:1234/#" + pin, {{"::1", 1234}, pin}},
      {"parlor://[::1]/#" + pin, {{"::1", 7447}, pin}},
      {"[2A00::1]", {{"2a00::1", 7447}, ""}},
      {"10.0.0.1/#" + pin, {{"10.0.0.1", 7447}, pin}},
      {" \tPARLOR://Example.ORG/#" + absl::AsciiStrToUpper(pin) + "\r\n", {{"example.org", 7447}, pin}},
  };
  for (const auto& c : cases) {
    const auto link = ParseJoinLink(c.text);
    ASSERT_TRUE(link.ok()) << c.text << ": " << link.status();
    EXPECT_EQ(*link, c.link) << c.text;
    EXPECT_EQ(ParseJoinLink(ToString(*link)).value(), *link);
  }
}

TEST(JoinLinkTest, IsWrittenInFull) {
  EXPECT_EQ(ToString(JoinLink{{"::1", 7447}, Pin()}), "parlor://[::1]:7447/#" + Pin());
  EXPECT_EQ(ToString(JoinLink{{"example.org", 443}, ""}), "parlor://example.org:443/");
}

TEST(JoinLinkTest, SaysWhatIsWrong) {
  const std::string pin = Pin();
  std::string odd_end = pin;
  odd_end.back() = 'b';
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "empty"},
      {" \n", "empty"},
      {"parlor://", "host is missing"},
      {"parlor:///#" + pin, "host is missing"},
      {"parlor://:7447/#" + pin, "host is missing"},
      {"#" + pin, "host is missing"},
      {"https://example.org/", "another scheme"},
      {"parlor:/example.org", "not a port"},
      {"parlor://example.org:0/#" + pin, "port 0"},
      {"parlor://example.org:/#" + pin, "not a port"},
      {"parlor://example.org:99999/#" + pin, "not a port"},
      {"parlor://::1/#" + pin, "in brackets"},
      {"parlor://me@example.org/#" + pin, "not a host name"},
      {"parlor://example.org/room/#" + pin, "not a host name"},
      {"parlor://example.org?x/#" + pin, "not a host name"},
      {"parlor://example.org/#", "has 0 characters instead of 52"},
      {"parlor://example.org/#" + pin.substr(1), "has 51 characters instead of 52"},
      {"parlor://example.org/#" + pin + "a", "has 53 characters instead of 52"},
      {"parlor://example.org/# " + pin.substr(1), "letters and the digits 2 to 7"},
      {"parlor://example.org/#1" + pin.substr(1), "letters and the digits 2 to 7"},
      {"parlor://example.org/#=" + pin.substr(1), "letters and the digits 2 to 7"},
      {"parlor://example.org/#" + pin.substr(0, 25) + "#" + pin.substr(26), "letters and the digits 2 to 7"},
      {"parlor://example.org/#ä" + pin.substr(2), "letters and the digits 2 to 7"},
      {"parlor://example.org/#" + odd_end, "wrong character"},
      {std::string(100'000, 'a'), "longer than 512"},
      {std::string("parlor://a\0b/", 13), "not a host name"},
      {"parlor://\x1b[2J/", "not a host name"},
  };
  for (const auto& c : cases) {
    const absl::Status status = ParseJoinLink(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says)) << c.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("parlor://HOST:PORT/#PIN"));
    EXPECT_EQ(std::string(status.message()).find('\x1b'), std::string::npos);
  }
}

TEST(JoinLinkTest, EveryPinOfAHashRoundTrips) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(1000); ++i) {
    std::string hash(32, '\0');
    for (char& c : hash) c = static_cast<char>(random());
    const JoinLink link{{"example.org", static_cast<uint16_t>(random() % 65535 + 1)}, Base32(hash)};
    const auto parsed = ParseJoinLink(ToString(link));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, link);
  }
}

TEST(JoinLinkTest, GarbageNeverCrashes) {
  std::mt19937 random(1);
  constexpr absl::string_view kPieces[] = {"parlor://", "[", "]",    ":",    "/", "#", "::1",
                                           "a",         ".", "7447", "\xff", "%", "@"};
  for (int i = 0; i < Rounds(20'000); ++i) {
    std::string text;
    for (size_t n = random() % 8; n > 0; --n) absl::StrAppend(&text, kPieces[random() % std::size(kPieces)]);
    const auto link = ParseJoinLink(text);
    if (!link.ok()) continue;
    EXPECT_EQ(ParseJoinLink(ToString(*link)).value(), *link) << text;
  }
}

}  // namespace
}  // namespace parlor
