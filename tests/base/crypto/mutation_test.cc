// Good input, changed at random: it never crashes anything, and never says anything that was not signed.
#include <openssl/err.h>

#include <random>
#include <string>
#include <vector>

#include "base/crypto/certificate.h"
#include "base/crypto/jwt.h"
#include "base/crypto/peer_verifier.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/base/crypto/test_certificates.h"
#include "tests/rounds.h"

namespace parlor {
namespace {

const int kRounds = Rounds(4000);

// Changes, drops, doubles or inserts up to three bytes or stretches of `bytes`. Same seed, same changes.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string operator()(std::string bytes) {
    for (size_t changes = 1 + Below(3); changes > 0; --changes) Change(bytes);
    return bytes;
  }

 private:
  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  char Byte() { return static_cast<char>(Below(256)); }

  void Change(std::string& bytes) {
    if (bytes.empty()) return bytes.push_back(Byte());
    const size_t at = Below(bytes.size());
    switch (Below(6)) {
      case 0:
        bytes[at] = Byte();
        return;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
        return;
      case 2:
        bytes.erase(at, 1 + Below(8));
        return;
      case 3:
        bytes.insert(at, 1 + Below(8), Byte());
        return;
      case 4:
        bytes.insert(at, bytes.substr(Below(bytes.size()), 1 + Below(32)));
        return;
      default:
        bytes.resize(at);
        return;
    }
  }

  std::mt19937 random_;
};

// The signature of a certificate does not cover how it is itself spelt (the unused bits of its BIT STRING),
// so a changed certificate may be good; but then it says the same.
TEST(Mutation, OfACertificateNeverSaysAnythingElse) {
  const World world;
  const PublicKey key = PrivateKey::Generate().public_key();
  const PeerVerifier verifier(world.root.certificate());
  const std::vector<std::string> good = world.Chain(world.Device("zoë", key));
  ASSERT_TRUE(verifier.Verify(good, world.now).ok());
  Mutator mutate(1);
  int refused = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::string> chain = good;
    std::string& changed = chain[static_cast<size_t>(i) % chain.size()];
    changed = mutate(changed);
    const auto peer = verifier.Verify(chain, world.now);
    ASSERT_EQ(ERR_peek_error(), 0u);
    if (!peer.ok()) {
      ASSERT_EQ(peer.status().code(), absl::StatusCode::kUnauthenticated);
      ++refused;
      continue;
    }
    ASSERT_EQ(peer->identity, world.Identity("zoë", key));
    ASSERT_EQ(peer->key.spki(), key.spki());
    ASSERT_EQ(peer->not_after, world.now + kDay);
  }
  EXPECT_GT(refused, kRounds * 9 / 10);
}

TEST(Mutation, OfATokenNeverVerifies) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const PrivateKey key = PrivateKey::Generate();
  const VerificationKeys keys = {{"k1", key.public_key()}};
  const std::string good =
      SignJwt(key, "k1", kTicketType, {{"iss", "server"}, {"sub", "ada"}, {"room", "r"}});
  ASSERT_TRUE(VerifyJwt(good, kTicketType, keys, "server", now).ok());
  Mutator mutate(2);
  for (int i = 0; i < kRounds; ++i) {
    const std::string changed = mutate(good);
    if (changed == good) continue;
    const auto claims = VerifyJwt(changed, kTicketType, keys, "server", now);
    ASSERT_FALSE(claims.ok()) << changed;
    ASSERT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(Mutation, OfACertificateRequestNeverProvesAnotherKey) {
  const PrivateKey key = PrivateKey::Generate();
  const std::string good = MakeCertificateRequest(key);
  Mutator mutate(3);
  for (int i = 0; i < kRounds; ++i) {
    const auto proved = VerifyCertificateRequest(mutate(good));
    if (proved.ok()) {
      ASSERT_EQ(proved->spki(), key.public_key().spki());
    }
    ASSERT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(Mutation, OfPemNeverCrashes) {
  const World world;
  const std::string key = world.people.key().ToPem();
  const std::string certificate = world.people.certificate().ToPem();
  Mutator mutate(4);
  for (int i = 0; i < kRounds / 4; ++i) {
    const auto authority = Authority::FromPem(mutate(certificate), mutate(key));
    if (authority.ok()) {
      ASSERT_EQ(authority->key().public_key().spki(), world.people.key().public_key().spki());
    }
    ASSERT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace parlor
