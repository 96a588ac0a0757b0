// Text that names words instead of spelling them. Bytes below 0x80 stand for themselves.
//
//   0x80 + i             the word i
//   0xc0 + i, pos, byte  the word i with another byte at pos (2 bytes)
//   0xfe, part           the part (2 bytes of length) in base64url
#ifndef PARLOR_TESTS_FUZZ_TOKEN_TEXT_H_
#define PARLOR_TESTS_FUZZ_TOKEN_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::fuzz {

class TokenText {
 public:
  // None of the words is empty; at most 62 of them.
  explicit TokenText(std::vector<std::string> words) : words_(std::move(words)) {}

  std::string Expand(absl::string_view text) const;

  // For seeds.
  static std::string Word(size_t index);
  static std::string Changed(size_t index, uint16_t at, char byte);
  static std::string Encoded(absl::string_view bytes);

 private:
  const std::vector<std::string> words_;
};

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_TOKEN_TEXT_H_
