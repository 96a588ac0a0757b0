#include "client/link/local_addresses.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

PeerAddress At(const std::string& ip) {
  return {ip, 7000};
}

TEST(ChooseAddressesTest, PublicOnesFirstThenPrivateAndNothingElse) {
  EXPECT_THAT(ChooseAddresses({"127.0.0.1", "10.0.0.5", "::1", "fe80::1", "169.254.3.4", "8.8.4.4", "fd00::7",
                               "2600::1", "224.0.0.1"},
                              7000),
              ElementsAre(At("8.8.4.4"), At("2600::1"), At("10.0.0.5"), At("fd00::7")));
}

TEST(ChooseAddressesTest, LoopbackOnlyWhenThereIsNothingElse) {
  EXPECT_THAT(ChooseAddresses({"127.0.0.1", "::1", "fe80::1"}, 7000),
              ElementsAre(At("127.0.0.1"), At("::1")));
  EXPECT_THAT(ChooseAddresses({"fe80::1"}, 7000), IsEmpty());
}

TEST(ChooseAddressesTest, AtMostEightWithoutRepetitions) {
  std::vector<std::string> ips{"10.0.0.1", "10.0.0.1"};
  for (int i = 1; i < 20; ++i) ips.push_back(absl::StrCat("10.0.0.", i));
  const std::vector<PeerAddress> chosen = ChooseAddresses(ips, 7000);
  EXPECT_EQ(chosen.size(), kMaxPeerAddresses);
  EXPECT_EQ(chosen[1], At("10.0.0.2"));
}

TEST(InterfaceIpsTest, ThisMachineHasLoopback) {
  EXPECT_THAT(InterfaceIps(), Contains("127.0.0.1"));
}

}  // namespace
}  // namespace parlor::client
