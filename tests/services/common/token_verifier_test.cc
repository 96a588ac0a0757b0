#include "services/common/token_verifier.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/services/common/tokens.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

using ::parlor::testing::kIssuer;
using ::parlor::testing::TokenMaker;

class TokenVerifierTest : public ::testing::Test {
 protected:
  TokenVerifier Make(TokenVerifierOptions options = {}) {
    options.issuer = kIssuer;
    return TokenVerifier(&keys_, &revocations_, options);
  }

  const TokenMaker auth_{};
  KeySet keys_{auth_.keys()};
  Revocations revocations_{kIssuer, &keys_};
};

TEST_F(TokenVerifierTest, TellsWhoCalls) {
  const TokenVerifier verifier = Make();
  const std::string token = auth_.Access("ada", "d1", kTestStart + absl::Minutes(10));
  const Caller expected{"ada", "d1", kTestStart + absl::Minutes(10)};
  for (int i = 0; i < 2; ++i) {  // verified, then from the cache
    const auto caller = verifier.Verify(token, kTestStart);
    ASSERT_TRUE(caller.ok()) << caller.status();
    EXPECT_EQ(*caller, expected);
  }
  EXPECT_EQ(verifier.cached(), 1U);
}

TEST_F(TokenVerifierTest, RefusesEverythingElseAndSaysWhatToDo) {
  const TokenVerifier verifier = Make();
  const TokenMaker stranger{};
  const absl::Time later = kTestStart + absl::Minutes(10);
  std::string forged = auth_.Access("ada", "d1", later);
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  const std::string cases[] = {
      "",
      "garbage",
      std::string(1 << 20, 'a'),
      forged,
      stranger.Access("ada", "d1", later),
      auth_.Access("ada", "d1", kTestStart - absl::Minutes(1)),
      auth_.Access("", "d1", later),
      auth_.Access("ada", "", later),
      auth_.Sign(kTicketType, {{"iss", kIssuer}, {"sub", "ada"}, {"dev", "d1"}, {"exp", 1'900'000'000}}),
      auth_.Sign(kAccessTokenType, {{"iss", "other"}, {"sub", "ada"}, {"dev", "d1"}, {"exp", 1'900'000'000}}),
      auth_.Sign(kAccessTokenType, {{"iss", kIssuer}, {"dev", "d1"}, {"exp", 1'900'000'000}}),
      auth_.Sign(kAccessTokenType, {{"iss", kIssuer}, {"sub", "ada"}, {"dev", "d1"}}),
  };
  for (const std::string& token : cases) {
    const auto caller = verifier.Verify(token, kTestStart);
    EXPECT_TRUE(absl::IsUnauthenticated(caller.status())) << token.substr(0, 80);
    EXPECT_NE(caller.status().message().find("log in"), absl::string_view::npos) << caller.status();
  }
  EXPECT_EQ(verifier.cached(), 0U);
}

TEST_F(TokenVerifierTest, TheCacheOutlivesNeitherTheTokenNorTheDevice) {
  const TokenVerifier verifier = Make({.leeway = absl::ZeroDuration()});
  const std::string token = auth_.Access("ada", "d1", kTestStart + absl::Minutes(10));
  ASSERT_TRUE(verifier.Verify(token, kTestStart).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(verifier.Verify(token, kTestStart + absl::Minutes(10)).status()));
  ASSERT_TRUE(revocations_.Update(auth_.Revocations(1, {"d1"}), kTestStart).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(verifier.Verify(token, kTestStart).status()));
}

TEST_F(TokenVerifierTest, WithoutAnyKeysNobodyIsToldToLogInAgain) {
  KeySet none;
  int asked = 0;
  const TokenVerifier verifier(&none, &revocations_, {.issuer = kIssuer, .on_unknown_key = [&] { ++asked; }});
  const std::string token = auth_.Access("ada", "d1", kTestStart + absl::Minutes(10));
  EXPECT_EQ(verifier.Verify(token, kTestStart).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(asked, 1);
  none.Set(auth_.keys());
  EXPECT_TRUE(verifier.Verify(token, kTestStart).ok());
}

TEST_F(TokenVerifierTest, TheCacheIsBounded) {
  const TokenVerifier verifier = Make({.cache_entries = 32});
  for (int i = 0; i < 200; ++i) {
    const std::string user = "u" + std::to_string(i);
    ASSERT_TRUE(verifier.Verify(auth_.Access(user, "d", kTestStart + absl::Minutes(10)), kTestStart).ok());
  }
  EXPECT_LE(verifier.cached(), 32U);
}

TEST_F(TokenVerifierTest, AnUnknownKeyAsksForKeys) {
  int asked = 0;
  const TokenVerifier verifier = Make({.on_unknown_key = [&] { ++asked; }});
  const std::string token = auth_.Access("ada", "d1", kTestStart + absl::Minutes(10));
  keys_.Set({{"another", auth_.keys().begin()->second}});
  EXPECT_TRUE(absl::IsUnauthenticated(verifier.Verify(token, kTestStart).status()));
  EXPECT_EQ(asked, 1);
  keys_.Set(auth_.keys());
  EXPECT_TRUE(verifier.Verify(token, kTestStart).ok());
  EXPECT_EQ(asked, 1);
}

TEST_F(TokenVerifierTest, ManyThreadsNeverGetSomebodyElse) {
  const TokenVerifier verifier = Make({.cache_entries = 16});
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(auth_.Access("u" + std::to_string(i), "d", kTestStart + absl::Minutes(10)));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < 400; ++i) {
        const size_t n = (i * 7) % tokens.size();
        const auto caller = verifier.Verify(tokens[n], kTestStart);
        ASSERT_TRUE(caller.ok()) << caller.status();
        ASSERT_EQ(caller->user, "u" + std::to_string(n));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace parlor::service
