// Leaves that a careless or hostile people's authority could sign: each differs from a good one in one thing.
#include <openssl/x509v3.h>

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/crypto/openssl_ptr.h"
#include "base/crypto/peer_verifier.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/crypto/test_certificates.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;

class ForgedLeaf : public ::testing::Test {
 protected:
  ForgedLeaf() { good_.alt_names = "URI:" + world_.Uri("ada", key_); }

  absl::Status Judge(const Certificate& leaf) {
    return verifier_.Verify(world_.Chain(leaf), world_.now).status();
  }

  void ExpectRefused(const Certificate& leaf, const std::string& reason) {
    const absl::Status status = Judge(leaf);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
  }
  void ExpectRefused(const std::function<void(LeafOptions&)>& change, const std::string& reason) {
    LeafOptions options = good_;
    change(options);
    ExpectRefused(ForgeLeaf(world_.people, key_, world_.now, options), reason);
  }
  void ExpectNamesRefused(const std::string& alt_names, const std::string& reason) {
    ExpectRefused([&alt_names](LeafOptions& o) { o.alt_names = alt_names; }, reason);
  }

  const World world_;
  const PublicKey key_ = PrivateKey::Generate().public_key();
  const PeerVerifier verifier_{world_.root.certificate()};
  LeafOptions good_;
};

TEST_F(ForgedLeaf, IsAcceptedAsLongAsItIsGood) {
  const absl::Status status = Judge(ForgeLeaf(world_.people, key_, world_.now, good_));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ForgedLeaf, WithAnyOtherUsage) {
  const std::string reason = "not a device's";
  ExpectRefused([](LeafOptions& o) { o.extended_key_usage = ""; }, reason);
  ExpectRefused([](LeafOptions& o) { o.extended_key_usage = "clientAuth"; }, reason);
  ExpectRefused([](LeafOptions& o) { o.extended_key_usage = "serverAuth"; }, "refused");
  ExpectRefused([](LeafOptions& o) { o.extended_key_usage = "codeSigning"; }, "refused");
  ExpectRefused([](LeafOptions& o) { o.key_usage = ""; }, reason);
  ExpectRefused([](LeafOptions& o) { o.key_usage = "critical,keyAgreement"; }, reason);
  ExpectRefused([](LeafOptions& o) { o.basic_constraints = ""; }, reason);
}

TEST_F(ForgedLeaf, ThatIsAnAuthority) {
  ExpectRefused(
      [](LeafOptions& o) {
        o.basic_constraints = "critical,CA:TRUE";
        o.key_usage = "critical,digitalSignature,keyCertSign";
      },
      "refused");
}

TEST_F(ForgedLeaf, WithNoneOrSeveralNames) {
  const std::string ada = "URI:" + world_.Uri("ada", key_);
  const std::string eve = "URI:" + world_.Uri("eve", key_);
  const std::string reason = "exactly one name";
  ExpectNamesRefused("", reason);
  ExpectNamesRefused(absl::StrCat(ada, ",", eve), reason);
  ExpectNamesRefused(absl::StrCat(ada, ",", ada), reason);
  ExpectNamesRefused(absl::StrCat(ada, ",email:ada@example.org"), reason);
  ExpectNamesRefused("email:ada@example.org", "no URI");
}

TEST_F(ForgedLeaf, WithTwoListsOfNames) {
  ExpectRefused(
      Resign(world_.Device("ada", key_), world_.people.key(), EVP_sha256(),
             [this](X509* x509) {
               const openssl::X509ExtensionPtr second(X509V3_EXT_conf_nid(
                   nullptr, nullptr, NID_subject_alt_name, ("URI:" + world_.Uri("eve", key_)).c_str()));
               X509_add_ext(x509, second.get(), -1);
             }),
      "refused");
}

TEST_F(ForgedLeaf, NamingSomethingElse) {
  const World other;
  const std::string id = world_.server_id;
  ExpectNamesRefused("URI:" + other.Uri("ada", key_), "permitted subtree violation");
  ExpectNamesRefused(absl::StrCat("URI:spiffe://", id, "/user/ada"), "not of the form");
  ExpectNamesRefused(absl::StrCat("URI:https://", id, "/user/ada/device/", key_.device_id()),
                     "not of the form");
  ExpectNamesRefused(absl::StrCat("URI:spiffe://", id, "/user/%61da/device/", key_.device_id()),
                     "not of the form");
  ExpectNamesRefused("URI:spiffe:ada", "invalid name syntax");
  ExpectNamesRefused(absl::StrCat("URI:", world_.Uri("ada", key_), ",DNS:", ServiceDnsName(id)),
                     "subtree violation");
}

