#include "services/common/trust.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "base/crypto/peer_verifier.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "tests/services/common/temp_dir.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

namespace fs = std::filesystem;
using ::parlor::testing::TempDir;

Certificate Leaf(const ServiceTls& tls) {
  return *Certificate::FromPem(tls.chain_pem);
}

TEST(Trust, TheFirstStartMakesAllOfItAndLaterStartsKeepIt) {
  TempDir dir;
  const auto first = OpenTrust(dir / "data/trust", kTestStart);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = OpenTrust(dir / "data/trust", kTestStart + absl::Hours(24));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->tls.server_id, second->tls.server_id);
  EXPECT_EQ(first->tls.chain_pem, second->tls.chain_pem);
  EXPECT_EQ(first->tls.server_id.size(), 52U);
  for (const char* name : {"root.key", "services-ca.key", "people-ca.key", "service.key"}) {
    struct stat info {};
    ASSERT_EQ(::stat((dir / "data/trust" / name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << name;
  }
}

TEST(Trust, TheChainEndsInTheRootAndPeopleHangUnderIt) {
  TempDir dir;
  const auto trust = OpenTrust(dir / "trust", kTestStart);
  ASSERT_TRUE(trust.ok()) << trust.status();
  const auto chain = Certificate::ChainFromPem(trust->tls.chain_pem);
  ASSERT_TRUE(chain.ok());
  ASSERT_EQ(chain->size(), 3U);
  EXPECT_EQ(chain->back().ToDer(), trust->root.ToDer());

  const PrivateKey device = PrivateKey::Generate();
  const DeviceIdentity ada{trust->tls.server_id, "ada", device.public_key().device_id()};
  const auto certificate = trust->people.IssueDevice(ada, device.public_key(), kTestStart, absl::Hours(24));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  const PeerVerifier verifier(trust->root);
  EXPECT_TRUE(verifier.Verify({certificate->ToDer(), trust->people.certificate().ToDer()}, kTestStart).ok());
  EXPECT_FALSE(verifier.Verify({(*chain)[0].ToDer(), (*chain)[1].ToDer()}, kTestStart).ok())
      << "a service passes for a person";
}

TEST(Trust, RenewsTheServiceCertificateInItsLastThird) {
  TempDir dir;
  const auto first = OpenTrust(dir / "trust", kTestStart);
  ASSERT_TRUE(first.ok());
  const absl::Time in_time = kTestStart + kServiceCertificateLifetime * 0.6;
  const absl::Time late = kTestStart + kServiceCertificateLifetime * 0.7;
  EXPECT_EQ(OpenTrust(dir / "trust", in_time)->tls.chain_pem, first->tls.chain_pem);
  const auto renewed = OpenTrust(dir / "trust", late);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_NE(renewed->tls.chain_pem, first->tls.chain_pem);
  EXPECT_EQ(renewed->tls.server_id, first->tls.server_id);
  EXPECT_GT(Leaf(renewed->tls).not_after(), late + kServiceCertificateLifetime * 0.9);
}

TEST(Trust, ACrashBetweenKeyAndCertificateIsPutRight) {
  TempDir dir;
  ASSERT_TRUE(OpenTrust(dir / "trust", kTestStart).ok());
  ASSERT_TRUE(WriteFileAtomically(dir / "trust/service.key", PrivateKey::Generate().ToPem()).ok());
  const auto trust = OpenTrust(dir / "trust", kTestStart);
  ASSERT_TRUE(trust.ok()) << trust.status();
  EXPECT_EQ(Leaf(trust->tls).public_key()->spki(),
            PrivateKey::FromPem(trust->tls.key_pem)->public_key().spki());
}

TEST(Trust, AMissingOrForeignFileIsNamedAndNeverMadeAnew) {
  TempDir dir;
  ASSERT_TRUE(OpenTrust(dir / "trust", kTestStart).ok());
  ASSERT_TRUE(OpenTrust(dir / "other", kTestStart).ok());
  for (const char* name : {"root.pem", "services-ca.key", "people-ca.pem", "people-ca.key"}) {
    const std::string good = *ReadFile(dir / "trust" / name);
    fs::remove(dir / "trust" / name);
    const auto missing = OpenTrust(dir / "trust", kTestStart);
    EXPECT_TRUE(absl::IsFailedPrecondition(missing.status())) << name << ": " << missing.status();
    EXPECT_NE(missing.status().message().find(name), absl::string_view::npos) << missing.status();
    EXPECT_FALSE(fs::exists(dir / "trust" / name));

    ASSERT_TRUE(WriteFileAtomically(dir / "trust" / name, *ReadFile(dir / "other" / name)).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(OpenTrust(dir / "trust", kTestStart).status())) << name;
    ASSERT_TRUE(WriteFileAtomically(dir / "trust" / name, good).ok());
  }
  EXPECT_TRUE(OpenTrust(dir / "trust", kTestStart).ok());
}

TEST(Trust, GivenFilesMustBelongTogether) {
  TempDir dir;
  ASSERT_TRUE(OpenTrust(dir / "a", kTestStart).ok());
  ASSERT_TRUE(OpenTrust(dir / "b", kTestStart).ok());
  const auto load = [&](const char* chain, const char* key, const char* root, absl::Time now) {
    return LoadServiceTls(dir / chain, dir / key, dir / root, now).status();
  };
  EXPECT_TRUE(load("a/service.pem", "a/service.key", "a/root.pem", kTestStart).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(load("a/service.pem", "b/service.key", "a/root.pem", kTestStart)));
  EXPECT_TRUE(absl::IsFailedPrecondition(load("a/service.pem", "a/service.key", "b/root.pem", kTestStart)));
  EXPECT_TRUE(absl::IsFailedPrecondition(load("a/service.pem", "a/none.key", "a/root.pem", kTestStart)));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      load("a/service.pem", "a/service.key", "a/root.pem", kTestStart + kServiceCertificateLifetime * 2)));
}

}  // namespace
}  // namespace parlor::service
