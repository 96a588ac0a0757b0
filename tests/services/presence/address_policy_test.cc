#include "services/presence/address_policy.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::presence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Wanted = std::vector<std::pair<std::string, uint32_t>>;

PublishedAddresses Judge(const Wanted& wanted, uint32_t listen_port, const std::string& observed) {
  v1::Addresses addresses;
  for (const auto& [ip, port] : wanted) {
    addresses.add_addresses()->set_ip(ip);
    addresses.mutable_addresses()->rbegin()->set_port(port);
  }
  return JudgeAddresses(addresses.addresses(), listen_port, observed, 8);
}

std::vector<std::string> Published(const Wanted& wanted, uint32_t listen_port, const std::string& observed) {
  std::vector<std::string> texts;
  for (const PeerAddress& address : Judge(wanted, listen_port, observed).addresses) {
    texts.push_back(ToString(address));
  }
  return texts;
}

TEST(AddressPolicyTest, TakesTheObservedAddressWithTheDevicesPort) {
  EXPECT_THAT(Published({}, 7000, "93.184.216.34"), ElementsAre("93.184.216.34:7000"));
  EXPECT_THAT(Published({}, 7000, "2606:2800:220:1::1"), ElementsAre("[2606:2800:220:1::1]:7000"));
  EXPECT_THAT(Published({}, 443, "93.184.216.34"), ElementsAre("93.184.216.34:443"));
  EXPECT_THAT(Published({}, 7000, ""), IsEmpty());
  EXPECT_THAT(Published({}, 0, "93.184.216.34"), IsEmpty());
}

TEST(AddressPolicyTest, APublicAddressHasToBeTheObservedOne) {
  EXPECT_THAT(Published({{"93.184.216.34", 7000}, {"93.184.216.34", 7001}}, 0, "93.184.216.34"),
              ElementsAre("93.184.216.34:7000", "93.184.216.34:7001"));
  const PublishedAddresses aimed = Judge({{"8.8.8.8", 7000}, {"2001:4860:4860::8888", 7000}}, 0, "1.1.1.1");
  EXPECT_THAT(aimed.addresses, IsEmpty());
  EXPECT_THAT(aimed.refused, ElementsAre(StartsWith("8.8.8.8 7000: "), HasSubstr("does not see")));
}

TEST(AddressPolicyTest, TakesAddressesOfTheOwnNetwork) {
  EXPECT_THAT(Published({{"192.168.1.5", 7000},
                         {"10.0.0.1", 7000},
                         {"fd00::1", 7000},
                         {"127.0.0.1", 7000},
                         {"::1", 7000},
                         {"169.254.1.1", 7000}},
                        0, "93.184.216.34"),
              SizeIs(6));
}

TEST(AddressPolicyTest, RefusesWhatNobodyMayBeAimedAt) {
  const std::pair<const char*, uint32_t> cases[] = {
      {"192.168.1.5", 0},
      {"192.168.1.5", 22},
      {"192.168.1.5", 80},
      {"192.168.1.5", 1023},
      {"192.168.1.5", 65536},
      {"224.0.0.1", 7000},
      {"ff02::1", 7000},
      {"0.0.0.0", 7000},
      {"::", 7000},
      {"255.255.255.255", 7000},
      {"240.0.0.1", 7000},
      {"example.com", 7000},
      {"", 7000},
      {"1.2.3", 7000},
      {"::ffff:224.0.0.1", 7000},
      {"192.168.1.5 ", 7000},
  };
  for (const auto& [ip, port] : cases) {
    const PublishedAddresses result = Judge({{ip, port}}, 0, "192.168.1.5");
    EXPECT_THAT(result.addresses, IsEmpty()) << ip << " " << port;
    EXPECT_THAT(result.refused, ElementsAre(StartsWith(absl::StrCat(ip, " ", port, ": ")))) << ip;
  }
}

TEST(AddressPolicyTest, AnIpv4AddressInIpv6ClothesIsJudgedAsIpv4) {
  EXPECT_THAT(Published({{"::ffff:8.8.8.8", 7000}}, 0, "1.1.1.1"), IsEmpty());
  EXPECT_THAT(Published({{"::ffff:192.168.1.5", 7000}, {"192.168.1.5", 7000}}, 0, "1.1.1.1"),
              ElementsAre("192.168.1.5:7000"));
}

TEST(AddressPolicyTest, AtMostEightADevice) {
  Wanted wanted;
  for (uint32_t port = 7000; port < 7010; ++port) wanted.push_back({"192.168.1.5", port});
  const PublishedAddresses result = Judge(wanted, 7000, "192.168.1.6");
  EXPECT_THAT(result.addresses, SizeIs(8));
  EXPECT_THAT(result.refused, SizeIs(3));
  EXPECT_THAT(result.refused[0], HasSubstr("at most 8"));
}

TEST(AddressPolicyTest, RefusalsAreBounded) {
  const PublishedAddresses result = Judge(Wanted(1000, {std::string(100'000, 'x'), 7000}), 0, "1.1.1.1");
  EXPECT_LE(result.refused.size(), 16u);
  for (const std::string& line : result.refused) EXPECT_LT(line.size(), 300u);
}

struct Told {
  const char* published;
  const char* observed;  // the device
  const char* asker;
  bool told;
};

TEST(AddressPolicyTest, TellsWhatCanMeanTheDevice) {
  const Told cases[] = {
      {"93.184.216.34", "93.184.216.34", "8.8.8.8", true},
      {"93.184.216.34", "93.184.216.34", "", true},
      // A private address: behind the same router, or both in the server's own network.
      {"192.168.1.5", "93.184.216.34", "93.184.216.34", true},
      {"192.168.1.5", "93.184.216.34", "8.8.8.8", false},
      {"192.168.1.5", "192.168.1.5", "192.168.1.7", true},
      {"192.168.1.5", "127.0.0.1", "192.168.1.7", true},
      {"192.168.1.5", "192.168.1.5", "127.0.0.1", true},
      // A stranger from outside aims nobody at the inside, nor the reverse.
      {"192.168.1.5", "93.184.216.34", "192.168.1.7", false},
      {"192.168.1.5", "192.168.1.5", "93.184.216.34", false},
      {"192.168.1.5", "93.184.216.34", "127.0.0.1", false},
      {"169.254.1.1", "93.184.216.34", "8.8.8.8", false},
      {"169.254.1.1", "192.168.1.5", "192.168.1.7", true},
      {"192.168.1.5", "", "", false},
      {"192.168.1.5", "", "192.168.1.7", false},
      // Loopback: only within one machine.
      {"127.0.0.1", "127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.1", "::1", true},
      {"::1", "127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "192.168.1.5", "127.0.0.1", false},
      {"127.0.0.1", "127.0.0.1", "192.168.1.5", false},
      {"127.0.0.1", "93.184.216.34", "93.184.216.34", false},
  };
  for (const Told& c : cases) {
    EXPECT_EQ(AddressesFor({{c.published, 7000}}, c.observed, c.asker).size(), c.told ? 1u : 0u)
        << c.published << " of a device seen at '" << c.observed << "' for an asker at '" << c.asker << "'";
  }
}

}  // namespace
}  // namespace parlor::presence
