// Who may call what, with what: accounts and devices over gRPC.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto/jwt.h"
#include "base/crypto/peer_verifier.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"
#include "services/auth/rules/limits.h"
#include "tests/services/auth/auth_fixture.h"

namespace parlor::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class AuthServiceTest : public AuthTest {
 protected:
  AuthServiceTest() { Start(); }

  // What each method that wants a token answers to this one.
  std::vector<absl::Status> AnswersTo(const std::string& token) {
    return {server().Logout(token),
            server().ChangePassword(token, kPassword, "another good one"),
            server().DeleteAccount(token, kPassword),
            server().IssueCertificate(token, TestDevice().request()).status(),
            server().ListDevices(token).status(),
            server().RevokeDevice(token, "device")};
  }

  std::string Forge(const PrivateKey& key, const std::string& kid, const char* type,
                    const std::string& issuer, const TestDevice& device, absl::Time expires) {
    nlohmann::json claims = {{"iss", issuer}, {"sub", device.login.name()}, {"dev", device.id()}};
    SetTimeClaim(claims, "exp", expires);
    return SignJwt(key, kid, type, claims);
  }
};

TEST_F(AuthServiceTest, OnlyFourMethodsAnswerWithoutAToken) {
  for (const absl::Status& status : AnswersTo("")) EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_TRUE(server().Register("ada").ok());
  TestDevice device;
  EXPECT_TRUE(server().LogIn(device, "ada").ok());
  EXPECT_TRUE(server().Refresh(device.refresh()).ok());
  EXPECT_THAT(server().GetKeys().keys(), SizeIs(1));
}

TEST_F(AuthServiceTest, EveryMethodOfTheServiceIsTestedHere) {
  // Six in AnswersTo, four open ones.
  EXPECT_EQ(v1::LoginRequest::descriptor()->file()->service(0)->method_count(), 10);
}

TEST_F(AuthServiceTest, ALoginGivesTokensAndACertificate) {
  ASSERT_TRUE(server().Register("Ada").ok());
  TestDevice device;
  ASSERT_TRUE(server().LogIn(device, "ADA").ok());
  EXPECT_EQ(device.login.name(), "ada");
  EXPECT_EQ(device.id(), device.key.public_key().device_id());
  EXPECT_EQ(device.login.server_time_ms(), absl::ToUnixMillis(clock_.Now()));
  EXPECT_EQ(device.login.tokens().access_expires_ms(),
            absl::ToUnixMillis(clock_.Now() + kAccessTokenLifetime));

  const auto caller = server().module().tokens().Verify(device.access(), clock_.Now());
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->user, "ada");
  EXPECT_EQ(caller->device, device.id());

  const auto& chain = device.login.certificate().chain_der();
  const absl::StatusOr<VerifiedPeer> peer =
      PeerVerifier(trust_.root.certificate()).Verify({chain.begin(), chain.end()}, clock_.Now());
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->identity, (DeviceIdentity{trust_.server_id, "ada", device.id()}));
  EXPECT_EQ(peer->not_after, clock_.Now() + kCertificateLifetime);
}

TEST_F(AuthServiceTest, MissingFieldsAreNamed) {
  const TestDevice ada = NewPerson("ada");
  v1::LoginResponse login;
  v1::LoginRequest no_request;
  no_request.set_name("ada");
  no_request.set_password(kPassword);
  v1::LoginRequest no_password;
  no_password.set_name("ada");
  no_password.set_certificate_request(ada.request());
  const std::vector<std::pair<const char*, absl::Status>> cases = {
      {"name", server().Register("")},
      {"password", server().Register("bob", "")},
      {"name", server().Call(&v1::Auth::Stub::Login, v1::LoginRequest(), &login)},
      {"password", server().Call(&v1::Auth::Stub::Login, no_password, &login)},
      {"certificate_request", server().Call(&v1::Auth::Stub::Login, no_request, &login)},
      {"refresh_token", server().Refresh("").status()},
      {"old_password", server().ChangePassword(ada.access(), "", "x")},
      {"new_password", server().ChangePassword(ada.access(), "x", "")},
      {"password", server().DeleteAccount(ada.access(), "")},
      {"certificate_request", server().IssueCertificate(ada.access(), "").status()},
      {"device", server().RevokeDevice(ada.access(), "")}};
  for (const auto& [field, status] : cases) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << field << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  }
}

