// Sessions over time: refresh, crashes, restarts, key rotation, several replicas.
#include <memory>
#include <string>

#include "base/crypto/jwt.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "services/auth/rules/limits.h"
#include "services/common/signing_keys.h"
#include "tests/services/auth/auth_fixture.h"
#include "tests/services/common/postgres_server.h"

namespace parlor::auth {
namespace {

class AuthSessionsTest : public AuthTest {
 protected:
  // The keys as somebody learns them who asks now.
  VerificationKeys FetchedKeys() {
    VerificationKeys keys;
    const v1::GetKeysResponse response = server().GetKeys();
    for (const v1::VerificationKey& key : response.keys()) {
      keys.emplace(key.kid(), *PublicKey::FromSpki(key.spki_der()));
    }
    return keys;
  }

  nlohmann::json RevocationClaims() {
    const auto claims = VerifyJwt(server().GetKeys().revocations(), kRevocationsType, FetchedKeys(),
                                  trust_.server_id, clock_.Now());
    EXPECT_TRUE(claims.ok()) << claims.status();
    return claims.ok() ? *claims : nlohmann::json();
  }
};

TEST_F(AuthSessionsTest, TokensRotate) {
  Start();
  const TestDevice ada = NewPerson("ada");
  std::string token = ada.refresh();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Minutes(9));
    const absl::StatusOr<v1::Tokens> tokens = server().Refresh(token);
    ASSERT_TRUE(tokens.ok()) << tokens.status();
    EXPECT_NE(tokens->refresh_token(), token);
    EXPECT_TRUE(server().ListDevices(tokens->access_token()).ok());
    token = tokens->refresh_token();
  }
}

// The answer is lost: because the client died before it was stored, or the server after it had committed.
TEST_F(AuthSessionsTest, AnExchangeWhoseAnswerWasLostIsRepeated) {
  Start();
  const TestDevice ada = NewPerson("ada");
  const absl::StatusOr<v1::Tokens> lost = server().Refresh(ada.refresh());
  ASSERT_TRUE(lost.ok());
  Restart();
  for (int i = 0; i < 3; ++i) {
    const absl::StatusOr<v1::Tokens> again = server().Refresh(ada.refresh());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->refresh_token(), lost->refresh_token()) << "the same successor";
  }
  const absl::StatusOr<v1::Tokens> next = server().Refresh(lost->refresh_token());
  ASSERT_TRUE(next.ok());
  EXPECT_NE(next->refresh_token(), lost->refresh_token());
}

TEST_F(AuthSessionsTest, AnOldTokenThatComesBackEndsTheDevice) {
  Start();
  const TestDevice ada = NewPerson("ada"), laptop = NewDevice("ada");
  const std::string second = server().Refresh(ada.refresh())->refresh_token();
  const absl::StatusOr<v1::Tokens> third = server().Refresh(second);
  ASSERT_TRUE(third.ok());
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(ada.refresh()).status()));
  EXPECT_TRUE(server().module().revocations().IsRevoked(ada.id()));
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(third->access_token()).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(third->refresh_token()).status()));
  EXPECT_TRUE(server().Refresh(laptop.refresh()).ok());
  EXPECT_EQ(server().Metric("parlor_auth_refresh_reuse_total"), 1);
}

// Device ids are public: knowing one must not be enough to end it.
TEST_F(AuthSessionsTest, AMadeUpTokenEndsNobody) {
  Start();
  const TestDevice ada = NewPerson("ada");
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(std::string(86, 'A')).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(ada.id()).status()));
  EXPECT_TRUE(server().Refresh(ada.refresh()).ok());
}

TEST_F(AuthSessionsTest, RefreshTokensLiveWhileTheyAreUsed) {
  Start();
  const TestDevice used = NewPerson("ada"), idle = NewDevice("ada");
  std::string token = used.refresh();
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Hours(24 * 30));
    const absl::StatusOr<v1::Tokens> tokens = server().Refresh(token);
    ASSERT_TRUE(tokens.ok()) << tokens.status();
    token = tokens->refresh_token();
  }
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(idle.refresh()).status()));
}

TEST_F(AuthSessionsTest, ARestartKeepsEverythingThatWasGivenOut) {
  Start();
  const TestDevice ada = NewPerson("ada"), gone = NewDevice("ada");
  ASSERT_TRUE(server().Logout(gone.access()).ok());
  Restart();
  EXPECT_TRUE(server().ListDevices(ada.access()).ok());
  EXPECT_TRUE(server().IssueCertificate(ada.access(), ada.request()).ok());
  EXPECT_TRUE(server().Refresh(ada.refresh()).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(gone.access()).status()));
  NewDevice("ada");
}

