// Every token here is signed by the right key (or in the way it says): only what stands in it is wrong.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/crypto/jwt.h"
#include "base/encoding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/base/crypto/test_jwt.h"

namespace parlor {
namespace {

constexpr char kGoodHeader[] = R"({"alg":"ES256","typ":"access+jwt","kid":"k1"})";
constexpr char kGoodClaims[] = R"({"iss":"server","sub":"ada"})";

class ForgedJwt : public ::testing::Test {
 protected:
  absl::Status Judge(const std::string& token) const {
    return VerifyJwt(token, kAccessTokenType, keys_, "server", absl::FromUnixSeconds(1'800'000'000)).status();
  }
  void ExpectRefused(const std::string& token) const {
    EXPECT_EQ(Judge(token).code(), absl::StatusCode::kUnauthenticated) << token.substr(0, 300);
  }

  const PrivateKey key_ = PrivateKey::Generate();
  const VerificationKeys keys_ = {{"k1", key_.public_key()}};
  const std::string good_ = SignRaw(key_, kGoodHeader, kGoodClaims);
};

TEST_F(ForgedJwt, IsAcceptedAsLongAsItIsGood) {
  EXPECT_TRUE(Judge(good_).ok()) << Judge(good_);
}

TEST_F(ForgedJwt, WithAnotherHeader) {
  const char* const headers[] = {
      R"({"alg":"none","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"NONE","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"HS256","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"es256","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"ES384","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"RS256","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"ES256\u0000","typ":"access+jwt","kid":"k1"})",
      R"({"alg":"","typ":"access+jwt","kid":"k1"})",
      R"({"alg":7,"typ":"access+jwt","kid":"k1"})",
      R"({"alg":null,"typ":"access+jwt","kid":"k1"})",
      R"({"alg":["ES256"],"typ":"access+jwt","kid":"k1"})",
      R"({"typ":"access+jwt","kid":"k1"})",
      R"({"alg":"ES256","kid":"k1"})",
      R"({"alg":"ES256","typ":7,"kid":"k1"})",
      R"({"alg":"ES256","typ":"ticket+jwt","kid":"k1"})",
      R"({"alg":"ES256","typ":"application/access+jwt","kid":"k1"})",
      R"({"alg":"ES256","typ":"access+jwt"})",
      R"({"alg":"ES256","typ":"access+jwt","kid":1})",
      R"({"alg":"ES256","typ":"access+jwt","kid":"k1","crit":["x"]})",
      R"({"alg":"ES256","typ":"access+jwt","kid":"k1","crit":[]})",
      R"([{"alg":"ES256","typ":"access+jwt","kid":"k1"}])",
      R"({"alg":"ES256","typ":"access+jwt","kid":"k1"} x)",
      R"({"alg":"ES256","typ":"access+jwt","kid":"k1")",
      R"("ES256")",
      "null",
      "7",
      "{}",
      "{\"alg\":\"ES256\",\"typ\":\"access+jwt\",\"kid\":\"\xff\"}",
  };
  for (const char* header : headers) ExpectRefused(SignRaw(key_, header, kGoodClaims));
}

TEST_F(ForgedJwt, WithoutASignature) {
  for (const char* algorithm : {"none", "None", "NONE", "nOnE", "ES256", ""}) {
    const std::string header = absl::StrCat(R"({"alg":")", algorithm, R"(","typ":"access+jwt","kid":"k1"})");
    const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(kGoodClaims));
    ExpectRefused(text);
    ExpectRefused(text + ".");
    ExpectRefused(text + "..");
    ExpectRefused(text + ".AA");
  }
}

TEST_F(ForgedJwt, WithThePublicKeyAsASecret) {
  for (const std::string& secret : {key_.public_key().ToPem(), key_.public_key().spki(), std::string("k1")}) {
    ExpectRefused(SignHmac(secret, R"({"alg":"HS256","typ":"access+jwt","kid":"k1"})", kGoodClaims));
    ExpectRefused(SignHmac(secret, kGoodHeader, kGoodClaims));
  }
}

TEST_F(ForgedJwt, WithASignatureThatIsNone) {
  const std::string text = good_.substr(0, good_.rfind('.') + 1);
  const std::string der = key_.Sign(text.substr(0, text.size() - 1));
  for (const std::string& signature : {std::string(64, '\0'), std::string(64, '\xff'), std::string(63, 'x'),
                                       std::string(65, 'x'), std::string(1 << 16, 'x'), std::string("x"), der,
                                       std::string(32, '\0') + std::string(31, '\0') + '\1'}) {
    ExpectRefused(text + Base64Url(signature));
  }
}

TEST_F(ForgedJwt, WithClaimsThatAreNone) {
  for (const char* claims : {"", "null", "[]", "7", "\"iss\"", "{\"iss\":\"server\"", "{\"iss\":\"server\",}",
                             "nan", "{\"iss\":\"server\",\"x\":\"\xff\"}", "{\"iss\":\"server\"}{}"}) {
    ExpectRefused(SignRaw(key_, kGoodHeader, claims));
  }
}

TEST_F(ForgedJwt, NestedWithoutEnd) {
  const std::string open(700'000, '[');
  ExpectRefused(SignRaw(key_, open, kGoodClaims));
  ExpectRefused(SignRaw(key_, kGoodHeader, open));
  const auto nested = [](int depth) {
    return absl::StrCat(R"({"iss":"server","x":)", std::string(static_cast<size_t>(depth), '['),
                        std::string(static_cast<size_t>(depth), ']'), "}");
  };
  EXPECT_TRUE(Judge(SignRaw(key_, kGoodHeader, nested(10))).ok());
  ExpectRefused(SignRaw(key_, kGoodHeader, nested(20)));
  ExpectRefused(SignRaw(key_, kGoodHeader, nested(300'000)));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"\":";
  ExpectRefused(SignRaw(key_, objects, kGoodClaims));
}

TEST_F(ForgedJwt, UpToAMebibyteAndNoLonger) {
  const auto padded = [this](size_t size) {
    return SignRaw(key_, kGoodHeader,
                   absl::StrCat(R"({"iss":"server","x":")", std::string(size, 'x'), R"("})"));
  };
  const std::string longest = padded(786'000);
  ASSERT_LE(longest.size(), 1u << 20);
  EXPECT_TRUE(Judge(longest).ok());
  ExpectRefused(padded(800'000));
  ExpectRefused(std::string(100 << 20, '.'));
}

TEST_F(ForgedJwt, SpeltInAnotherWay) {
  const std::vector<std::string> parts = absl::StrSplit(good_, '.');
  const std::string& signature = parts[2];
  ASSERT_EQ(signature.size(), 86u);
  // The last character carries two bits that must be zero.
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string spare_bit = good_;
  spare_bit.back() = kAlphabet[absl::string_view(kAlphabet).find(good_.back()) | 1];
  ASSERT_NE(spare_bit, good_);
  ExpectRefused(spare_bit);
  for (const char* ending : {"=", "==", ".", " ", "\n", "\r\n", ".x", "\x80"}) ExpectRefused(good_ + ending);
  ExpectRefused(good_ + std::string(1, '\0'));
  ExpectRefused(" " + good_);
  ExpectRefused("\xff" + good_);
  ExpectRefused("." + good_);
  ExpectRefused(absl::StrCat(parts[0], "=.", parts[1], ".", signature));
  ExpectRefused(absl::StrCat(parts[0], "..", parts[1], ".", signature));
  ExpectRefused(absl::StrCat(parts[0], ".\n", parts[1], ".", signature));
}

TEST_F(ForgedJwt, ThatIsGarbage) {
  for (const char* token : {"", ".", "..", "...", "a", "a.b", "a.b.c", "\x80.\x80.\x80", "\xff\xff\xff\xff",
                            "AAAA.AAAA.AAAA", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA"}) {
    ExpectRefused(token);
  }
}

}  // namespace
}  // namespace parlor