TEST_F(AuthServiceTest, AbsurdInputIsAnErrorAndHarmsNobody) {
  const TestDevice ada = NewPerson("ada");
  const std::string endless(10'000, 'x');
  for (const std::string& name :
       {endless, std::string("two words"), std::string("a"), std::string("ab\n"),
        std::string("ada\xe2\x80\xae"), std::string("@ada"), std::string(900'000, 'x')}) {
    const absl::Status status = server().Register(name);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_LT(status.message().size(), 500u);
    TestDevice device;
    EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, name)));
  }
  TestDevice device;
  EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, "ada", endless)));
  EXPECT_TRUE(absl::IsInvalidArgument(server().Register("bob", endless)));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(endless).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(server().IssueCertificate(ada.access(), endless).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(server().IssueCertificate(ada.access(), "garbage").status()));
  EXPECT_TRUE(absl::IsNotFound(server().RevokeDevice(ada.access(), endless)));
  EXPECT_TRUE(absl::IsPermissionDenied(server().ChangePassword(ada.access(), endless, "another good one")));

  v1::LoginRequest long_label;
  long_label.set_name("ada");
  long_label.set_password(kPassword);
  long_label.set_certificate_request(device.request());
  long_label.set_device_label(endless);
  v1::LoginResponse response;
  EXPECT_TRUE(absl::IsInvalidArgument(server().Call(&v1::Auth::Stub::Login, long_label, &response)));
  EXPECT_TRUE(server().ListDevices(ada.access()).ok());
}

TEST_F(AuthServiceTest, TokensThatAreNotOursAreRefused) {
  const TestDevice ada = NewPerson("ada");
  const absl::Time soon = clock_.Now() + absl::Minutes(5);
  const std::string kid = server().GetKeys().keys(0).kid();
  const PrivateKey stranger = PrivateKey::Generate();
  absl::StatusOr<std::unique_ptr<service::SigningKeys>> ours =
      service::SigningKeys::Open(Options().keys_directory, {}, clock_.Now());
  ASSERT_TRUE(ours.ok());
  const PrivateKey& signer = (*ours)->ring()->Signer(clock_.Now()).key;
  ASSERT_TRUE(server().ListDevices(Forge(signer, kid, kAccessTokenType, trust_.server_id, ada, soon)).ok())
      << "the cases below differ from this one in one thing each";

  std::string flipped = ada.access();
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"forged", Forge(stranger, kid, kAccessTokenType, trust_.server_id, ada, soon)},
      {"unknown key", Forge(stranger, "other", kAccessTokenType, trust_.server_id, ada, soon)},
      {"another server's", Forge(signer, kid, kAccessTokenType, "someone else", ada, soon)},
      {"a ticket", Forge(signer, kid, kTicketType, trust_.server_id, ada, soon)},
      {"a revocation list", server().GetKeys().revocations()},
      {"ended", Forge(signer, kid, kAccessTokenType, trust_.server_id, ada, clock_.Now() - absl::Minutes(1))},
      {"changed", flipped},
      {"a refresh token", ada.refresh()},
      {"garbage", "garbage"},
      {"long", std::string(9'000, 'a')}};
  for (const auto& [what, token] : cases) {
    for (const absl::Status& status : AnswersTo(token)) {
      EXPECT_TRUE(absl::IsUnauthenticated(status)) << what << ": " << status;
    }
  }
  EXPECT_TRUE(server().ListDevices(ada.access()).ok()) << "and nothing happened to ada";
}

TEST_F(AuthServiceTest, AccessTokensEnd) {
  const TestDevice ada = NewPerson("ada");
  clock_.Advance(kAccessTokenLifetime - absl::Seconds(1));
  EXPECT_TRUE(server().ListDevices(ada.access()).ok());
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(ada.access()).status()));
}

TEST_F(AuthServiceTest, ALogoutEndsTheCallersDeviceAndNoOther) {
  const TestDevice phone = NewPerson("ada"), laptop = NewDevice("ada"), bob = NewPerson("bob");
  ASSERT_TRUE(server().Logout(phone.access()).ok());
  for (const absl::Status& status : AnswersTo(phone.access())) EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(phone.refresh()).status()));
  EXPECT_TRUE(server().module().revocations().IsRevoked(phone.id()));
  for (const TestDevice* other : {&laptop, &bob}) {
    EXPECT_FALSE(server().module().revocations().IsRevoked(other->id()));
    EXPECT_TRUE(server().ListDevices(other->access()).ok());
    EXPECT_TRUE(server().Refresh(other->refresh()).ok());
  }
}