TEST_F(AuthSessionsTest, KeysRotateWithoutAnOutage) {
  Start();
  const TestDevice ada = NewPerson("ada");
  const nlohmann::json list_before = RevocationClaims();
  clock_.Advance(absl::Seconds(1));  // keys are ordered by the second in which they were made
  ASSERT_EQ(Admin({"rotate-keys"}), 0);
  ASSERT_TRUE(Eventually([&] { return server().GetKeys().keys_size() == 2; })) << "published before it signs";
  const VerificationKeys fetched = FetchedKeys();

  clock_.Advance(service::KeyRingOptions().publish_delay + absl::Seconds(1));
  const TestDevice later = NewDevice("ada");
  EXPECT_TRUE(VerifyJwt(later.access(), kAccessTokenType, fetched, trust_.server_id, clock_.Now()).ok())
      << "whoever fetched keys before knows the new one";
  EXPECT_TRUE(server().ListDevices(ada.access()).ok()) << "tokens of the old key are good until they end";
  ASSERT_TRUE(Eventually([&] { return RevocationClaims()["ver"] > list_before["ver"]; }))
      << "the list is signed anew, as a new version";

  clock_.Advance(service::KeyRingOptions().token_lifetime);
  ASSERT_TRUE(Eventually([&] { return server().GetKeys().keys_size() == 1; })) << "the old one is retired";
  EXPECT_FALSE(RevocationClaims().empty()) << "and the list verifies under the new one alone";
}

TEST_F(AuthSessionsTest, TheRevocationListIsSignedAndGrows) {
  Start();
  const TestDevice ada = NewPerson("ada"), bob = NewPerson("bob");
  const nlohmann::json before = RevocationClaims();
  EXPECT_EQ(before["dev"], nlohmann::json::array());
  ASSERT_TRUE(server().Logout(ada.access()).ok());
  const nlohmann::json after = RevocationClaims();
  EXPECT_GT(after["ver"], before["ver"]);
  EXPECT_EQ(after["dev"], nlohmann::json::array({ada.id()}));
  EXPECT_EQ(after["iat"], absl::ToUnixSeconds(clock_.Now()));

  clock_.Advance(kRevocationRetention + absl::Minutes(1));
  const TestDevice again = NewDevice("bob");
  ASSERT_TRUE(server().Logout(again.access()).ok());
  EXPECT_EQ(RevocationClaims()["dev"], nlohmann::json::array({again.id()})) << "old entries leave the list";
}

TEST_F(AuthSessionsTest, ASuspensionBesideTheRunningServerEndsDevices) {
  Start();
  const TestDevice ada = NewPerson("ada"), bob = NewPerson("bob");
  ASSERT_EQ(Admin({"suspend", "ada"}), 0);
  EXPECT_TRUE(
      Eventually([&] { return absl::IsUnauthenticated(server().ListDevices(ada.access()).status()); }));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(ada.refresh()).status()));
  EXPECT_TRUE(server().ListDevices(bob.access()).ok());
}

TEST_F(AuthSessionsTest, ReplicasOnPostgresActAsOne) {
  PARLOR_WITH_POSTGRES(postgres);
  AuthOptions options = Options();
  options.database = postgres.CreateDatabase();
  Start(options);
  AuthServer other(options, &clock_);

  TestDevice ada = NewPerson("ada");
  EXPECT_TRUE(absl::IsAlreadyExists(other.Register("ada")));
  EXPECT_TRUE(other.ListDevices(ada.access()).ok()) << "one set of signing keys";
  const absl::StatusOr<v1::Tokens> tokens = other.Refresh(ada.refresh());
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(server().Refresh(ada.refresh())->refresh_token(), tokens->refresh_token());

  ASSERT_TRUE(server().Logout(ada.access()).ok());
  EXPECT_TRUE(Eventually([&] { return absl::IsUnauthenticated(other.ListDevices(ada.access()).status()); }));
  EXPECT_TRUE(absl::IsUnauthenticated(other.Refresh(tokens->refresh_token()).status()));
}

TEST_F(AuthSessionsTest, APostgresThatDiesIsAnErrorAndComesBack) {
  PARLOR_WITH_POSTGRES(shared);
  (void)shared;
  auto postgres = parlor::testing::PostgresServer::Start();
  ASSERT_TRUE(postgres.ok()) << postgres.status();
  AuthOptions options = Options();
  options.database = (*postgres)->CreateDatabase();
  Start(options);
  const TestDevice ada = NewPerson("ada");
  ASSERT_TRUE((*postgres)->Kill().ok());
  EXPECT_TRUE(absl::IsUnavailable(server().ListDevices(ada.access()).status()));
  EXPECT_FALSE(server().module().CheckReady().ok());
  EXPECT_EQ(server().GetKeys().keys_size(), 1) << "verifiers go on";
  ASSERT_TRUE((*postgres)->Restart().ok());
  EXPECT_TRUE(Eventually([&] { return server().module().CheckReady().ok(); }));
  EXPECT_TRUE(Eventually([&] { return server().ListDevices(ada.access()).ok(); }));
  EXPECT_TRUE(server().Refresh(ada.refresh()).ok());
}

}  // namespace
}  // namespace parlor::auth
