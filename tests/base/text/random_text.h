// Hostile text from a seed, for tests of what must hold for any text.
#ifndef PARLOR_TESTS_BASE_TEXT_RANDOM_TEXT_H_
#define PARLOR_TESTS_BASE_TEXT_RANDOM_TEXT_H_

#include <cstddef>
#include <iterator>
#include <random>
#include <string>

namespace parlor {

inline std::string RandomByteText(std::mt19937& random, size_t max_size) {
  std::string text(random() % (max_size + 1), '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// Pieces that matter to escape sequences, clusters, widths and directions, in any order.
inline std::string RandomPieces(std::mt19937& random, size_t max_pieces) {
  static constexpr const char* kPieces[] = {"a",
                                            "Z",
                                            " ",
                                            "7",
                                            ";",
                                            "[",
                                            "]",
                                            "P",
                                            "\\",
                                            "\n",
                                            "\r",
                                            "\t",
                                            "\x07",
                                            "\x18",
                                            "\x1b",
                                            "\x1b[",
                                            "\x1b]",
                                            "\x1b\\",
                                            "\x7f",
                                            "\x80",
                                            "\xc2\x9b",
                                            "\xc2\x9c",
                                            "\xc2\x9d",
                                            "\xc2",
                                            "\xe2\x82",
                                            "\xff",
                                            "\xed\xa0\x80",
                                            "ü",
                                            "u\u0308",
                                            "\u0301",
                                            "\u0301\u0301\u0301",
                                            "\u200d",
                                            "\u200c",
                                            "\u200b",
                                            "\u202e",
                                            "\u2066",
                                            "\u2028",
                                            "\ufeff",
                                            "\ufe0f",
                                            "中",
                                            "한",
                                            "\u1112",
                                            "\u1161",
                                            "\u11ab",
                                            "ส",
                                            "ำ",
                                            "क",
                                            "ि",
                                            "👍",
                                            "🏽",
                                            "👩\u200d💻",
                                            "🇩",
                                            "❤",
                                            "א",
                                            "\U000e0041",
                                            "\ufffe",
                                            "\U0010ffff",
                                            "\u00ad",
                                            "ﷺ"};
  std::string text;
  for (size_t n = random() % (max_pieces + 1); n > 0; --n) text += kPieces[random() % std::size(kPieces)];
  return text;
}

}  // namespace parlor

#endif  // PARLOR_TESTS_BASE_TEXT_RANDOM_TEXT_H_
