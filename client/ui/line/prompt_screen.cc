#include "client/ui/line/prompt_screen.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/text/text.h"

namespace parlor::client {
namespace {

constexpr char kClearToEnd[] = "\x1b[J";

}  // namespace

void PromptScreen::Resize(int columns, int rows) {
  columns_ = std::max(columns, 10);
  rows_ = std::max(rows, 2);
}

std::string PromptScreen::Draw(absl::string_view prompt, absl::string_view text, size_t cursor) {
  std::vector<Row> rows(1);
  const auto put = [&](absl::string_view grapheme) {
    const int width = DisplayWidth(grapheme);
    if (rows.back().width + width > columns_) rows.emplace_back();
    absl::StrAppend(&rows.back().text, grapheme);
    rows.back().width += width;
  };
  for (size_t at = 0; at < prompt.size();) {
    const size_t next = NextGrapheme(prompt, at);
    put(prompt.substr(at, next - at));
    at = next;
  }
  size_t cursor_row = 0;
  int cursor_column = 0;
  const auto mark_cursor = [&] {
    if (rows.back().width == columns_) rows.emplace_back();  // the next character stands there
    cursor_row = rows.size() - 1;
    cursor_column = rows.back().width;
  };
  for (size_t at = 0; at < text.size();) {
    if (at == cursor) mark_cursor();
    const size_t next = NextGrapheme(text, at);
    if (text[at] == '\n') {
      rows.emplace_back();
    } else {
      put(text.substr(at, next - at));
    }
    at = next;
  }
  if (cursor >= text.size()) mark_cursor();

  // A window of the rows, if there are more than the screen has.
  const auto window = static_cast<size_t>(rows_);
  const size_t first = cursor_row < window ? 0 : cursor_row - window + 1;
  const size_t last = std::min(rows.size(), first + window);
  drawn_.assign(rows.begin() + static_cast<std::ptrdiff_t>(first),
                rows.begin() + static_cast<std::ptrdiff_t>(last));
  cursor_row_ = cursor_row - first;

  std::string out;
  for (size_t i = 0; i < drawn_.size(); ++i) absl::StrAppend(&out, i == 0 ? "" : "\r\n", drawn_[i].text);
  const size_t up = drawn_.size() - 1 - cursor_row_;
  if (up > 0) absl::StrAppend(&out, "\x1b[", up, "A");
  absl::StrAppend(&out, "\r");
  if (cursor_column > 0) absl::StrAppend(&out, "\x1b[", cursor_column, "C");
  return out;
}

std::string PromptScreen::Erase() {
  if (drawn_.empty()) return {};
  // A screen that became narrower has broken the rows above the cursor into several.
  size_t up = 0;
  for (size_t i = 0; i < cursor_row_; ++i) {
    const int width = std::max(drawn_[i].width, 1);
    up += static_cast<size_t>((width + columns_ - 1) / columns_);
  }
  drawn_.clear();
  return absl::StrCat("\r", up > 0 ? absl::StrCat("\x1b[", up, "A") : "", kClearToEnd);
}

}  // namespace parlor::client
