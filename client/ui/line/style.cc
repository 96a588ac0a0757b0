#include "client/ui/line/style.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// Of xterm's 256: neither near black nor near white, and well apart from each other.
constexpr std::array<int, 12> kPersonColours = {26, 28, 31, 61, 90, 97, 125, 130, 133, 160, 166, 172};

constexpr absl::string_view kNotInLinks = "\"'<>`{}|\\^";

std::string Sgr(const Style& style, absl::string_view code, absl::string_view text, absl::string_view end) {
  if (!style.colour) return std::string(text);
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[", end, "m");
}

bool IsLinkCharacter(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) && !absl::StrContains(kNotInLinks, c);
}

// The link that begins `text`, without the punctuation of the sentence around it; empty if none does.
absl::string_view LinkAt(absl::string_view text) {
  if (!absl::StartsWith(text, "https://") && !absl::StartsWith(text, "http://")) return {};
  size_t end = 0;
  while (end < text.size() && IsLinkCharacter(text[end])) ++end;
  while (end > 0 && absl::StrContains(".,;:!?)]*_", text[end - 1])) --end;
  return end > absl::string_view("https://").size() ? text.substr(0, end) : absl::string_view();
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
}

// The text between the mark at `start` and its partner in the same row; empty if it is no markup.
absl::string_view Marked(absl::string_view text, size_t start) {
  const char mark = text[start];
  if (start > 0 && (IsWordCharacter(text[start - 1]) || text[start - 1] == mark)) return {};
  for (size_t end = start + 1; end < text.size() && text[end] != '\n'; ++end) {
    if (text[end] != mark) continue;
    const absl::string_view inside = text.substr(start + 1, end - start - 1);
    const bool spaces = inside.empty() || inside.front() == ' ' || inside.back() == ' ';
    const bool goes_on = end + 1 < text.size() && IsWordCharacter(text[end + 1]);
    if (mark == '`') return inside;
    if (!spaces && !goes_on) return inside;
  }
  return {};
}

std::string StyledMark(const Style& style, char mark, absl::string_view inside) {
  switch (mark) {
    case '*':
      return Sgr(style, "1", Markup(style, inside), "22");
    case '_':
      return Sgr(style, "3", Markup(style, inside), "23");
    default:
      return Sgr(style, "7", inside, "27");
  }
}

}  // namespace

Style StyleFor(absl::string_view term, absl::string_view no_color) {
  const bool dumb = term.empty() || term == "dumb";
  return {.colour = !dumb && no_color.empty(), .links = !dumb && term != "linux"};
}

std::string Dim(const Style& style, absl::string_view text) {
  return Sgr(style, "2", text, "22");
}
std::string Bold(const Style& style, absl::string_view text) {
  return Sgr(style, "1", text, "22");
}
std::string Warning(const Style& style, absl::string_view text) {
  return Sgr(style, "1;31", text, "22;39");
}

std::string InColourOf(const Style& style, absl::string_view name, absl::string_view text) {
  uint32_t hash = 2'166'136'261;  // FNV-1a: the same in every run
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
  return Sgr(style, absl::StrCat("38;5;", kPersonColours[hash % kPersonColours.size()]), text, "39");
}

std::string Markup(const Style& style, absl::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (const absl::string_view link = LinkAt(text.substr(at)); !link.empty() && style.links) {
      absl::StrAppend(&out, "\x1b]8;;", link, "\x1b\\", link, "\x1b]8;;\x1b\\");
      at += link.size();
      continue;
    } else if (!link.empty()) {
      absl::StrAppend(&out, link);  // its underscores are no markup
      at += link.size();
      continue;
    }
    const char c = text[at];
    const bool is_mark = style.colour && (c == '*' || c == '_' || c == '`');
    const absl::string_view inside = is_mark ? Marked(text, at) : absl::string_view();
    if (inside.empty()) {
      out += c;
      ++at;
    } else {
      absl::StrAppend(&out, StyledMark(style, c, inside));
      at += inside.size() + 2;
    }
  }
  return out;
}

}  // namespace parlor::client