// OpenSSL takes the text before a ':' for the host, other libraries the text behind an '@'.
TEST_F(ForgedLeaf, NamingTheServerAndAnotherHostAtOnce) {
  ExpectNamesRefused(
      absl::StrCat("URI:spiffe://", world_.server_id, ":x@example.org/user/ada/device/", key_.device_id()),
      "refused");
}

TEST_F(ForgedLeaf, NamingAnotherDevice) {
  const PublicKey other = PrivateKey::Generate().public_key();
  ExpectNamesRefused("URI:" + world_.Uri("ada", other), "not the one of its key");
}

TEST_F(ForgedLeaf, OfTheServicesAuthority) {
  const Certificate leaf = ForgeLeaf(world_.services, key_, world_.now, good_);
  const auto peer = verifier_.Verify({leaf.ToDer(), world_.services.certificate().ToDer()}, world_.now);
  EXPECT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(peer.status().message()), HasSubstr("permitted subtree violation"));
}

TEST_F(ForgedLeaf, OfAnAuthorityBelowThePeoples) {
  LeafOptions authority;
  authority.basic_constraints = "critical,CA:TRUE";
  authority.key_usage = "critical,keyCertSign";
  authority.extended_key_usage = "";
  const PrivateKey key = PrivateKey::Generate();
  const auto below = Authority::FromPem(
      ForgeLeaf(world_.people, key.public_key(), world_.now, authority).ToPem(), key.ToPem());
  ASSERT_TRUE(below.ok()) << below.status();
  const Certificate leaf = ForgeLeaf(*below, key_, world_.now, good_);
  const auto peer = verifier_.Verify(
      {leaf.ToDer(), below->certificate().ToDer(), world_.people.certificate().ToDer()}, world_.now);
  EXPECT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
}

// A device signs a certificate for somebody else with its own key.
TEST_F(ForgedLeaf, SignedByADevice) {
  const PrivateKey device = PrivateKey::Generate();
  const Certificate own = world_.Device("eve", device.public_key());
  const Certificate forged = Resign(world_.Device("ada", key_), device, EVP_sha256(), [&own](X509* x509) {
    X509_set_issuer_name(x509, X509_get_subject_name(own.get()));
  });
  const auto peer =
      verifier_.Verify({forged.ToDer(), own.ToDer(), world_.people.certificate().ToDer()}, world_.now);
  EXPECT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(ForgedLeaf, WithAWeakOrForeignKeyOrDigest) {
  const Certificate device = world_.Device("ada", key_);
  const auto with_key = [&](EVP_PKEY* key) {
    return Resign(device, world_.people.key(), EVP_sha256(),
                  [key](X509* x509) { X509_set_pubkey(x509, key); });
  };
  const openssl::EvpPkeyPtr rsa(EVP_RSA_gen(2048));
  const openssl::EvpPkeyPtr big_rsa(EVP_RSA_gen(3072));
  const openssl::EvpPkeyPtr p384(EVP_EC_gen("P-384"));
  ExpectRefused(with_key(rsa.get()), "key too weak");
  ExpectRefused(with_key(big_rsa.get()), "not a P-256");
  ExpectRefused(with_key(p384.get()), "not a P-256");
  ExpectRefused(Resign(device, world_.people.key(), EVP_sha1(), [](X509*) {}), "too weak");
}

TEST_F(ForgedLeaf, WithACriticalExtensionThatNobodyKnows) {
  ExpectRefused(Resign(world_.Device("ada", key_), world_.people.key(), EVP_sha256(),
                       [](X509* x509) {
                         const openssl::X509ExtensionPtr unknown(
                             X509V3_EXT_conf(nullptr, nullptr, "1.2.3.4.5.6", "critical,ASN1:UTF8String:x"));
                         ASSERT_EQ(X509_add_ext(x509, unknown.get(), -1), 1);
                       }),
                "unhandled critical extension");
}

}  // namespace
}  // namespace parlor
