#include "services/auth/password/encoded_hash.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace parlor::auth {
namespace {

constexpr absl::string_view kAlgorithm = "argon2id";
constexpr absl::string_view kVersion = "v=19";  // 1.3 (RFC 9106)

std::string ToBase64(absl::string_view bytes) {
  std::string text = absl::Base64Escape(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

bool FromBase64(absl::string_view text, std::string& bytes) {
  return !text.empty() && absl::Base64Unescape(text, &bytes);
}

bool ReadCost(absl::string_view text, absl::string_view name, uint32_t& cost) {
  return absl::ConsumePrefix(&text, name) && absl::SimpleAtoi(text, &cost);
}

bool ReadCosts(absl::string_view text, Argon2Parameters& parameters) {
  const std::vector<absl::string_view> costs = absl::StrSplit(text, ',');
  return costs.size() == 3 && ReadCost(costs[0], "m=", parameters.memory_kib) &&
         ReadCost(costs[1], "t=", parameters.passes) && ReadCost(costs[2], "p=", parameters.parallelism);
}

}  // namespace

std::string ToString(const EncodedHash& hash) {
  const Argon2Parameters& costs = hash.parameters;
  return absl::StrCat("$", kAlgorithm, "$", kVersion, "$m=", costs.memory_kib, ",t=", costs.passes,
                      ",p=", costs.parallelism, "$", ToBase64(hash.salt), "$", ToBase64(hash.hash));
}

absl::StatusOr<EncodedHash> ParseEncodedHash(absl::string_view text) {
  EncodedHash hash;
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '$');
  const bool read = fields.size() == 6 && fields[0].empty() && fields[1] == kAlgorithm &&
                    fields[2] == kVersion && ReadCosts(fields[3], hash.parameters) &&
                    FromBase64(fields[4], hash.salt) && FromBase64(fields[5], hash.hash);
  if (!read) return absl::InvalidArgumentError("this is no Argon2id hash");
  return hash;
}

}  // namespace parlor::auth
