#include "bench/net/ipv4.h"

#include <string>

#include "bench/net/relay_command.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

constexpr Ipv4 kThere = 10u << 24 | 77u << 16 | 2u;

std::string Header(char first) {
  std::string header(20, '\0');
  header[0] = first;
  header.replace(16, 4, {10, 77, 0, 2});
  return header;
}

TEST(Ipv4Test, Addresses) {
  EXPECT_EQ(*ParseIpv4("10.77.0.2"), kThere);
  for (const char* wrong : {"", "10.77.0", "10.77.0.256", "::1", "localhost"}) {
    EXPECT_EQ(ParseIpv4(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(Ipv4Test, WhereAPacketGoes) {
  EXPECT_EQ(Destination(Header(0x45)), kThere);
  EXPECT_EQ(Destination(Header(0x45) + "and what it carries"), kThere);
  EXPECT_EQ(Destination(Header(0x60)), std::nullopt);
  EXPECT_EQ(Destination(Header(0x45).substr(0, 19)), std::nullopt);
  EXPECT_EQ(Destination(""), std::nullopt);
}

TEST(Ipv4Test, ASideOfTheRelay) {
  const absl::StatusOr<Relay::Side> side = ParseSide("side0=10.77.0.2");
  ASSERT_TRUE(side.ok()) << side.status();
  EXPECT_EQ(side->device, "side0");
  EXPECT_EQ(side->address, kThere);
  EXPECT_FALSE(ParseSide("side0").ok());
  EXPECT_FALSE(ParseSide("side0=").ok());
}

}  // namespace
}  // namespace parlor::bench
