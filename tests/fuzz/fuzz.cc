#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"

namespace parlor::fuzz {

void Promise(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "Broken: %s\n", promise);
  std::abort();
}

uint8_t Input::Byte() {
  const absl::string_view byte = Take(1);
  return byte.empty() ? uint8_t{0} : static_cast<uint8_t>(byte[0]);
}

uint16_t Input::Number() {
  const unsigned high = Byte();
  return static_cast<uint16_t>(high << 8 | Byte());
}

absl::string_view Input::Take(size_t size) {
  const absl::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(taken.size());
  return taken;
}

std::string Number(uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

std::string Part(absl::string_view bytes) {
  return absl::StrCat(Number(static_cast<uint16_t>(bytes.size())), bytes);
}

std::vector<absl::string_view> Pieces(absl::string_view bytes, uint8_t longest) {
  if (longest == 0) return {bytes};
  std::vector<absl::string_view> pieces;
  std::minstd_rand random(longest);
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes.size(), 1 + random() % longest);
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

}  // namespace parlor::fuzz
