#include "client/ui/line/line_editor.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "base/text/text.h"

namespace parlor::client {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n';
}

}  // namespace

EditResult LineEditor::Apply(const Key& key) {
  switch (key.code) {
    case KeyCode::kText:
    case KeyCode::kPaste:
      return Insert(key.text);
    case KeyCode::kNewline:
      return secret_ ? EditResult::kNothing : Insert("\n");
    case KeyCode::kEnter:
      return Enter();
    case KeyCode::kTab:
      return secret_ ? EditResult::kNothing : EditResult::kComplete;
    case KeyCode::kBackspace:
      return Erase(PreviousGrapheme(text_, cursor_), cursor_);
    case KeyCode::kDelete:
      return Erase(cursor_, NextGrapheme(text_, cursor_));
    case KeyCode::kLeft:
      return MoveTo(PreviousGrapheme(text_, cursor_));
    case KeyCode::kRight:
      return MoveTo(NextGrapheme(text_, cursor_));
    case KeyCode::kWordLeft:
      return MoveTo(WordLeft());
    case KeyCode::kWordRight:
      return MoveTo(WordRight());
    case KeyCode::kHome:
      return MoveTo(RowStart());
    case KeyCode::kEnd:
      return MoveTo(RowEnd());
    case KeyCode::kUp:
      return Browse(1);
    case KeyCode::kDown:
      return Browse(-1);
    case KeyCode::kControl:
      return Control(key.letter);
  }
  return EditResult::kNothing;
}

EditResult LineEditor::Control(char letter) {
  switch (letter) {
    case 'a':
      return MoveTo(RowStart());
    case 'b':
      return MoveTo(PreviousGrapheme(text_, cursor_));
    case 'c':  // what was typed is given up
      Take(false);
      return EditResult::kChanged;
    case 'd':
      if (text_.empty()) return EditResult::kEnd;
      return Erase(cursor_, NextGrapheme(text_, cursor_));
    case 'e':
      return MoveTo(RowEnd());
    case 'f':
      return MoveTo(NextGrapheme(text_, cursor_));
    case 'k':
      return Kill(cursor_, RowEnd());
    case 'l':
      return EditResult::kRedraw;
    case 'n':
      return Browse(-1);
    case 'p':
      return Browse(1);
    case 'u':
      return Kill(RowStart(), cursor_);
    case 'w':
      return Kill(WordLeft(), cursor_);
    case 'y':
      return Insert(killed_);
    default:
      return EditResult::kNothing;
  }
}

EditResult LineEditor::Insert(absl::string_view text) {
  std::string clean = SanitizeForTerminal(text);
  if (secret_) clean = absl::StrReplaceAll(clean, {{"\n", ""}});
  if (clean.empty() || text_.size() + clean.size() > kMaxBytes) return EditResult::kNothing;
  text_.insert(cursor_, clean);
  cursor_ += clean.size();
  return EditResult::kChanged;
}

EditResult LineEditor::Erase(size_t from, size_t to) {
  if (from == to) return EditResult::kNothing;
  text_.erase(from, to - from);
  cursor_ = from;
  return EditResult::kChanged;
}

EditResult LineEditor::Kill(size_t from, size_t to) {
  if (from == to) return EditResult::kNothing;
  if (!secret_) killed_ = text_.substr(from, to - from);
  return Erase(from, to);
}

EditResult LineEditor::MoveTo(size_t offset) {
  if (offset == cursor_) return EditResult::kNothing;
  cursor_ = offset;
  return EditResult::kChanged;
}

// A backslash at the end asks for one more line.
EditResult LineEditor::Enter() {
  if (secret_ || !absl::EndsWith(text_, "\\") || absl::EndsWith(text_, "\\\\")) return EditResult::kSubmit;
  text_.back() = '\n';
  cursor_ = text_.size();
  return EditResult::kChanged;
}

EditResult LineEditor::Browse(int step) {
  if (secret_ || (step < 0 && browsing_ == 0) || (step > 0 && browsing_ == history_.size())) {
    return EditResult::kNothing;
  }
  if (browsing_ == 0) unfinished_ = text_;
  browsing_ = step > 0 ? browsing_ + 1 : browsing_ - 1;
  text_ = browsing_ == 0 ? unfinished_ : history_[history_.size() - browsing_];
  cursor_ = text_.size();
  return EditResult::kChanged;
}

std::string LineEditor::Take(bool remember) {
  std::string line = std::exchange(text_, std::string());
  cursor_ = 0;
  browsing_ = 0;
  unfinished_.clear();
  if (remember && !secret_ && !line.empty() && (history_.empty() || history_.back() != line)) {
    history_.push_back(line);
    if (history_.size() > kMaxHistory) history_.pop_front();
  }
  return line;
}

void LineEditor::Replace(size_t from, absl::string_view text) {
  text_.replace(from, cursor_ - from, text.data(), text.size());
  cursor_ = from + text.size();
}

size_t LineEditor::WordLeft() const {
  size_t at = cursor_;
  while (at > 0 && IsSpace(text_[at - 1])) --at;
  while (at > 0 && !IsSpace(text_[at - 1])) --at;
  return at;
}

size_t LineEditor::WordRight() const {
  size_t at = cursor_;
  while (at < text_.size() && IsSpace(text_[at])) ++at;
  while (at < text_.size() && !IsSpace(text_[at])) ++at;
  return at;
}

size_t LineEditor::RowStart() const {
  const size_t newline = cursor_ == 0 ? std::string::npos : text_.rfind('\n', cursor_ - 1);
  return newline == std::string::npos ? 0 : newline + 1;
}

size_t LineEditor::RowEnd() const {
  const size_t newline = text_.find('\n', cursor_);
  return newline == std::string::npos ? text_.size() : newline;
}

}  // namespace parlor::client
