// What the two authorities could do if their keys fell into wrong hands: nothing in the other's realm. These
// tests judge as any TLS client with OpenSSL does, without PeerVerifier's own checks.
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "gtest/gtest.h"
#include "tests/base/crypto/test_certificates.h"

namespace parlor {
namespace {

constexpr char kAnyHost[] = "";

class NameConstraints : public ::testing::Test {
 protected:
  int Judge(const Authority& authority, const std::string& alt_names, const std::string& host,
            const std::string& common_name = "leaf") {
    LeafOptions options;
    options.alt_names = alt_names;
    options.common_name = common_name;
    return VerifyAsTlsServer(world_, ForgeLeaf(authority, key_, world_.now, options),
                             {authority.certificate()}, host);
  }

  const World world_;
  const PublicKey key_ = PrivateKey::Generate().public_key();
  const std::string server_ = ServiceDnsName(world_.server_id);
};

TEST_F(NameConstraints, AreCritical) {
  for (const Authority* authority : {&world_.services, &world_.people}) {
    X509* const x509 = authority->certificate().get();
    const int at = X509_get_ext_by_NID(x509, NID_name_constraints, -1);
    ASSERT_GE(at, 0);
    EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(x509, at)), 1);
  }
}

TEST_F(NameConstraints, AServiceIsTheServerAndNoOtherHost) {
  const Certificate service = world_.services.IssueService(world_.server_id, key_, world_.now, kDay);
  const Certificate& issuer = world_.services.certificate();
  EXPECT_EQ(VerifyAsTlsServer(world_, service, {issuer}, server_), X509_V_OK);
  EXPECT_EQ(VerifyAsTlsServer(world_, service, {issuer}, "example.org"), X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_F(NameConstraints, ADeviceIsNoServer) {
  const Certificate device = world_.Device("ada", key_);
  EXPECT_EQ(VerifyAsTlsServer(world_, device, {world_.people.certificate()}, server_),
            X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_F(NameConstraints, ServicesNameNothingOutsideTheServer) {
  EXPECT_EQ(Judge(world_.services, "DNS:" + server_, server_), X509_V_OK);
  EXPECT_EQ(Judge(world_.services, "DNS:example.org", "example.org"), X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, "DNS:x" + server_, "x" + server_), X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, absl::StrCat("DNS:", server_, ",DNS:example.org"), server_),
            X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, absl::StrCat("DNS:", server_, ",IP:127.0.0.1"), server_),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, absl::StrCat("DNS:", server_, ",IP:::1"), server_),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, "", "www.example.org", "www.example.org"), X509_V_ERR_PERMITTED_VIOLATION);
}

TEST_F(NameConstraints, ServicesNameNoDevice) {
  EXPECT_EQ(Judge(world_.services, absl::StrCat("DNS:", server_, ",URI:", world_.Uri("ada", key_)), server_),
            X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(Judge(world_.services, absl::StrCat("DNS:", server_, ",URI:urn:x"), server_),
            X509_V_ERR_UNSUPPORTED_NAME_SYNTAX);
}

TEST_F(NameConstraints, PeopleNameNoHost) {
  const std::string uri = "URI:" + world_.Uri("ada", key_);
  EXPECT_EQ(Judge(world_.people, "DNS:" + server_, server_), X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, absl::StrCat(uri, ",DNS:", server_), server_),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, absl::StrCat(uri, ",DNS:localhost"), "localhost"),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, absl::StrCat(uri, ",DNS:*.parlor"), kAnyHost),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, absl::StrCat(uri, ",IP:127.0.0.1"), kAnyHost),
            X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, absl::StrCat(uri, ",IP:::1"), kAnyHost), X509_V_ERR_EXCLUDED_VIOLATION);
}

// OpenSSL falls back on the common name where there is no DNS name; it must fall under the constraint too.
TEST_F(NameConstraints, PeopleNameNoHostInTheCommonName) {
  EXPECT_EQ(Judge(world_.people, "", server_, server_), X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(Judge(world_.people, "URI:" + world_.Uri("ada", key_), server_, server_),
            X509_V_ERR_EXCLUDED_VIOLATION);
}

TEST_F(NameConstraints, NeitherMayMakeFurtherAuthorities) {
  for (const Authority* authority : {&world_.services, &world_.people}) {
    LeafOptions options;
    options.basic_constraints = "critical,CA:TRUE";
    options.key_usage = "critical,keyCertSign";
    options.extended_key_usage = "";
    const PrivateKey key = PrivateKey::Generate();
    const auto below =
        Authority::FromPem(ForgeLeaf(*authority, key.public_key(), world_.now, options).ToPem(), key.ToPem());
    ASSERT_TRUE(below.ok()) << below.status();
    const Certificate leaf = below->IssueService(world_.server_id, key_, world_.now, kDay);
    EXPECT_EQ(VerifyAsTlsServer(world_, leaf, {below->certificate(), authority->certificate()}, server_),
              X509_V_ERR_PATH_LENGTH_EXCEEDED);
  }
}

}  // namespace
}  // namespace parlor
