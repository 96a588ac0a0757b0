#include "tests/fuzz/token_text.h"

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

constexpr uint8_t kWord = 0x80;
constexpr uint8_t kChanged = 0xc0;
constexpr uint8_t kEncoded = 0xfe;

}  // namespace

std::string TokenText::Expand(absl::string_view text) const {
  Input input(text);
  std::string out;
  while (!input.empty()) {
    const uint8_t byte = input.Byte();
    if (byte < kWord) {
      out += static_cast<char>(byte);
    } else if (byte < kChanged) {
      out += words_[(byte - kWord) % words_.size()];
    } else if (byte < kEncoded) {
      std::string word = words_[(byte - kChanged) % words_.size()];
      const size_t at = input.Number() % word.size();
      word[at] = static_cast<char>(input.Byte());
      out += word;
    } else {
      out += Base64Url(input.Part());
    }
  }
  return out;
}

std::string TokenText::Word(size_t index) {
  return {static_cast<char>(kWord + index)};
}

std::string TokenText::Changed(size_t index, uint16_t at, char byte) {
  return absl::StrCat(std::string(1, static_cast<char>(kChanged + index)), Number(at), std::string(1, byte));
}

std::string TokenText::Encoded(absl::string_view bytes) {
  return absl::StrCat(std::string(1, static_cast<char>(kEncoded)), Part(bytes));
}

}  // namespace parlor::fuzz
