#include "base/crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "base/crypto/openssl_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/crypto/test_certificates.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Certificate, ComesBackFromDerAndPem) {
  const World world;
  const Certificate& root = world.root.certificate();
  EXPECT_EQ(Certificate::FromDer(root.ToDer())->ToDer(), root.ToDer());
  EXPECT_EQ(Certificate::FromPem(root.ToPem())->ToDer(), root.ToDer());
  EXPECT_EQ(root.public_key()->spki(), world.root.key().public_key().spki());
}

TEST(Certificate, ReadsAChainInOrder) {
  const World world;
  const auto chain = Certificate::ChainFromPem(absl::StrCat(
      "comment\n", world.services.certificate().ToPem(), "\n", world.root.certificate().ToPem(), "tail\n"));
  ASSERT_TRUE(chain.ok()) << chain.status();
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ((*chain)[0].ToDer(), world.services.certificate().ToDer());
  EXPECT_EQ((*chain)[1].ToDer(), world.root.certificate().ToDer());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Certificate, RefusesADamagedChainWhole) {
  const World world;
  const std::string good = world.root.certificate().ToPem();
  std::string damaged = good;
  damaged.replace(good.size() / 2, 1, "!");
  const auto refused = Certificate::ChainFromPem(absl::StrCat(good, damaged));
  EXPECT_EQ(refused.status().code(), kInvalid);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("certificate 2"));
  EXPECT_EQ(Certificate::ChainFromPem(absl::StrCat(good, good.substr(0, good.size() / 2))).status().code(),
            kInvalid);
}

TEST(Certificate, RefusesWhatIsNone) {
  const World world;
  const std::string der = world.root.certificate().ToDer();
  for (const std::string& bad :
       {std::string(), std::string("garbage"), der.substr(1), der.substr(0, der.size() - 1), der + '\0',
        std::string(1 << 20, '\x30'), world.root.key().ToPem()}) {
    EXPECT_EQ(Certificate::FromDer(bad).status().code(), kInvalid);
    EXPECT_EQ(Certificate::FromPem(bad).status().code(), kInvalid);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(Certificate, AnEncryptedPemIsRefusedWithoutAskingForItsPassphrase) {
  std::string pem = World().root.certificate().ToPem();
  pem.insert(pem.find('\n') + 1,
             "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n");
  EXPECT_EQ(Certificate::FromPem(pem).status().code(), kInvalid);
}

TEST(Authority, CertificatesLastAsPromised) {
  const World world;
  EXPECT_EQ(world.root.certificate().not_before(), world.now - absl::Hours(1));
  EXPECT_EQ(world.root.certificate().not_after(), world.now + 20 * 365 * kDay);
  EXPECT_EQ(world.services.certificate().not_after(), world.now + 10 * 365 * kDay);
  EXPECT_EQ(world.people.certificate().not_after(), world.now + 10 * 365 * kDay);
  const Certificate device = world.Device("ada", PrivateKey::Generate().public_key());
  EXPECT_EQ(device.not_before(), world.now - absl::Hours(1));
  EXPECT_EQ(device.not_after(), world.now + kDay);
}

TEST(Authority, TimesBeyond2050AreReadAsWritten) {
  const absl::Time late = absl::FromCivil(absl::CivilSecond(2049, 12, 31, 23, 59, 59), absl::UTCTimeZone());
  const World world(late);
  EXPECT_EQ(world.root.certificate().not_before(), late - absl::Hours(1));
  EXPECT_EQ(world.root.certificate().not_after(), late + 20 * 365 * kDay);
}

// RFC 5280 §4.1.2.5: the year 9999 stands for no end at all.
TEST(Authority, TimesBeyondWhatCertificatesKnowAreCutThere) {
  const World world;
  const PublicKey key = PrivateKey::Generate().public_key();
  const auto device =
      world.people.IssueDevice(world.Identity("ada", key), key, world.now, absl::InfiniteDuration());
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(absl::FormatTime("%Y-%m-%d", device->not_after(), absl::UTCTimeZone()), "9999-12-31");
}

TEST(Authority, ServerIdIs52CharactersOfTheRootsKey) {
  const World world;
  EXPECT_EQ(world.server_id.size(), 52u);
  EXPECT_EQ(ServerIdOf(*Certificate::FromDer(world.root.certificate().ToDer())->public_key()),
            world.server_id);
  EXPECT_NE(World().server_id, world.server_id);
  EXPECT_EQ(ServiceDnsName("abc"), "abc.parlor");
}

TEST(Authority, SerialNumbersDiffer) {
  const World world;
  const PublicKey key = PrivateKey::Generate().public_key();
  std::set<std::string> serials;
  for (int i = 0; i < 100; ++i) {
    serials.insert(openssl::ToDer(i2d_ASN1_INTEGER, X509_get0_serialNumber(world.Device("ada", key).get())));
  }
  EXPECT_EQ(serials.size(), 100u);
}

TEST(Authority, ComesBackFromPem) {
  const World world;
  const auto people = Authority::FromPem(world.people.certificate().ToPem(), world.people.key().ToPem());
  ASSERT_TRUE(people.ok()) << people.status();
  const PublicKey key = PrivateKey::Generate().public_key();
  EXPECT_TRUE(people->IssueDevice(world.Identity("ada", key), key, world.now, kDay).ok());
}

TEST(Authority, RefusesACertificateAndKeyThatDoNotBelongTogether) {
  const World world;
  const auto refused = Authority::FromPem(world.people.certificate().ToPem(), world.services.key().ToPem());
  EXPECT_EQ(refused.status().code(), kInvalid);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("belong together"));
  EXPECT_EQ(Authority::FromPem("", world.people.key().ToPem()).status().code(), kInvalid);
  EXPECT_EQ(Authority::FromPem(world.people.certificate().ToPem(), "").status().code(), kInvalid);
}

TEST(Authority, RefusesALeafInTheCertificatesPlace) {
  const World world;
  const PrivateKey key = PrivateKey::Generate();
  const auto refused = Authority::FromPem(world.Device("ada", key.public_key()).ToPem(), key.ToPem());
  EXPECT_EQ(refused.status().code(), kInvalid);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("not an authority's"));
}

