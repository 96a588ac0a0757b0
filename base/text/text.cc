#include "base/text/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace parlor {
namespace {

constexpr UChar32 kInvalid = -1;
constexpr UChar32 kReplacement = 0xfffd;
constexpr UChar32 kZeroWidthNonJoiner = 0x200c;
constexpr UChar32 kZeroWidthJoiner = 0x200d;
constexpr UChar32 kEscape = 0x1b;
constexpr int kMaxMarks = 8;

// The code point at `offset`, which moves past it; kInvalid, and past one byte, where there is none.
UChar32 Decode(absl::string_view text, size_t& offset) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t next = offset;
  UChar32 c = 0;
  U8_NEXT(bytes, next, text.size(), c);
  offset = c < 0 ? offset + 1 : next;
  return c < 0 ? kInvalid : c;
}

bool IsPlain(char c) {
  return c == '\n' || absl::ascii_isprint(static_cast<unsigned char>(c));
}

bool IsControl(UChar32 c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool MustNotReachTerminal(UChar32 c) {
  return IsControl(c) ||
         (c >= 0x2028 && c <= 0x202e) ||    // line and paragraph separator, embeddings, overrides
         (c >= 0x2066 && c <= 0x2069) ||    // isolates
         c == 0xfeff ||                     // byte order mark
         (c >= 0xe0000 && c <= 0xe007f) ||  // tags
         U_IS_UNICODE_NONCHAR(c);
}

// What can be stacked on one base without end.
bool IsMark(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0 || c == kZeroWidthNonJoiner || c == kZeroWidthJoiner;
}

size_t SkipWhile(absl::string_view text, size_t offset, char first, char last) {
  while (offset < text.size() && text[offset] >= first && text[offset] <= last) ++offset;
  return offset;
}

size_t SkipIf(absl::string_view text, size_t offset, char first, char last) {
  return offset < text.size() && text[offset] >= first && text[offset] <= last ? offset + 1 : offset;
}

// Past the payload and the terminator of a control string (ECMA-48 §5.6, xterm's BEL). A terminal takes any
// other control for its end as well. Each byte is looked at once, whatever comes.
size_t SkipControlString(absl::string_view text, size_t offset) {
  while (offset < text.size()) {
    const size_t at = offset;
    const UChar32 c = Decode(text, offset);
    if (c == 0x07 || c == 0x9c) return offset;                                                // BEL, ST
    if (c == kEscape) return offset < text.size() && text[offset] == '\\' ? offset + 1 : at;  // ESC \ is ST
    if (c != kInvalid && IsControl(c)) return at;
  }
  return offset;
}

// Past what belongs to the control function `introducer` (as in "ESC ["), which stands before `offset`.
size_t SkipFunction(absl::string_view text, size_t offset, char introducer) {
  switch (introducer) {
    case '[':  // control sequence: parameters, intermediates, final (ECMA-48 §5.4)
      offset = SkipWhile(text, offset, 0x30, 0x3f);
      return SkipIf(text, SkipWhile(text, offset, 0x20, 0x2f), 0x40, 0x7e);
    case 'P':
    case 'X':
    case ']':
    case '^':
    case '_':
      return SkipControlString(text, offset);
    default:
      return offset;
  }
}

// Past the escape sequence whose ESC stands before `offset`.
size_t SkipEscapeSequence(absl::string_view text, size_t offset) {
  if (offset < text.size() && absl::StrContains("[PX]^_", text[offset])) {
    return SkipFunction(text, offset + 1, text[offset]);
  }
  return SkipIf(text, SkipWhile(text, offset, 0x20, 0x2f), 0x30, 0x7e);
}

void Append(UChar32 c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(bytes, static_cast<size_t>(size));
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    if (Decode(text, offset) == kInvalid) return false;
  }
  return true;
}

size_t CountCharacters(absl::string_view text) {
  size_t characters = 0;
  for (size_t offset = 0; offset < text.size(); ++characters) Decode(text, offset);
  return characters;
}

std::string SanitizeForTerminal(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  int marks = 0;
  for (size_t offset = 0; offset < text.size();) {
    const UChar32 c = Decode(text, offset);
    if (c == kEscape) {
      offset = SkipEscapeSequence(text, offset);
    } else if (c == '\r') {
      if (offset == text.size() || text[offset] != '\n') out += '\n';
      marks = 0;
    } else if (c == '\n') {
      out += '\n';
      marks = 0;
    } else if (c == '\t') {
      out += "    ";
      marks = 0;
    } else if (c == kInvalid) {
      Append(kReplacement, out);
      marks = 0;
    } else if (MustNotReachTerminal(c)) {
      // An 8-bit control is ESC and a letter in one (ECMA-48 §5.3), and terminals take it in UTF-8 as well.
      if (c >= 0x80 && c < 0xa0) offset = SkipFunction(text, offset, static_cast<char>(c - 0x40));
    } else {
      // What was dropped in between does not start the count anew.
      marks = IsMark(c) ? marks + 1 : 0;
      if (marks <= kMaxMarks) Append(c, out);
    }
  }
  return out;
}

}  // namespace parlor
