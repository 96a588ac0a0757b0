// Bytes of a terminal as keys, however they were cut on the way. Pure. Sequences: ECMA-48, xterm's ctlseqs.
#ifndef PARLOR_CLIENT_UI_LINE_KEY_DECODER_H_
#define PARLOR_CLIENT_UI_LINE_KEY_DECODER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::client {

enum class KeyCode {
  kText,     // `text`: whole characters
  kPaste,    // `text`: pasted at once; line ends are '\n'
  kControl,  // `letter`: 'a' to 'z', of those that have no name below
  kEnter,
  kNewline,  // Alt-Enter
  kTab,
  kBackspace,
  kDelete,
  kLeft,
  kRight,
  kWordLeft,
  kWordRight,
  kUp,
  kDown,
  kHome,
  kEnd,
};

struct Key {
  KeyCode code = KeyCode::kText;
  std::string text = {};
  char letter = 0;

  friend bool operator==(const Key&, const Key&) = default;
};

class KeyDecoder {
 public:
  // What is kept of one paste; the rest is dropped. More than a message may have.
  static constexpr size_t kMaxPasteBytes = 256 * 1024;

  // Sequences that mean nothing here and bytes that are no UTF-8 are dropped. What is not complete yet waits
  // for the next call.
  std::vector<Key> Feed(absl::string_view bytes);

 private:
  // What the next key took of the bytes; 0: it is not complete.
  size_t Next(absl::string_view bytes, std::vector<Key>& keys);
  size_t Escape(absl::string_view bytes, std::vector<Key>& keys);
  size_t ControlSequence(absl::string_view bytes, std::vector<Key>& keys);
  size_t Pasted(absl::string_view bytes, std::vector<Key>& keys);

  std::string pending_;
  bool pasting_ = false;
  std::string paste_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_KEY_DECODER_H_
