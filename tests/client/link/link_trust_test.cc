// Who gets a link, and what is said to those who do not.
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/link_contract.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using TrustTest = LinkContractTest;

PARLOR_FOR_EACH_KIND(TrustTest);

TEST_P(TrustTest, BothSidesKnowWhoIsThere) {
  const LinkIdentity alice_identity = pki_.Device("alice");
  const LinkIdentity bob_identity = pki_.Device("bob");
  Person alice(*this, alice_identity, pki_.Judge());
  Person bob(*this, bob_identity, pki_.Judge());
  const Pair pair = Connect(alice, bob, "bob");

  const LinkInfo& of_bob = pair.dialler->link->info();
  EXPECT_EQ(of_bob.peer.identity.user, "bob");
  EXPECT_EQ(of_bob.peer.identity.device, bob_identity.key.public_key().device_id());
  EXPECT_EQ(of_bob.chain_der, bob_identity.chain_der);
  EXPECT_EQ(of_bob.remote, bob.at());
  EXPECT_TRUE(of_bob.dialled);

  const LinkInfo& of_alice = pair.acceptor->link->info();
  EXPECT_EQ(of_alice.peer.identity.user, "alice");
  EXPECT_EQ(of_alice.peer.identity.device, alice_identity.key.public_key().device_id());
  EXPECT_EQ(of_alice.chain_der, alice_identity.chain_der);
  EXPECT_EQ(of_alice.remote.ip, "127.0.0.1") << "IPv4 is written as IPv4 on a dual-stack socket";
  EXPECT_FALSE(of_alice.dialled);
}

struct BadIdentity {
  const char* name;
  std::function<LinkIdentity(const TestPki& here, const TestPki& elsewhere)> make;
};

class BadIdentityTest : public LinkTest,
                        public ::testing::WithParamInterface<std::tuple<Transport, BadIdentity>> {
 protected:
  BadIdentityTest() : LinkTest(std::get<0>(GetParam())) {}

  LinkIdentity MakeBad() const { return std::get<1>(GetParam()).make(pki_, elsewhere_); }

  TestPki elsewhere_{absl::Now()};
};

TEST_P(BadIdentityTest, IsRefusedWhenItAccepts) {
  Person alice(*this, "alice");
  Person bob(*this, MakeBad(), pki_.Judge());
  const auto link = Dial(*alice.network, "bob", {bob.at()});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kUnauthenticated) << link.status();
  EXPECT_THAT(std::string(link.status().message()), StartsWith(ToString(bob.at())));
  EXPECT_THAT(bob.accepted, IsEmpty());
}

TEST_P(BadIdentityTest, IsRefusedWhenItDials) {
  Person alice(*this, "alice");
  Person bob(*this, MakeBad(), pki_.Judge());
  const auto link = Dial(*bob.network, "alice", {alice.at()});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kUnauthenticated)
      << "TLS 1.3 tells the dialer late, but it must be an error of the dial: " << link.status();
  EXPECT_THAT(std::string(link.status().message()), HasSubstr("refused this device's certificate"));
  EXPECT_THAT(alice.accepted, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, BadIdentityTest,
                         ::testing::Combine(::testing::Values(Transport::kTcp, Transport::kUdp),
                                            ::testing::Values(BadIdentity{"WrongAuthority",
                                                                          [](const auto&,
                                                                             const auto& elsewhere) {
                                                                            return elsewhere.Device("bob");
                                                                          }},
                                                              BadIdentity{"Expired",
                                                                          [](const auto& here, const auto&) {
                                                                            return here.Device(
                                                                                "bob",
                                                                                here.now() - absl::Hours(25));
                                                                          }},
                                                              BadIdentity{"NotYetValid",
                                                                          [](const auto& here, const auto&) {
                                                                            return here.Device(
                                                                                "bob",
                                                                                here.now() + absl::Hours(25));
                                                                          }},
                                                              BadIdentity{"Service",
                                                                          [](const auto& here, const auto&) {
                                                                            return here.Service();
                                                                          }},
                                                              BadIdentity{"WithoutIssuer",
                                                                          [](const auto& here, const auto&) {
                                                                            LinkIdentity identity =
                                                                                here.Device("bob");
                                                                            identity.chain_der.resize(1);
                                                                            return identity;
                                                                          }})),
                         [](const auto& tested) {
                           return std::string(std::get<1>(tested.param).name) + "Over" +
                                  Word(std::get<0>(tested.param));
                         });

TEST_P(TrustTest, SomebodyElsesNameIsADialError) {
  Person alice(*this, "alice");
  Person mallory(*this, "mallory");
  const auto link = Dial(*alice.network, "bob", {mallory.at()});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(link.status().message(),
            ToString(mallory.at()) + ": the certificate shown there is of mallory, not of bob");
  EXPECT_THAT(mallory.accepted, IsEmpty());
}

