#include "base/net/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace): "\0"s keeps its zero

TEST(CanonicalIpTest, WritesEachAddressInOneWay) {
  const struct {
    const char* text;
    const char* canonical;
  } cases[] = {
      {"1.2.3.4", "1.2.3.4"},
      {"0.0.0.0", "0.0.0.0"},
      {"::1", "::1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2A00:1450:4001:0082F:0000::200E", nullptr},
      {"2A00:1450:4001:082F:0000::200E", "2a00:1450:4001:82f::200e"},
      {"::ffff:1.2.3.4", "1.2.3.4"},
      {"::FFFF:0102:0304", "1.2.3.4"},
      {"fe80::1", "fe80::1"},
  };
  for (const auto& c : cases) {
    const auto canonical = CanonicalIp(c.text);
    if (c.canonical == nullptr) {
      EXPECT_FALSE(canonical.ok()) << c.text;
      continue;
    }
    ASSERT_TRUE(canonical.ok()) << canonical.status();
    EXPECT_EQ(*canonical, c.canonical);
    EXPECT_EQ(CanonicalIp(*canonical).value(), *canonical);
  }
}

TEST(CanonicalIpTest, RefusesWhatIsNoAddress) {
  const std::string cases[] = {"",
                               " ",
                               "1.2.3",
                               "1.2.3.4.5",
                               "1.2.3.256",
                               "01.2.3.4x",
                               "0x7f.0.0.1",
                               "2130706433",
                               "127.1",
                               "1.2.3.4 ",
                               " 1.2.3.4",
                               "[::1]",
                               "::1%eth0",
                               "fe80::1%1",
                               "1.2.3.4:80",
                               "::g",
                               "1::2::3",
                               "localhost",
                               "1.2.3.4\0"s,
                               "\0"
                               "1.2.3.4"s,
                               "::1\n",
                               "１.2.3.4",
                               ":::",
                               "-1.2.3.4",
                               std::string(10'000, '1')};
  for (const std::string& text : cases) {
    const absl::Status status = CanonicalIp(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_LT(status.message().size(), 400u);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  }
}

TEST(CanonicalIpTest, IsIdempotentForRandomAddresses) {
  std::mt19937 random(1);
  for (int i = 0; i < Rounds(2000); ++i) {
    std::string text;
    for (int group = 0; group < 8; ++group) {
      // Many zeros, so that runs of them appear everywhere.
      absl::StrAppend(&text, group == 0 ? "" : ":", absl::Hex(random() % 3 == 0 ? random() & 0xffff : 0));
    }
    const auto once = CanonicalIp(text);
    ASSERT_TRUE(once.ok()) << text;
    EXPECT_EQ(CanonicalIp(*once).value(), *once);
    EXPECT_EQ(ScopeOf(*once), ScopeOf(text));
  }
}

TEST(MakePeerAddressTest, AllowsOnlyPortsThatNobodyIsHurtBy) {
  for (const uint32_t port : {443u, 1024u, 7447u, 65535u}) {
    const auto address = MakePeerAddress("::ffff:8.8.8.8", port);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(*address, (PeerAddress{.ip = "8.8.8.8", .port = static_cast<uint16_t>(port)}));
  }
  for (const uint32_t port :
       {0u, 1u, 22u, 25u, 53u, 80u, 442u, 444u, 1023u, 65536u, 65536u + 7447u, 0xffffffffu}) {
    EXPECT_EQ(MakePeerAddress("8.8.8.8", port).status().code(), absl::StatusCode::kInvalidArgument) << port;
  }
  EXPECT_EQ(MakePeerAddress("example.org", 7447).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ScopeOfTest, KnowsTheEdgesOfEveryRange) {
  using enum AddressScope;
  const struct {
    const char* ip;
    AddressScope scope;
  } cases[] = {
      {"0.0.0.0", kUnusable},
      {"0.255.255.255", kUnusable},
      {"1.0.0.0", kPublic},
      {"8.8.8.8", kPublic},
      {"9.255.255.255", kPublic},
      {"10.0.0.0", kPrivate},
      {"10.255.255.255", kPrivate},
      {"11.0.0.0", kPublic},
      {"100.63.255.255", kPublic},
      {"100.64.0.0", kPrivate},
      {"100.127.255.255", kPrivate},
      {"100.128.0.0", kPublic},
      {"127.0.0.1", kLoopback},
      {"127.255.255.255", kLoopback},
      {"128.0.0.0", kPublic},
      {"169.253.255.255", kPublic},
      {"169.254.169.254", kLinkLocal},
      {"169.255.0.0", kPublic},
      {"172.15.255.255", kPublic},
      {"172.16.0.0", kPrivate},
      {"172.31.255.255", kPrivate},
      {"172.32.0.0", kPublic},
      {"192.0.0.1", kUnusable},
      {"192.0.2.1", kUnusable},
      {"192.0.3.0", kPublic},
      {"192.88.99.1", kUnusable},
      {"192.167.255.255", kPublic},
      {"192.168.0.0", kPrivate},
      {"192.168.255.255", kPrivate},
      {"192.169.0.0", kPublic},
      {"198.17.255.255", kPublic},
      {"198.18.0.0", kUnusable},
      {"198.19.255.255", kUnusable},
      {"198.20.0.0", kPublic},
      {"198.51.100.7", kUnusable},
      {"203.0.113.7", kUnusable},
      {"223.255.255.255", kPublic},
      {"224.0.0.1", kUnusable},
      {"239.255.255.255", kUnusable},
      {"240.0.0.0", kUnusable},
      {"255.255.255.255", kUnusable},
      {"::", kUnusable},
      {"::1", kLoopback},
      {"::2", kUnusable},
      {"::1.2.3.4", kUnusable},
      {"::ffff:10.0.0.1", kPrivate},
      {"64:ff9b::808:808", kUnusable},
      {"64:ff9b:1::1", kUnusable},
      {"100::1", kUnusable},
      {"1fff::1", kUnusable},
      {"2000::1", kPublic},
      {"2001::1", kUnusable},
      {"2001:1ff::1", kUnusable},
      {"2001:200::1", kPublic},
      {"2001:db7::1", kPublic},
      {"2001:db8::1", kUnusable},
      {"2001:db9::1", kPublic},
      {"2002:7f00:1::", kUnusable},
      {"2003::1", kPublic},
      {"2a00:1450::1", kPublic},
      {"3ffe::1", kPublic},
      {"3fff::1", kUnusable},
      {"3fff:fff::1", kUnusable},
      {"3fff:1000::1", kPublic},
      {"4000::1", kUnusable},
      {"5f00::1", kUnusable},
      {"fbff::1", kUnusable},
      {"fc00::1", kPrivate},
      {"fdff::1", kPrivate},
      {"fe00::1", kUnusable},
      {"fe7f::1", kUnusable},
      {"fe80::1", kLinkLocal},
      {"febf::1", kLinkLocal},
      {"fec0::1", kUnusable},
      {"ff02::1", kUnusable},
      {"ffff::1", kUnusable},
      {"garbage", kUnusable},
      {"", kUnusable},
  };
  for (const auto& c : cases) EXPECT_EQ(ScopeOf(c.ip), c.scope) << c.ip;
}

TEST(ToStringTest, PutsIpv6IntoBrackets) {
  EXPECT_EQ(ToString(PeerAddress{.ip = "1.2.3.4", .port = 5}), "1.2.3.4:5");
  EXPECT_EQ(ToString(PeerAddress{.ip = "::1", .port = 5}), "[::1]:5");
  EXPECT_EQ(ToString(HostPort{.host = "example.org", .port = 0}), "example.org:0");
  EXPECT_EQ(ToString(HostPort{.host = "fe80::1", .port = 65535}), "[fe80::1]:65535");
}

TEST(IpOfGrpcPeerTest, TakesWhatGrpcWrites) {
  const struct {
    const char* peer;
    const char* ip;
  } cases[] = {
      {"ipv4:1.2.3.4:5", "1.2.3.4"},
      {"ipv6:%5B::1%5D:5", "::1"},
      {"ipv6:%5b2A00::1%5d:65535", "2a00::1"},
      {"ipv6:[::1]:5", "::1"},
      {"ipv6:%5B::ffff:1.2.3.4%5D:5", "1.2.3.4"},
      {"ipv6:%5Bfe80::1%25eth0%5D:5", "fe80::1"},
  };
  for (const auto& c : cases) {
    const auto ip = IpOfGrpcPeer(c.peer);
    ASSERT_TRUE(ip.ok()) << ip.status();
    EXPECT_EQ(*ip, c.ip);
  }
}

TEST(IpOfGrpcPeerTest, RefusesEverythingElse) {
  for (const char* peer : {"", "ipv4:", "ipv4:1.2.3.4", "ipv6:", "ipv6:%5B::1%5D", "ipv6:%5B::1:5", "ipv6:%5",
                           "ipv6:%zz", "unix:/run/parlor", "unix-abstract:x", "unknown", "dns:1.2.3.4:5",
                           "1.2.3.4:5", "ipv4:example.org:5"}) {
    EXPECT_EQ(IpOfGrpcPeer(peer).status().code(), absl::StatusCode::kInvalidArgument) << peer;
  }
}

TEST(ParseHostPortTest, TakesNamesAndAddresses) {
  const std::string longest_label(63, 'a');
  const std::string longest =
      absl::StrCat(longest_label, ".", longest_label, ".", longest_label, ".", std::string(61, 'a'));
  const struct {
    std::string text;
    HostPort parsed;
  } cases[] = {
      {"example.org:7447", {"example.org", 7447}},
      {"EXAMPLE.Org:0", {"example.org", 0}},
      {"localhost:65535", {"localhost", 65535}},
      {"parlor_auth:1", {"parlor_auth", 1}},
      {"xn--bcher-kva.example:1", {"xn--bcher-kva.example", 1}},
      {"4you.example:1", {"4you.example", 1}},
      {"1.2.3.4:5", {"1.2.3.4", 5}},
      {"0.0.0.0:0", {"0.0.0.0", 0}},
      {"[::]:0", {"::", 0}},
      {"[::1]:00080", {"::1", 80}},
      {"[2A00:0::1]:5", {"2a00::1", 5}},
      {longest + ":1", {longest, 1}},
  };
  for (const auto& c : cases) {
    const auto parsed = ParseHostPort(c.text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, c.parsed);
    EXPECT_EQ(ParseHostPort(ToString(*parsed)).value(), *parsed);
  }
}

TEST(ParseHostPortTest, SaysWhatIsWrong) {
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "port is missing"},
      {"example.org", "port is missing"},
      {"[::1]", "port is missing"},
      {":7447", "host is missing"},
      {"example.org:", "not a port"},
      {"example.org:x", "not a port"},
      {"example.org:-1", "not a port"},
      {"example.org:+1", "not a port"},
      {"example.org: 1", "not a port"},
      {"example.org:65536", "not a port"},
      {"example.org:99999999999999999999", "not a port"},
      {"::1:7447", "in brackets"},
      {"[::1:7447", "in brackets"},
      {"::1]:7447", "in brackets"},
      {"[example.org]:7447", "in brackets"},
      {"[1.2.3.4]:7447", "in brackets"},
      {"[]:7447", "in brackets"},
      {"[[::1]]:7447", "not a host name"},
      {"[fe80::1%eth0]:7447", "not a host name"},
      {"1.2.3:7447", "not a host name"},
      {"999.1.1.1:7447", "not a host name"},
      {"2130706433:7447", "not a host name"},
      {"a..b:7447", "not a host name"},
      {".a:7447", "not a host name"},
      {"a.:7447", "not a host name"},
      {"-a:7447", "not a host name"},
      {"a-.b:7447", "not a host name"},
      {"a b:7447", "not a host name"},
      {"me@a:7447", "not a host name"},
      {"a/b:7447", "not a host name"},
      {"bücher.example:7447", "not a host name"},
      {"a\0b:7447"s, "not a host name"},
      {std::string(64, 'a') + ":7447", "not a host name"},
      {std::string(100'000, 'a') + ":7447", "not a host name"},
  };
  for (const auto& c : cases) {
    const absl::Status status = ParseHostPort(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
    EXPECT_LT(status.message().size(), 400u);
  }
}

}  // namespace
}  // namespace parlor