TEST(Authority, IssuesADeviceOnlyUnderTheIdOfItsKey) {
  const World world;
  const PublicKey key = PrivateKey::Generate().public_key();
  const PublicKey other = PrivateKey::Generate().public_key();
  EXPECT_EQ(world.people.IssueDevice(world.Identity("ada", other), key, world.now, kDay).status().code(),
            kInvalid);
  EXPECT_EQ(world.people.IssueDevice(world.Identity("", key), key, world.now, kDay).status().code(),
            kInvalid);
  DeviceIdentity elsewhere = world.Identity("ada", key);
  elsewhere.server_id = "localhost";
  EXPECT_EQ(world.people.IssueDevice(elsewhere, key, world.now, kDay).status().code(), kInvalid);
}

TEST(CertificateRequest, ProvesItsKey) {
  const PrivateKey key = PrivateKey::Generate();
  const auto proved = VerifyCertificateRequest(MakeCertificateRequest(key));
  ASSERT_TRUE(proved.ok()) << proved.status();
  EXPECT_EQ(proved->spki(), key.public_key().spki());
}

std::string SignedRequest(EVP_PKEY* named, EVP_PKEY* signer, const EVP_MD* digest) {
  const openssl::X509ReqPtr request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), named);
  X509_REQ_sign(request.get(), signer, digest);
  return openssl::ToDer(i2d_X509_REQ, request.get());
}

TEST(CertificateRequest, RefusesWhatProvesNothing) {
  const PrivateKey key = PrivateKey::Generate();
  const PrivateKey other = PrivateKey::Generate();
  const openssl::EvpPkeyPtr rsa(EVP_RSA_gen(2048));
  const std::string good = MakeCertificateRequest(key);
  ASSERT_TRUE(VerifyCertificateRequest(SignedRequest(key.get(), key.get(), EVP_sha256())).ok());
  for (const std::string& bad :
       {SignedRequest(key.get(), other.get(), EVP_sha256()), SignedRequest(key.get(), key.get(), EVP_sha1()),
        SignedRequest(rsa.get(), rsa.get(), EVP_sha256()), good + '\0', good.substr(1), std::string(),
        std::string("garbage"), std::string(1 << 20, '\x30'), key.public_key().spki()}) {
    EXPECT_EQ(VerifyCertificateRequest(bad).status().code(), kInvalid);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace parlor
