// Tokens as auth signs them, for tests of what verifies them.
#ifndef PARLOR_TESTS_SERVICES_COMMON_TOKENS_H_
#define PARLOR_TESTS_SERVICES_COMMON_TOKENS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/crypto/jwt.h"
#include "nlohmann/json.hpp"

namespace parlor::testing {

inline constexpr char kIssuer[] = "server";

// One key, `kid` "k1".
class TokenMaker {
 public:
  std::string Access(const std::string& user, const std::string& device, absl::Time expires) const {
    nlohmann::json claims = {{"iss", kIssuer}, {"sub", user}, {"dev", device}};
    SetTimeClaim(claims, "exp", expires);
    return SignJwt(key_, "k1", kAccessTokenType, claims);
  }
  std::string Revocations(int64_t version, const std::vector<std::string>& devices) const {
    return SignJwt(key_, "k1", kRevocationsType, {{"iss", kIssuer}, {"ver", version}, {"dev", devices}});
  }
  std::string Sign(const char* type, const nlohmann::json& claims) const {
    return SignJwt(key_, "k1", type, claims);
  }
  VerificationKeys keys() const { return {{"k1", key_.public_key()}}; }

 private:
  PrivateKey key_ = PrivateKey::Generate();
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_TOKENS_H_
