// Text as people see it: by grapheme clusters (UAX #29, from ICU) and by columns on a terminal.
#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/text/text.h"

namespace parlor {
namespace {

constexpr int kMaxClusterWidth = 2;
constexpr UChar32 kEmojiPresentation = 0xfe0f;  // variation selector 16
constexpr UChar32 kSoftHyphen = 0xad;

bool IsPrintableAscii(char c) {
  return absl::ascii_isprint(static_cast<unsigned char>(c));
}
bool IsAscii(char c) {
  return absl::ascii_isascii(static_cast<unsigned char>(c));
}

// How many bytes from the start are clusters of their own by being printable ASCII with ASCII or nothing
// after it.
size_t PlainPrefix(absl::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsPrintableAscii);
  const auto size = static_cast<size_t>(end - text.begin());
  const bool marks_may_follow = end != text.end() && !IsAscii(*end);
  return size - (marks_may_follow && size > 0 ? 1 : 0);
}

// ICU's iterator over `text`. Making or cloning one costs a thousand times as much as using it, so each
// thread keeps its own. It is valid until the next call on this thread. Without its data ICU can do nothing:
// that ends the process, as nothing could be shown any more.
icu::BreakIterator& Clusters(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  static thread_local const std::unique_ptr<icu::BreakIterator> iterator(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.empty() ? "" : text.data(), static_cast<int64_t>(text.size()), &error);
  if (U_FAILURE(error)) std::abort();
  iterator->setText(&source, error);
  utext_close(&source);
  if (U_FAILURE(error)) std::abort();
  return *iterator;
}

int CodePointWidth(UChar32 c) {
  if (c == kSoftHyphen) return 1;
  constexpr uint32_t kNoColumns =
      U_GC_M_MASK | U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CS_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
  if ((U_GET_GC_MASK(c) & kNoColumns) != 0) return 0;
  const int east_asian = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  if (east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH) return 2;
  return u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION) ? 2 : 1;
}

// A cluster has the columns of its parts, but never more than two: an emoji of many parts is drawn as one, a
// Korean syllable too, while Thai vowels that take a column of their own belong to the letter before.
int ClusterWidth(absl::string_view cluster) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(cluster.data());
  int width = 0;
  for (size_t offset = 0; offset < cluster.size() && width < kMaxClusterWidth;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, offset, cluster.size(), c);
    width += c == kEmojiPresentation && width > 0 ? kMaxClusterWidth : CodePointWidth(c);
  }
  return std::min(width, kMaxClusterWidth);
}

// How many bytes of whole clusters fit into `columns`, and how many columns they take.
std::pair<size_t, int> Fit(absl::string_view text, int columns) {
  const size_t plain = PlainPrefix(text);
  const size_t room = columns > 0 ? static_cast<size_t>(columns) : 0;
  size_t size = std::min(plain, room);
  int width = static_cast<int>(size);
  if (size < plain || size == text.size()) return {size, width};

  icu::BreakIterator& clusters = Clusters(text.substr(plain));
  for (int32_t end = clusters.next(); end != icu::BreakIterator::DONE; end = clusters.next()) {
    const size_t next = plain + static_cast<size_t>(end);
    const int more = ClusterWidth(text.substr(size, next - size));
    if (more > columns - width) break;
    size = next;
    width += more;
  }
  return {size, width};
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  return Fit(text, INT32_MAX).second;
}

absl::string_view TruncateToWidth(absl::string_view text, int columns) {
  return text.substr(0, Fit(text, columns).first);
}

size_t NextGrapheme(absl::string_view text, size_t offset) {
  if (offset >= text.size()) return text.size();
  const bool plain =
      IsPrintableAscii(text[offset]) && (offset + 1 == text.size() || IsAscii(text[offset + 1]));
  if (plain) return offset + 1;
  const int32_t next = Clusters(text).following(static_cast<int32_t>(offset));
  return next == icu::BreakIterator::DONE ? text.size() : static_cast<size_t>(next);
}

size_t PreviousGrapheme(absl::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  if (offset == 0) return 0;
  const bool plain = IsPrintableAscii(text[offset - 1]) && (offset == 1 || IsAscii(text[offset - 2]));
  if (plain) return offset - 1;
  const int32_t previous = Clusters(text).preceding(static_cast<int32_t>(offset));
  return previous == icu::BreakIterator::DONE ? 0 : static_cast<size_t>(previous);
}

}  // namespace parlor
