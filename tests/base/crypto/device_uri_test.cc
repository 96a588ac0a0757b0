#include "base/crypto/device_uri.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace parlor {
namespace {

const std::string kServer(52, 'a');
const std::string kDevice(26, 'b');

std::string UriOf(absl::string_view encoded_user) {
  return absl::StrCat("spiffe://", kServer, "/user/", encoded_user, "/device/", kDevice);
}

TEST(DeviceUri, EveryNameHasOneSpelling) {
  const struct {
    const char* user;
    const char* encoded;
  } cases[] = {
      {"ada", "ada"},
      {"a.b-c_d~9", "a.b-c_d~9"},
      {"zoë", "zo%C3%AB"},
      {"李小龍", "%E6%9D%8E%E5%B0%8F%E9%BE%8D"},
      {"משה", "%D7%9E%D7%A9%D7%94"},
      {"a b/c%d,e:f@g", "a%20b%2Fc%25d%2Ce%3Af%40g"},
      {"😀", "%F0%9F%98%80"},
  };
  for (const auto& c : cases) {
    const DeviceIdentity identity{kServer, c.user, kDevice};
    const auto uri = DeviceUri(identity);
    ASSERT_TRUE(uri.ok()) << c.user << ": " << uri.status();
    EXPECT_EQ(*uri, UriOf(c.encoded));
    const auto parsed = ParseDeviceUri(*uri);
    ASSERT_TRUE(parsed.ok()) << c.user << ": " << parsed.status();
    EXPECT_EQ(*parsed, identity);
  }
}

TEST(DeviceUri, TheLongestNameGoesBothWays) {
  std::string user;
  while (user.size() < kMaxUserNameBytes) user += "é";
  const auto uri = DeviceUri({kServer, user, kDevice});
  ASSERT_TRUE(uri.ok()) << uri.status();
  EXPECT_EQ(ParseDeviceUri(*uri)->user, user);
  EXPECT_FALSE(DeviceUri({kServer, user + "x", kDevice}).ok());
  EXPECT_FALSE(ParseDeviceUri(UriOf(std::string(10'000, 'x'))).ok());
}

TEST(DeviceUri, RefusesIdentitiesThatAreNone) {
  const DeviceIdentity bad[] = {
      {kServer, "", kDevice},
      {kServer, "a\nb", kDevice},
      {kServer, std::string("a\0b", 3), kDevice},
      {kServer, "a\x7f", kDevice},
      {kServer, "\xc3\x28", kDevice},
      {kServer, "\xed\xa0\x80", kDevice},
      {"", "ada", kDevice},
      {kServer + "a", "ada", kDevice},
      {std::string(52, 'A'), "ada", kDevice},
      {kServer, "ada", ""},
      {kServer, "ada", kDevice + "b"},
      {kServer, "ada", std::string(26, '/')},
  };
  for (const DeviceIdentity& identity : bad) {
    EXPECT_EQ(DeviceUri(identity).status().code(), absl::StatusCode::kInvalidArgument)
        << identity.server_id << ' ' << identity.user << ' ' << identity.device;
  }
}

TEST(DeviceUri, RefusesWhatItWouldNotHaveWritten) {
  const std::string ada = UriOf("ada");
  ASSERT_TRUE(ParseDeviceUri(ada).ok());
  const std::string bad[] = {
      "",
      "spiffe://",
      UriOf(""),
      UriOf("%61da"),     // needlessly encoded
      UriOf("zo%c3%ab"),  // lower case
      UriOf("zoë"),       // not encoded
      UriOf("a%"),
      UriOf("a%2"),
      UriOf("a%zz"),
      UriOf("a%00b"),
      UriOf("a%0Ab"),
      UriOf("%C3%28"),  // not UTF-8
      UriOf("%C0%AF"),  // overlong
      UriOf("a/b"),
      UriOf("ada/device/x/../.."),
      ada + "/",
      ada + "?x",
      ada + "#x",
      ada + std::string(1, '\0'),
      " " + ada,
      "SPIFFE://" + ada.substr(9),
      "https://" + ada.substr(9),
      absl::StrCat("spiffe://x@", ada.substr(9)),
      absl::StrCat("spiffe://", kServer, ":443", ada.substr(9 + 52)),
      absl::StrCat("spiffe://", kServer, "/User/ada/device/", kDevice),
      absl::StrCat("spiffe://", kServer, "/user/ada/gadget/", kDevice),
      absl::StrCat("spiffe://", kServer, "/user/ada"),
  };
  for (const std::string& uri : bad) {
    EXPECT_EQ(ParseDeviceUri(uri).status().code(), absl::StatusCode::kInvalidArgument) << uri;
  }
}

}  // namespace
}  // namespace parlor
