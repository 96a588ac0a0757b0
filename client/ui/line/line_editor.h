// One line (or several) being written: keys in, text and cursor out. Knows no terminal. Pure.
#ifndef PARLOR_CLIENT_UI_LINE_LINE_EDITOR_H_
#define PARLOR_CLIENT_UI_LINE_LINE_EDITOR_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "client/ui/line/key_decoder.h"

namespace parlor::client {

enum class EditResult {
  kNothing,   // also: the text may not grow any more
  kChanged,   // text or cursor
  kSubmit,    // Enter: take the line
  kComplete,  // Tab
  kRedraw,    // Ctrl-L
  kEnd,       // Ctrl-D in an empty line
};

// The cursor moves by what people see as characters (grapheme clusters). The text is safe to show: control
// characters of a paste are dropped.
class LineEditor {
 public:
  // A message, and a command before it.
  static constexpr size_t kMaxBytes = 66 * 1024;
  static constexpr size_t kMaxHistory = 500;

  EditResult Apply(const Key& key);

  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }  // byte offset

  // The line, which is empty afterwards. `remember`: the arrow keys bring it back.
  std::string Take(bool remember);

  // For completion: puts `text` in the place of what stands from `from` to the cursor.
  void Replace(size_t from, absl::string_view text);

  // Ends history and multiple lines while a secret is typed.
  void SetSecret(bool secret) { secret_ = secret; }
  bool secret() const { return secret_; }

 private:
  EditResult Insert(absl::string_view text);
  EditResult Erase(size_t from, size_t to);
  EditResult Kill(size_t from, size_t to);  // Ctrl-Y brings it back
  EditResult MoveTo(size_t offset);
  EditResult Enter();
  EditResult Control(char letter);
  EditResult Browse(int step);
  size_t WordLeft() const;
  size_t WordRight() const;
  size_t RowStart() const;
  size_t RowEnd() const;

  std::string text_;
  size_t cursor_ = 0;
  std::string killed_;
  bool secret_ = false;
  std::deque<std::string> history_;  // oldest first
  size_t browsing_ = 0;              // steps back; 0: the line that is being written
  std::string unfinished_;           // that line, while older ones are shown
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_LINE_EDITOR_H_
