#include "base/crypto/peer_verifier.h"

#include <openssl/err.h>

#include <string>
#include <vector>

#include "base/crypto/openssl_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/crypto/test_certificates.h"

namespace parlor {
namespace {

using ::testing::HasSubstr;

class PeerVerifierTest : public ::testing::Test {
 protected:
  void ExpectRefused(const std::vector<std::string>& chain, absl::Time at, const std::string& reason) {
    const auto peer = verifier_.Verify(chain, at);
    EXPECT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(peer.status().message()), HasSubstr(reason));
    EXPECT_EQ(ERR_peek_error(), 0u);
  }

  const World world_;
  const PublicKey key_ = PrivateKey::Generate().public_key();
  const PeerVerifier verifier_{world_.root.certificate()};
};

TEST_F(PeerVerifierTest, TellsWhoAPeerIs) {
  EXPECT_EQ(verifier_.server_id(), world_.server_id);
  const auto peer = verifier_.Verify(world_.Chain(world_.Device("ada", key_)), world_.now);
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->identity, world_.Identity("ada", key_));
  EXPECT_EQ(peer->key.spki(), key_.spki());
  EXPECT_EQ(peer->not_after, world_.now + kDay);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(PeerVerifierTest, NamesComeBackInEveryScript) {
  for (const char* user : {"zoë", "李小龍", "משה", "Ωμέγα", "नमस्ते", "a.b_c-d", "a%2Fb"}) {
    const auto peer = verifier_.Verify(world_.Chain(world_.Device(user, key_)), world_.now);
    ASSERT_TRUE(peer.ok()) << user << ": " << peer.status();
    EXPECT_EQ(peer->identity.user, user);
  }
}

TEST_F(PeerVerifierTest, TheRootMayComeAlong) {
  std::vector<std::string> chain = world_.Chain(world_.Device("ada", key_));
  chain.push_back(world_.root.certificate().ToDer());
  EXPECT_TRUE(verifier_.Verify(chain, world_.now).ok());
}

TEST_F(PeerVerifierTest, WhatComesAlongAndIsNotOnThePathSaysNothing) {
  std::vector<std::string> chain = world_.Chain(world_.Device("ada", key_));
  const auto without = verifier_.Verify(chain, world_.now);
  for (const absl::Duration apart : {-kDay / 2, kDay / 2}) {
    chain.push_back(World(world_.now + apart).Device("bob", key_).ToDer());
  }
  const auto with = verifier_.Verify(chain, world_.now);
  ASSERT_TRUE(without.ok() && with.ok()) << without.status() << with.status();
  EXPECT_EQ(with->not_before, without->not_before);
  EXPECT_EQ(with->not_after, without->not_after);
}

TEST_F(PeerVerifierTest, JudgesAsOfTheTimeItIsHanded) {
  const std::vector<std::string> chain = world_.Chain(world_.Device("ada", key_));
  const absl::Time begin = world_.now - absl::Hours(1);
  const absl::Time end = world_.now + kDay;
  EXPECT_TRUE(verifier_.Verify(chain, begin).ok());
  EXPECT_TRUE(verifier_.Verify(chain, end - absl::Seconds(1)).ok());
  ExpectRefused(chain, begin - absl::Seconds(1), "not yet valid");
  ExpectRefused(chain, end, "expired");
  ExpectRefused(chain, world_.now + 7 * kDay, "expired");
  ExpectRefused(chain, absl::InfiniteFuture(), "refused");
  ExpectRefused(chain, absl::InfinitePast(), "refused");
  ExpectRefused(chain, absl::UnixEpoch(), "not yet valid");
}

// The system's clock plays no part: a world that is long over, or long to come, is judged in its own time.
TEST(PeerVerifierClock, IsTheCallersAlone) {
  for (const absl::Time now : {absl::FromUnixSeconds(1'000'000'000), absl::FromUnixSeconds(3'000'000'000)}) {
    const World world(now);
    const PublicKey key = PrivateKey::Generate().public_key();
    const PeerVerifier verifier(world.root.certificate());
    EXPECT_TRUE(verifier.Verify(world.Chain(world.Device("ada", key)), now).ok()) << now;
  }
}

TEST_F(PeerVerifierTest, RefusesAnExpiredAuthority) {
  const absl::Time late = world_.now + 11 * 365 * kDay;
  const auto device = world_.people.IssueDevice(world_.Identity("ada", key_), key_, late, kDay);
  ExpectRefused(world_.Chain(*device), late, "expired");
}

TEST_F(PeerVerifierTest, RefusesAnotherRoot) {
  const World other;
  ExpectRefused(other.Chain(other.Device("ada", key_)), world_.now, "local issuer");
  std::vector<std::string> with_root = other.Chain(other.Device("ada", key_));
  with_root.push_back(other.root.certificate().ToDer());
  ExpectRefused(with_root, world_.now, "chain too long");
  ExpectRefused({other.Device("ada", key_).ToDer(), world_.people.certificate().ToDer()}, world_.now,
                "refused");
}

TEST_F(PeerVerifierTest, RefusesChainsOfTheWrongSize) {
  const std::string leaf = world_.Device("ada", key_).ToDer();
  const std::string people = world_.people.certificate().ToDer();
  ExpectRefused({}, world_.now, "none was sent");
  ExpectRefused({leaf}, world_.now, "local issuer");
  EXPECT_TRUE(verifier_.Verify({leaf, people, people, people}, world_.now).ok());
  ExpectRefused({leaf, people, people, people, people}, world_.now, "longer than 4");
  ExpectRefused({leaf, std::string(16 * 1024 + 1, 'x')}, world_.now, "above 16384 bytes");
}

TEST_F(PeerVerifierTest, RefusesGarbage) {
  const std::string leaf = world_.Device("ada", key_).ToDer();
  const std::string people = world_.people.certificate().ToDer();
  for (const std::string& bad : {std::string(), std::string("garbage"), std::string(1000, '\x30'),
                                 leaf.substr(0, leaf.size() / 2), leaf + '\0', std::string(1000, '\0')}) {
    ExpectRefused({bad, people}, world_.now, "not a certificate");
    ExpectRefused({leaf, bad}, world_.now, "not a certificate");
  }
}

TEST_F(PeerVerifierTest, RefusesAServicesCertificate) {
  const Certificate service = world_.services.IssueService(world_.server_id, key_, world_.now, kDay);
  ExpectRefused({service.ToDer(), world_.services.certificate().ToDer()}, world_.now, "not a device's");
}

TEST_F(PeerVerifierTest, RefusesAnAuthorityAsAPeer) {
  const std::string root = world_.root.certificate().ToDer();
  const std::string people = world_.people.certificate().ToDer();
  ExpectRefused({root}, world_.now, "unsuitable certificate purpose");
  ExpectRefused({people, root}, world_.now, "unsuitable certificate purpose");
}

TEST_F(PeerVerifierTest, ARootThatIsNotP256LetsNobodyIn) {
  const openssl::EvpPkeyPtr rsa(EVP_RSA_gen(3072));
  const Certificate root = Resign(world_.root.certificate(), world_.root.key(), EVP_sha256(),
                                  [&rsa](X509* x509) { X509_set_pubkey(x509, rsa.get()); });
  const auto peer = PeerVerifier(root).Verify(world_.Chain(world_.Device("ada", key_)), world_.now);
  EXPECT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace parlor
