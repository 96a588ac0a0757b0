#include "base/crypto/jwt.h"

#include <openssl/err.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parlor {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Jwt : public ::testing::Test {
 protected:
  json Claims() const {
    json claims = {{"iss", "server"}, {"sub", "ada"}};
    SetTimeClaim(claims, "exp", now_ + absl::Minutes(10));
    return claims;
  }
  std::string Sign(const json& claims) const { return SignJwt(key_, "k1", kAccessTokenType, claims); }
  absl::StatusOr<json> Verify(const std::string& token) const {
    return VerifyJwt(token, kAccessTokenType, keys_, "server", now_);
  }
  absl::StatusOr<json> VerifyAt(const std::string& token, absl::Time at, absl::Duration leeway) const {
    return VerifyJwt(token, kAccessTokenType, keys_, "server", at, leeway);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  const PrivateKey key_ = PrivateKey::Generate();
  const PrivateKey other_key_ = PrivateKey::Generate();
  const VerificationKeys keys_ = {{"k1", key_.public_key()}, {"k2", other_key_.public_key()}};
};

TEST_F(Jwt, ClaimsComeBack) {
  json claims = Claims();
  claims["devices"] = {"a", "b"};
  claims["nested"] = {{"empty", json::object()}, {"number", -1.5}, {"flag", true}, {"none", nullptr}};
  claims["text"] = std::string("שלום 😀 \"\\\n\0", 18);
  const auto verified = Verify(Sign(claims));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(*verified, claims);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(Jwt, LooksAsRfc7515Says) {
  const std::vector<std::string> parts = absl::StrSplit(Sign(Claims()), '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(json::parse(FromBase64Url(parts[0]).value()),
            json({{"alg", "ES256"}, {"typ", "access+jwt"}, {"kid", "k1"}}));
  EXPECT_EQ(json::parse(FromBase64Url(parts[1]).value()), Claims());
  EXPECT_EQ(FromBase64Url(parts[2])->size(), 64u);
}

// About one in 128 signatures has a number that is shorter than 32 bytes.
TEST_F(Jwt, SignaturesFitWhateverTheirNumbers) {
  for (int i = 0; i < 300; ++i) {
    json claims = Claims();
    claims["jti"] = i;
    ASSERT_TRUE(Verify(Sign(claims)).ok()) << i;
  }
}

TEST_F(Jwt, BytesThatAreNotUtf8AreReplaced) {
  json claims = Claims();
  claims["text"] = "a\xff";
  const auto verified = Verify(Sign(claims));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ((*verified)["text"], "a\xef\xbf\xbd");
}

TEST_F(Jwt, EndsAtItsTimeAndLeewayAddsToIt) {
  const std::string token = Sign(Claims());
  const absl::Time end = now_ + absl::Minutes(10);
  const absl::Duration none = absl::ZeroDuration();
  EXPECT_TRUE(VerifyAt(token, end - absl::Seconds(1), none).ok());
  EXPECT_TRUE(VerifyAt(token, now_ - absl::Hours(24), none).ok());
  EXPECT_TRUE(VerifyAt(token, end + absl::Seconds(29), absl::Seconds(30)).ok());
  EXPECT_TRUE(VerifyAt(token, end + 7 * absl::Hours(24), absl::InfiniteDuration()).ok());
  for (const auto& [at, leeway] : std::vector<std::pair<absl::Time, absl::Duration>>{
           {end, none}, {end + absl::Seconds(30), absl::Seconds(30)}, {absl::InfiniteFuture(), none}}) {
    const auto expired = VerifyAt(token, at, leeway);
    EXPECT_EQ(expired.status().code(), absl::StatusCode::kUnauthenticated) << at;
    EXPECT_THAT(std::string(expired.status().message()), HasSubstr("it ended at 2027-01-15T08:10:00"));
  }
}

TEST_F(Jwt, WithoutAnEndItDoesNotEnd) {
  const std::string token = Sign({{"iss", "server"}});
  EXPECT_TRUE(VerifyAt(token, now_ + 1000 * absl::Hours(24), absl::ZeroDuration()).ok());
}

TEST_F(Jwt, AnEndThatIsNoTimeIsRefused) {
  for (const json& end : std::vector<json>{"1800000600", 1800000600.5, nullptr, json::array({1800000600}),
                                           true, uint64_t{18446744073709551615u}}) {
    json claims = Claims();
    claims["exp"] = end;
    EXPECT_EQ(Verify(Sign(claims)).status().code(), absl::StatusCode::kUnauthenticated) << end;
  }
}

TEST_F(Jwt, EndsFarAwayAreTimesToo) {
  json claims = Claims();
  claims["exp"] = int64_t{9223372036854775807};
  EXPECT_TRUE(Verify(Sign(claims)).ok());
  claims["exp"] = int64_t{-9223372036854775807};
  EXPECT_EQ(Verify(Sign(claims)).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(Jwt, OfAnotherTypeIsRefused) {
  for (const char* type :
       {kTicketType, kIntroductionType, kRevocationsType, kRoomEventType, "JWT", "", "ACCESS+JWT"}) {
    const auto refused = Verify(SignJwt(key_, "k1", type, Claims()));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated) << type;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("not of type access+jwt"));
  }
}

TEST_F(Jwt, OfAnotherIssuerIsRefused) {
  for (const json& issuer : std::vector<json>{"Server", "", nullptr, 7, json::array({"server"})}) {
    json claims = Claims();
    claims["iss"] = issuer;
    EXPECT_EQ(Verify(Sign(claims)).status().code(), absl::StatusCode::kUnauthenticated) << issuer;
  }
  json claims = Claims();
  claims.erase("iss");
  EXPECT_EQ(Verify(Sign(claims)).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(Jwt, OfAnUnknownKeyIsNotFound) {
  const auto unknown = Verify(SignJwt(PrivateKey::Generate(), "k3\x1b[2J", kAccessTokenType, Claims()));
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("\"k3\\x1b[2J\""));
  const auto long_id = Verify(SignJwt(key_, std::string(100'000, 'k'), kAccessTokenType, Claims()));
  EXPECT_EQ(long_id.status().code(), absl::StatusCode::kNotFound);
  EXPECT_LT(long_id.status().message().size(), 200u);
}

TEST_F(Jwt, OfAnotherKeyUnderAKnownIdIsRefused) {
  const auto refused = Verify(SignJwt(other_key_, "k1", kAccessTokenType, Claims()));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("signature"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(Jwt, EachKeyVerifiesItsOwn) {
  EXPECT_TRUE(Verify(SignJwt(other_key_, "k2", kAccessTokenType, Claims())).ok());
}

TEST(Claims, AreReadByType) {
  json claims = {{"name", "ada"}, {"number", 7}};
  SetTimeClaim(claims, "time", absl::FromUnixMillis(1'800'000'000'999));
  EXPECT_EQ(*StringClaim(claims, "name"), "ada");
  EXPECT_EQ(*TimeClaim(claims, "time"), absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(StringClaim(claims, "number").status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(StringClaim(claims, "missing").status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(TimeClaim(claims, "name").status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(TimeClaim(claims, "missing").status().code(), absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace parlor