// What whoever has once been shown a chain can show in turn: the chain is good, and its key is another's.
LinkIdentity Replayed(const LinkIdentity& shown) {
  LinkIdentity identity{PrivateKey::Generate(), shown.chain_der};
  // OpenSSL compares the public halves before it lets anybody show a certificate.
  unsigned char* point = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(shown.key.get(), &point);
  EXPECT_EQ(EVP_PKEY_set1_encoded_public_key(identity.key.get(), point, size), 1);
  OPENSSL_free(point);
  return identity;
}

TEST_P(TrustTest, AReplayedCertificateIsNoneWithoutItsKey) {
  const LinkIdentity bobs = pki_.Device("bob");
  Person alice(*this, "alice");
  Person mallory(*this, Replayed(bobs), pki_.Judge());

  if (kind_ == Transport::kUdp) {  // GnuTLS looks closer than OpenSSL at what it is to show
    EXPECT_EQ(Dial(*mallory.network, "alice", {alice.at()}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(alice.accepted, IsEmpty());
    return;
  }
  const auto to_mallory = Dial(*alice.network, "bob", {mallory.at()});
  EXPECT_EQ(to_mallory.status().code(), absl::StatusCode::kUnauthenticated) << to_mallory.status();
  EXPECT_THAT(std::string(to_mallory.status().message()), HasSubstr("does not have its key"));
  const auto from_mallory = Dial(*mallory.network, "alice", {alice.at()});
  EXPECT_FALSE(from_mallory.ok());
  EXPECT_THAT(alice.accepted, IsEmpty());
  EXPECT_THAT(mallory.accepted, IsEmpty());

  // With the key, the same chain is welcome on both sides.
  Person bob(*this, bobs, pki_.Judge());
  EXPECT_TRUE(Dial(*alice.network, "bob", {bob.at()}).ok());
  EXPECT_TRUE(Dial(*bob.network, "alice", {alice.at()}).ok());
}

TEST_P(TrustTest, TheJudgeMayRefuseWhatTheAuthoritySigned) {
  const LinkIdentity revoked = pki_.Device("bob");
  const PeerJudge judge = [inner = pki_.Judge(), device = revoked.key.public_key().device_id()](
                              const std::vector<std::string>& chain) -> absl::StatusOr<VerifiedPeer> {
    absl::StatusOr<VerifiedPeer> peer = inner(chain);
    if (peer.ok() && peer->identity.device == device) {
      return absl::UnauthenticatedError("this device was revoked");
    }
    return peer;
  };
  Person alice(*this, pki_.Device("alice"), judge);
  Person bob(*this, revoked, pki_.Judge());

  const auto dialled = Dial(*alice.network, "bob", {bob.at()});
  EXPECT_EQ(dialled.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(dialled.status().message()), HasSubstr("this device was revoked"));
  EXPECT_FALSE(Dial(*bob.network, "alice", {alice.at()}).ok());
  EXPECT_THAT(alice.accepted, IsEmpty());

  // Another device of the same person is welcome.
  bob.network->SetIdentity(pki_.Device("bob"));
  EXPECT_TRUE(Dial(*alice.network, "bob", {bob.at()}).ok());
}

TEST_P(TrustTest, WithoutAnIdentityNothingIsDialled) {
  const std::unique_ptr<Network> network = MakeNetwork(pki_.Judge());
  Person bob(*this, "bob");
  const auto link = Dial(*network, "bob", {bob.at()});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(TrustTest, ACertificateOfAnotherKeyIsNoIdentity) {
  LinkIdentity identity = pki_.Device("alice");
  identity.key = PrivateKey::Generate();
  const std::unique_ptr<Network> network = MakeNetwork(pki_.Judge());
  network->SetIdentity(identity);
  Person bob(*this, "bob");
  const auto link = Dial(*network, "bob", {bob.at()});
  EXPECT_EQ(link.status().code(), absl::StatusCode::kInvalidArgument) << link.status();
}

TEST_P(TrustTest, ANewIdentityCountsForNewHandshakesAndOldLinksStay) {
  Person alice(*this, "alice");
  Person bob(*this, "bob");
  const Pair old_pair = Connect(alice, bob, "bob");
  const LinkIdentity renewed = pki_.Device("alice");
  alice.network->SetIdentity(renewed);
  const Pair new_pair = Connect(alice, bob, "bob");
  EXPECT_EQ(new_pair.acceptor->link->info().chain_der, renewed.chain_der);

  old_pair.acceptor->Start();
  old_pair.dialler->Start();
  ASSERT_TRUE(old_pair.dialler->link->Send("still here").ok());
  EXPECT_TRUE(Until([&] { return old_pair.acceptor->frames.size() == 1; }));
}

}  // namespace
}  // namespace parlor::client
