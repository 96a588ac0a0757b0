#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/core/core.h"

namespace parlor::client {
namespace {

constexpr int kRounds = 5'200;
constexpr char kVersion[] = {0, 0};

std::string HalfOf(const std::string& user, const std::string& spki) {
  const auto hash = [](const std::string& input) {
    std::array<unsigned char, SHA512_DIGEST_LENGTH> digest;
    SHA512(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
    return std::string(digest.begin(), digest.end());
  };
  std::string digest = absl::StrCat(absl::string_view(kVersion, sizeof(kVersion)), spki, user);
  for (int round = 0; round < kRounds; ++round) digest = hash(absl::StrCat(digest, spki));
  std::string digits;
  for (size_t group = 0; group < 6; ++group) {
    uint64_t value = 0;
    for (size_t i = 0; i < 5; ++i) value = value << 8 | static_cast<unsigned char>(digest[group * 5 + i]);
    absl::StrAppend(&digits, absl::StrFormat("%05d", value % 100'000));
  }
  return digits;
}

}  // namespace

std::string SafetyNumber(const std::string& user_a, const std::string& spki_a, const std::string& user_b,
                         const std::string& spki_b) {
  std::string first = HalfOf(user_a, spki_a);
  std::string second = HalfOf(user_b, spki_b);
  if (second < first) std::swap(first, second);
  const std::string digits = first + second;
  std::string grouped;
  for (size_t i = 0; i < digits.size(); i += 5)
    absl::StrAppend(&grouped, i == 0 ? "" : " ", digits.substr(i, 5));
  return grouped;
}

}  // namespace parlor::client
