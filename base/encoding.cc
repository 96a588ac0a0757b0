#include "base/encoding.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace parlor {

std::string Hex(absl::string_view bytes) {
  return absl::BytesToHexString(bytes);
}

std::string Base64Url(absl::string_view bytes) {
  std::string out;
  absl::WebSafeBase64Escape(bytes, &out);
  while (!out.empty() && out.back() == '=') out.pop_back();
  return out;
}

absl::StatusOr<std::string> FromBase64Url(absl::string_view text) {
  std::string out;
  if (!absl::WebSafeBase64Unescape(text, &out)) {
    return absl::InvalidArgumentError("not base64url");
  }
  return out;
}

std::string Base32(absl::string_view bytes) {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  uint32_t window = 0;
  int bits = 0;
  for (const char c : bytes) {
    window = (window << 8) | static_cast<uint8_t>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[(window >> (bits - 5)) & 31];
  }
  if (bits > 0) out += kAlphabet[(window << (5 - bits)) & 31];
  return out;
}

}  // namespace parlor
