#include "services/setup/public_link.h"

#include "base/file.h"
#include "base/net/join_link.h"
#include "gtest/gtest.h"
#include "services/common/trust.h"
#include "tests/services/common/temp_dir.h"

namespace parlor::setup {
namespace {

class PublicLinkTest : public ::testing::Test {
 protected:
  std::string LinkOf(absl::string_view address) {
    const auto link = PublicLink(address, 8447, root_);
    return link.ok() ? *link : link.status().ToString();
  }

  testing::TempDir dir_;
  const service::Trust trust_ = *service::OpenTrust(dir_ / "trust", absl::FromUnixSeconds(1'800'000'000));
  const std::filesystem::path root_ = dir_ / "trust/root.pem";
  const std::string& id_ = trust_.tls.server_id;
};

TEST_F(PublicLinkTest, CarriesAddressAndPin) {
  EXPECT_EQ(LinkOf("chat.example:7000"), "parlor://chat.example:7000/#" + id_);
  EXPECT_EQ(LinkOf("[fd00::1]:7000"), "parlor://[fd00::1]:7000/#" + id_);
  const auto parsed = ParseJoinLink(LinkOf("chat.example:7000"));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->pin, id_);
}

TEST_F(PublicLinkTest, AHostAloneMeansThePublishedPort) {
  EXPECT_EQ(LinkOf("chat.example"), "parlor://chat.example:8447/#" + id_);
}

TEST_F(PublicLinkTest, SaysWhatIsWrong) {
  for (const char* address :
       {"", "chat example", "chat.example:port", "chat.example:0", "chat.example:70000", "fd00::1"}) {
    const auto link = PublicLink(address, 8447, root_);
    EXPECT_TRUE(absl::IsInvalidArgument(link.status())) << address << ": " << link.status();
    EXPECT_NE(link.status().message().find("--public"), absl::string_view::npos) << link.status();
  }
  EXPECT_TRUE(absl::IsNotFound(PublicLink("chat.example", 8447, dir_ / "none.pem").status()));
}

}  // namespace
}  // namespace parlor::setup
