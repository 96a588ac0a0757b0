#include "client/ui/line/key_decoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/text/text.h"

namespace parlor::client {
namespace {

constexpr char kEscape = 0x1b;
constexpr absl::string_view kPasteEnd = "\x1b[201~";
// A sequence that goes on for longer is garbage.
constexpr size_t kMaxSequence = 64;

// Bytes of the UTF-8 character that begins with `first`; 0: none does.
size_t CharacterSize(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  return 0;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Key ControlKey(char c) {
  switch (c) {
    case '\r':
    case '\n':
      return {KeyCode::kEnter};
    case '\t':
      return {KeyCode::kTab};
    case 0x7f:
    case 0x08:
      return {KeyCode::kBackspace};
    default:
      return {KeyCode::kControl, {}, static_cast<char>(c + 'a' - 1)};
  }
}

// Adds to the text that is being gathered, so that a burst is one key.
void AddText(absl::string_view text, std::vector<Key>& keys) {
  if (keys.empty() || keys.back().code != KeyCode::kText) keys.push_back({KeyCode::kText});
  absl::StrAppend(&keys.back().text, text);
}

// The key of a control sequence: its parameters and its last byte.
void AddSequence(absl::string_view parameters, char last, std::vector<Key>& keys) {
  const bool with_control = absl::EndsWith(parameters, ";5") || absl::EndsWith(parameters, ";3");
  switch (last) {
    case 'A':
      return keys.push_back({KeyCode::kUp});
    case 'B':
      return keys.push_back({KeyCode::kDown});
    case 'C':
      return keys.push_back({with_control ? KeyCode::kWordRight : KeyCode::kRight});
    case 'D':
      return keys.push_back({with_control ? KeyCode::kWordLeft : KeyCode::kLeft});
    case 'H':
      return keys.push_back({KeyCode::kHome});
    case 'F':
      return keys.push_back({KeyCode::kEnd});
    case '~':
      if (parameters == "1" || parameters == "7") keys.push_back({KeyCode::kHome});
      if (parameters == "4" || parameters == "8") keys.push_back({KeyCode::kEnd});
      if (parameters == "3") keys.push_back({KeyCode::kDelete});
      return;
    case 'u':  // terminals that tell Enter with a modifier apart
      if (absl::StartsWith(parameters, "13;")) keys.push_back({KeyCode::kNewline});
      return;
    default:
      return;
  }
}

}  // namespace

std::vector<Key> KeyDecoder::Feed(absl::string_view bytes) {
  std::string all = std::exchange(pending_, std::string());
  absl::StrAppend(&all, bytes);
  std::vector<Key> keys;
  absl::string_view rest = all;
  while (!rest.empty()) {
    const size_t taken = pasting_ ? Pasted(rest, keys) : Next(rest, keys);
    if (taken == 0) break;
    rest.remove_prefix(taken);
  }
  pending_ = std::string(rest);
  return keys;
}

size_t KeyDecoder::Next(absl::string_view bytes, std::vector<Key>& keys) {
  const char first = bytes[0];
  if (first == kEscape) return Escape(bytes, keys);
  if (IsControl(first)) {
    if (first != 0) keys.push_back(ControlKey(first));
    return 1;
  }
  const size_t size = CharacterSize(first);
  if (size == 0) return 1;
  if (bytes.size() < size) return 0;
  const absl::string_view character = bytes.substr(0, size);
  if (!IsValidUtf8(character)) return 1;
  AddText(character, keys);
  return size;
}

size_t KeyDecoder::Escape(absl::string_view bytes, std::vector<Key>& keys) {
  if (bytes.size() < 2) return 0;
  switch (bytes[1]) {
    case '[':
      return ControlSequence(bytes, keys);
    case 'O':
      if (bytes.size() < 3) return 0;
      AddSequence({}, bytes[2], keys);
      return 3;
    case '\r':
    case '\n':
      keys.push_back({KeyCode::kNewline});
      return 2;
    case 'b':
      keys.push_back({KeyCode::kWordLeft});
      return 2;
    case 'f':
      keys.push_back({KeyCode::kWordRight});
      return 2;
    case 0x7f:
      keys.push_back({KeyCode::kControl, {}, 'w'});
      return 2;
    default:
      return 1;  // Escape itself means nothing here
  }
}

size_t KeyDecoder::ControlSequence(absl::string_view bytes, std::vector<Key>& keys) {
  size_t end = 2;
  while (end < bytes.size() && end < kMaxSequence && bytes[end] >= 0x20 && bytes[end] <= 0x3f) ++end;
  if (end == kMaxSequence) return end;
  if (end == bytes.size()) return 0;
  const absl::string_view parameters = bytes.substr(2, end - 2);
  if (bytes[end] == '~' && parameters == "200") {
    pasting_ = true;
  } else {
    AddSequence(parameters, bytes[end], keys);
  }
  return end + 1;
}

size_t KeyDecoder::Pasted(absl::string_view bytes, std::vector<Key>& keys) {
  const size_t end = bytes.find(kPasteEnd);
  // Without an end, what may be the first part of one has to wait.
  const size_t size = end != absl::string_view::npos     ? end
                      : bytes.size() >= kPasteEnd.size() ? bytes.size() - (kPasteEnd.size() - 1)
                                                         : 0;
  absl::StrAppend(&paste_,
                  bytes.substr(0, std::min(size, kMaxPasteBytes - std::min(paste_.size(), kMaxPasteBytes))));
  if (end == absl::string_view::npos) return size;
  pasting_ = false;
  std::string text = std::exchange(paste_, std::string());
  std::replace(text.begin(), text.end(), '\r', '\n');
  if (!text.empty()) keys.push_back({KeyCode::kPaste, std::move(text)});
  return end + kPasteEnd.size();
}

}  // namespace parlor::client