TEST_F(AuthServiceTest, NobodyRevokesTheDeviceOfAnother) {
  const TestDevice ada = NewPerson("ada"), eve = NewPerson("eve");
  EXPECT_TRUE(absl::IsNotFound(server().RevokeDevice(eve.access(), ada.id())));
  EXPECT_FALSE(server().module().revocations().IsRevoked(ada.id()));
  EXPECT_TRUE(server().Refresh(ada.refresh()).ok());
}

TEST_F(AuthServiceTest, DevicesAreListedAndRevoked) {
  const TestDevice phone = NewPerson("ada"), laptop = NewDevice("ada");
  const v1::ListDevicesResponse devices = *server().ListDevices(laptop.access());
  ASSERT_THAT(devices.devices(), SizeIs(2));
  for (const v1::Device& device : devices.devices()) {
    EXPECT_EQ(device.current(), device.device() == laptop.id());
    EXPECT_EQ(device.label(), "test");
    EXPECT_EQ(device.enrolled_ms(), absl::ToUnixMillis(clock_.Now()));
  }
  ASSERT_TRUE(server().RevokeDevice(laptop.access(), phone.id()).ok());
  EXPECT_THAT(server().ListDevices(laptop.access())->devices(), SizeIs(1));
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(phone.access()).status()));
}

TEST_F(AuthServiceTest, AtTheTwentyFirstDeviceTheOldestEnds) {
  const TestDevice first = NewPerson("ada");
  TestDevice last;
  for (size_t i = 0; i < kMaxDevicesPerAccount; ++i) {
    clock_.Advance(absl::Seconds(1));
    last = NewDevice("ada");
  }
  EXPECT_THAT(server().ListDevices(last.access())->devices(), SizeIs(kMaxDevicesPerAccount));
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(first.access()).status()));
}

TEST_F(AuthServiceTest, AChangedPasswordEndsTheOtherDevices) {
  const TestDevice phone = NewPerson("ada"), laptop = NewDevice("ada");
  EXPECT_TRUE(
      absl::IsPermissionDenied(server().ChangePassword(phone.access(), "not the old", "a new good one")));
  EXPECT_TRUE(absl::IsInvalidArgument(server().ChangePassword(phone.access(), kPassword, "password1")));
  EXPECT_TRUE(server().ListDevices(laptop.access()).ok());

  ASSERT_TRUE(server().ChangePassword(phone.access(), kPassword, "a new good one").ok());
  EXPECT_TRUE(server().ListDevices(phone.access()).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(laptop.access()).status()));
  TestDevice again;
  EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(again, "ada", kPassword)));
  EXPECT_TRUE(server().LogIn(again, "ada", "a new good one").ok());
}

TEST_F(AuthServiceTest, ADeletedAccountIsGoneAndItsNameStaysTaken) {
  const TestDevice ada = NewPerson("ada"), other = NewDevice("ada");
  EXPECT_TRUE(absl::IsPermissionDenied(server().DeleteAccount(ada.access(), "wrong password")));
  ASSERT_TRUE(server().DeleteAccount(ada.access(), kPassword).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(server().ListDevices(other.access()).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(server().Refresh(other.refresh()).status()));
  TestDevice again;
  EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(again, "ada")));
  EXPECT_TRUE(absl::IsAlreadyExists(server().Register("ada")));
  Restart();
  EXPECT_TRUE(absl::IsAlreadyExists(server().Register("ADA")));
}

TEST_F(AuthServiceTest, CertificatesAreForTheDevicesOwnKey) {
  const TestDevice ada = NewPerson("ada"), bob = NewPerson("bob");
  clock_.Advance(absl::Minutes(9));
  const auto renewed = server().IssueCertificate(ada.access(), ada.request());
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->certificate().not_after_ms(), absl::ToUnixMillis(clock_.Now() + kCertificateLifetime));
  EXPECT_TRUE(absl::IsPermissionDenied(server().IssueCertificate(ada.access(), bob.request()).status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(server().IssueCertificate(ada.access(), TestDevice().request()).status()));
}

TEST_F(AuthServiceTest, ADeviceKeyBelongsToOnePerson) {
  TestDevice ada = NewPerson("ada");
  ASSERT_TRUE(server().Register("eve").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(server().LogIn(ada, "eve")));
  EXPECT_TRUE(server().LogIn(ada, "ada").ok()) << "its owner may log in with it again";
}

}  // namespace
}  // namespace parlor::auth
