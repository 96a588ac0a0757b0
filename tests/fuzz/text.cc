// Text that others chose: names, what is shown on a terminal, addresses and join links.
#include "base/text/text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/text/names.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/text.h"

namespace parlor::fuzz {
namespace {

using ParseName = absl::StatusOr<Name> (*)(absl::string_view);

void CheckName(ParseName parse, absl::string_view text, size_t min_characters, size_t max_characters) {
  const absl::StatusOr<Name> name = parse(text);
  if (!name.ok()) return Promise(name.status().message().size() < 200, "a refusal is said in few words");
  const size_t characters = CountCharacters(name->canonical);
  Promise(characters >= min_characters && characters <= max_characters, "a name has the length of one");
  Promise(IsValidUtf8(name->canonical) && IsValidUtf8(name->skeleton), "a name is UTF-8");
  Promise(SanitizeForTerminal(name->canonical) == name->canonical, "a name can be shown");
  const absl::StatusOr<Name> again = parse(name->canonical);
  Promise(again.ok() && again->canonical == name->canonical && again->skeleton == name->skeleton,
          "a canonical name is its own canonical form");
}

bool MayReachTerminal(char c) {
  return c == '\n' || !absl::ascii_iscntrl(static_cast<unsigned char>(c));
}

std::string Sanitized(absl::string_view text) {
  const std::string sanitized = SanitizeForTerminal(text);
  Promise(IsValidUtf8(sanitized), "sanitized text is UTF-8");
  Promise(std::all_of(sanitized.begin(), sanitized.end(), MayReachTerminal), "no controls reach a terminal");
  Promise(sanitized.size() <= 4 * text.size(), "sanitized text is at most four times as long");
  Promise(SanitizeForTerminal(sanitized) == sanitized, "sanitized text stays as it is");
  return sanitized;
}

void CheckWidth(absl::string_view text, int columns) {
  const int width = DisplayWidth(text);
  Promise(width >= 0 && static_cast<size_t>(width) <= text.size() * 2, "a width is that of the text");
  const absl::string_view start = TruncateToWidth(text, columns);
  Promise(start.data() == text.data() && absl::StartsWith(text, start), "truncated text is the start of it");
  Promise(DisplayWidth(start) <= columns, "truncated text fits");
  Promise(width > columns || start == text, "what fits is not truncated");
}

std::vector<size_t> Forwards(absl::string_view text) {
  std::vector<size_t> boundaries = {0};
  while (boundaries.back() < text.size()) {
    boundaries.push_back(NextGrapheme(text, boundaries.back()));
    Promise(boundaries.back() > boundaries[boundaries.size() - 2], "the next boundary is behind this one");
    Promise(boundaries.back() <= text.size(), "boundaries stay within the text");
  }
  return boundaries;
}

std::vector<size_t> Backwards(absl::string_view text) {
  std::vector<size_t> boundaries = {text.size()};
  while (boundaries.back() > 0) {
    boundaries.push_back(PreviousGrapheme(text, boundaries.back()));
    Promise(boundaries.back() < boundaries[boundaries.size() - 2],
            "the previous boundary is before this one");
  }
  std::reverse(boundaries.begin(), boundaries.end());
  return boundaries;
}

}  // namespace

void CheckNames(absl::string_view text) {
  CheckName(ParseUserName, text, kMinUserNameCharacters, kMaxUserNameCharacters);
  CheckName(ParseRoomName, text, 1, kMaxRoomNameCharacters);
}

void CheckTerminalText(absl::string_view text, int columns) {
  const std::string sanitized = Sanitized(text);
  CheckWidth(sanitized, columns);
  Promise(Forwards(sanitized) == Backwards(sanitized), "clusters are the same from both ends");
  Forwards(text);
  Backwards(text);
}

void Test(Input input) {
  switch (input.Byte() % 4) {
    case 0:
      return CheckNames(input.Rest());
    case 1: {
      const int columns = input.Byte();
      return CheckTerminalText(input.Rest(), columns);
    }
    case 2:
      return CheckAddresses(input.Rest());
    default:
      return CheckJoinLink(input.Rest());
  }
}

std::vector<std::string> Seeds() {
  const std::string name(1, '\0'), shown("\1\12", 2), address("\2"), link("\3");
  std::vector<std::string> seeds = {
      name + "Anna-Maria_7",
      name + "ＡＢＣ",
      name + "I\u0307pek\u0131",
      name + "zoe\u0308\u0301",
      name + "\u30c6\u30b9\u30c8abc",
      name + "\u05d0\u05d1\u05d2",
      name + "p\u0430ypal",
      name + "\u0661\u0662\u0663 ",
      shown + "plain text\n\tand a tab\r\n",
      shown + "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u009b1m \x1bP1;2|payload\x1b\\end",
      shown + "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 \u202egnp\u2066 \ufeff\U000e0041",
      shown +
          "\u4e16\u754c \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f "
          "\u0e01\u0e33",
      shown + "\xc3(\xf0\x9f\x98 \xed\xa0\x80 \xff \u1112\u1161\u11ab \u0600a",
  };
  for (const std::string& text : AddressSeeds()) seeds.push_back(address + text);
  for (const std::string& text : JoinLinkSeeds()) seeds.push_back(link + text);
  return seeds;
}

}  // namespace parlor::fuzz
