#include "services/common/trusted_proxies.h"

#include "gtest/gtest.h"

namespace parlor::service {
namespace {

TEST(TrustedProxies, BelievesOnlyWhatTrustedProxiesAdded) {
  const auto proxies = TrustedProxies::Parse({"10.0.0.0/8", "fd00::/8", "192.0.2.7"});
  ASSERT_TRUE(proxies.ok()) << proxies.status();
  const struct {
    const char* what;
    const char* peer;
    const char* forwarded;
    const char* real;
    const char* expected;
  } cases[] = {
      {"no proxy: headers are the caller's invention", "203.0.113.5", "1.1.1.1", "2.2.2.2", "203.0.113.5"},
      {"one proxy", "10.1.2.3", "198.51.100.9", "", "198.51.100.9"},
      {"what the caller wrote stands on the left", "10.1.2.3", "1.1.1.1, 198.51.100.9", "", "198.51.100.9"},
      {"a chain of proxies", "10.1.2.3", "198.51.100.9, 10.9.9.9, 192.0.2.7", "", "198.51.100.9"},
      {"only proxies", "10.1.2.3", "10.9.9.9", "", "10.1.2.3"},
      {"X-Real-IP without the other", "fd00::1", "", "198.51.100.9", "198.51.100.9"},
      {"no header at all", "192.0.2.7", "", "", "192.0.2.7"},
      {"unreadable hop", "10.1.2.3", "1.1.1.1, unknown", "2.2.2.2", "10.1.2.3"},
      {"IPv6 caller", "10.1.2.3", "2001:DB8::1", "", "2001:db8::1"},
      {"a neighbour of a single trusted address", "192.0.2.6", "1.1.1.1", "", "192.0.2.6"},
  };
  for (const auto& c : cases) EXPECT_EQ(proxies->CallerIp(c.peer, c.forwarded, c.real), c.expected) << c.what;
}

TEST(TrustedProxies, PrefixesThatEndWithinAByte) {
  const auto proxies = TrustedProxies::Parse({"172.16.0.0/12"});
  ASSERT_TRUE(proxies.ok());
  EXPECT_TRUE(proxies->Contains("172.31.255.255"));
  EXPECT_FALSE(proxies->Contains("172.32.0.0"));
  EXPECT_FALSE(proxies->Contains("::1"));
  EXPECT_FALSE(TrustedProxies().Contains("127.0.0.1"));
}

TEST(TrustedProxies, NamesTheNetworkThatIsWrong) {
  for (const char* wrong : {"proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", ""}) {
    const auto proxies = TrustedProxies::Parse({"10.0.0.1", wrong});
    EXPECT_TRUE(absl::IsInvalidArgument(proxies.status())) << wrong;
  }
}

}  // namespace
}  // namespace parlor::service
