#include "base/crypto/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/crypto/openssl_ptr.h"
#include "base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor {
namespace {

using openssl::Octets;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Spki(EVP_PKEY* key) {
  return openssl::ToDer(i2d_PUBKEY, key);
}

std::string Pkcs8Pem(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr, const char* passphrase = "") {
  const openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher, passphrase, static_cast<int>(strlen(passphrase)),
                                nullptr, nullptr);
  return openssl::Contents(bio.get());
}

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(PublicKey, ComesBackFromItsSpki) {
  const PublicKey key = PrivateKey::Generate().public_key();
  const auto again = PublicKey::FromSpki(key.spki());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->spki(), key.spki());
  EXPECT_EQ(again->device_id(), key.device_id());
  EXPECT_THAT(key.ToPem(), StartsWith("-----BEGIN PUBLIC KEY-----\n"));
}

TEST(PublicKey, DeviceIdIsBase32OfHalfTheThumbprint) {
  const PublicKey key = PrivateKey::Generate().public_key();
  EXPECT_EQ(key.device_id().size(), 26u);
  EXPECT_EQ(key.device_id(), Base32(Sha256(key.spki()).substr(0, 16)));
}

TEST(PublicKey, RefusesOtherKindsOfKeys) {
  const openssl::EvpPkeyPtr p384(EVP_EC_gen("P-384"));
  const openssl::EvpPkeyPtr rsa(EVP_RSA_gen(2048));
  const openssl::EvpPkeyPtr ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  for (EVP_PKEY* key : {p384.get(), rsa.get(), ed25519.get()}) {
    EXPECT_EQ(PublicKey::FromSpki(Spki(key)).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(PrivateKey::FromPem(Pkcs8Pem(key)).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(PublicKey, RefusesASecondSpellingOfTheSameKey) {
  const openssl::EvpPkeyPtr key(EVP_EC_gen("P-256"));
  ASSERT_TRUE(PublicKey::FromSpki(Spki(key.get())).ok());
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
  const std::string compressed = Spki(key.get());
  ASSERT_LT(compressed.size(), 91u);
  EXPECT_FALSE(PublicKey::FromSpki(compressed).ok());
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
  const std::string spelt_out = Spki(key.get());
  ASSERT_GT(spelt_out.size(), 91u);
  EXPECT_FALSE(PublicKey::FromSpki(spelt_out).ok());
}

TEST(PublicKey, RefusesWhatIsNoKey) {
  const std::string good = PrivateKey::Generate().public_key().spki();
  std::string off_curve = good;
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  for (const std::string& bad :
       {std::string(), std::string("garbage"), good.substr(0, 90), good + '\0', off_curve}) {
    EXPECT_EQ(PublicKey::FromSpki(bad).status().code(), absl::StatusCode::kInvalidArgument) << Hex(bad);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(PrivateKey, SignsWhatItsPublicKeyVerifies) {
  const PrivateKey key = PrivateKey::Generate();
  for (const std::string& message : {std::string(), std::string("hello"), std::string(1 << 20, 'x')}) {
    const absl::Status verified = key.public_key().Verify(message, key.Sign(message));
    EXPECT_TRUE(verified.ok()) << verified;
  }
}

// What was signed by earlier versions, and what TLS and certificates sign, is the same thing.
TEST(PrivateKey, SignsAsEverybodyDoesByEcdsaWithSha256) {
  const PrivateKey key = PrivateKey::Generate();
  const openssl::Ptr<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const std::string ours = key.Sign("hello");
  ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.public_key().get()), 1);
  EXPECT_EQ(EVP_DigestVerify(context.get(), Octets(ours), ours.size(), Octets("hello"), 5), 1);
  ASSERT_EQ(EVP_MD_CTX_reset(context.get()), 1);
  unsigned char theirs[80];
  size_t size = sizeof(theirs);
  ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
  ASSERT_EQ(EVP_DigestSign(context.get(), theirs, &size, Octets("hello"), 5), 1);
  EXPECT_TRUE(
      key.public_key().Verify("hello", absl::string_view(reinterpret_cast<char*>(theirs), size)).ok());
}

TEST(PrivateKey, SignsAndVerifiesOnManyThreads) {
  const PrivateKey key = PrivateKey::Generate();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string message = absl::StrCat(thread, " ", i);
        if (key.public_key().Verify(message, key.Sign(message)).ok()) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

TEST(PublicKey, RefusesSignaturesThatDoNotFit) {
  const PrivateKey key = PrivateKey::Generate();
  const std::string signature = key.Sign("hello");
  const PublicKey other = PrivateKey::Generate().public_key();
  EXPECT_EQ(key.public_key().Verify("hellp", signature).code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(other.Verify("hello", signature).code(), absl::StatusCode::kUnauthenticated);
  for (const std::string& bad : {std::string(), std::string("garbage"), signature.substr(1), signature + '\0',
                                 std::string(64, '\0'), std::string("\x30\x06\x02\x01\x00\x02\x01\x00", 8)}) {
    EXPECT_EQ(key.public_key().Verify("hello", bad).code(), absl::StatusCode::kUnauthenticated) << Hex(bad);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(PrivateKey, ComesBackFromPem) {
  const PrivateKey key = PrivateKey::Generate();
  EXPECT_THAT(key.ToPem(), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const auto again = PrivateKey::FromPem(key.ToPem());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->public_key().spki(), key.public_key().spki());
  EXPECT_TRUE(key.public_key().Verify("hello", again->Sign("hello")).ok());
}

TEST(PrivateKey, RefusesAnEncryptedFileWithoutAskingForItsPassphrase) {
  const auto refused =
      PrivateKey::FromPem(Pkcs8Pem(PrivateKey::Generate().get(), EVP_aes_256_cbc(), "secret"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("unencrypted PKCS#8"));
}

TEST(PrivateKey, RefusesAPublicHalfThatIsNotItsOwn) {
  const PrivateKey one = PrivateKey::Generate();
  const PrivateKey other = PrivateKey::Generate();
  // The point is the tail of the DER, in the key's PKCS#8 as in its SubjectPublicKeyInfo.
  std::string der = openssl::ToDer(i2d_PrivateKey, one.get());
  const openssl::Pkcs8Ptr pkcs8(EVP_PKEY2PKCS8(one.get()));
  der = openssl::ToDer(i2d_PKCS8_PRIV_KEY_INFO, pkcs8.get());
  der.replace(der.size() - 64, 64, other.public_key().spki().substr(91 - 64));
  const std::string pem =
      absl::StrCat("-----BEGIN PRIVATE KEY-----\n", absl::Base64Escape(der), "\n-----END PRIVATE KEY-----\n");
  const auto refused = PrivateKey::FromPem(pem);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("public half"));
}

TEST(PrivateKey, RefusesWhatIsNoPemOfAKey) {
  const PrivateKey key = PrivateKey::Generate();
  for (const std::string& bad : {std::string(), std::string("garbage"), key.public_key().ToPem(),
                                 key.ToPem().substr(0, 100), std::string(1 << 20, '-')}) {
    EXPECT_EQ(PrivateKey::FromPem(bad).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace parlor
