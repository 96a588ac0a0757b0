// As much of a terminal as the line interface uses: what a person would see. Wraps as xterm does.
#ifndef PARLOR_TESTS_CLIENT_UI_LINE_SCREEN_EMULATOR_H_
#define PARLOR_TESTS_CLIENT_UI_LINE_SCREEN_EMULATOR_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "base/text/text.h"

namespace parlor::client {

class ScreenEmulator {
 public:
  ScreenEmulator(int columns, int rows) : columns_(columns), rows_(rows) {}

  void Write(absl::string_view bytes) {
    for (size_t at = 0; at < bytes.size();) {
      if (bytes[at] == '\x1b') {
        at += Escape(bytes.substr(at));
      } else if (bytes[at] == '\r') {
        column_ = 0;
        ++at;
      } else if (bytes[at] == '\n') {
        NextRow();
        ++at;
      } else if (bytes[at] == '\a') {
        ++bells_;
        ++at;
      } else {
        const size_t next = NextGrapheme(bytes, at);
        Put(bytes.substr(at, next - at));
        at = next;
      }
    }
  }

  // Every row that was ever begun, without spaces at the end.
  std::vector<std::string> Rows() const {
    std::vector<std::string> rows;
    for (const auto& cells : screen_) {
      std::string row;
      for (const std::string& cell : cells) row += cell;
      row.erase(row.find_last_not_of(' ') + 1);
      rows.push_back(row);
    }
    return rows;
  }
  int column() const { return column_; }
  size_t row() const { return row_; }
  int bells() const { return bells_; }

 private:
  // Which sequences there are is the point of the tests: an unknown one is shown.
  size_t Escape(absl::string_view bytes) {
    if (bytes.substr(0, 4) == "\x1b]8;") {  // OSC 8, ended by ST
      return bytes.find("\x1b\\") + 2;
    }
    size_t end = 2;
    while (end < bytes.size() && (bytes[end] < 0x40 || bytes[end] > 0x7e)) ++end;
    int count = 1;
    (void)absl::SimpleAtoi(bytes.substr(2, end - 2), &count);
    switch (bytes[end]) {
      case 'A':
        row_ -= std::min(row_ - Top(), static_cast<size_t>(count));
        break;
      case 'C':
        column_ = std::min(columns_ - 1, column_ + count);
        break;
      case 'J':
        if (bytes.substr(0, 4) == "\x1b[2J") screen_.assign(1, {}), row_ = 0;
        screen_.resize(row_ + 1);
        screen_[row_].resize(std::min(screen_[row_].size(), static_cast<size_t>(column_)));
        break;
      case 'H':
        row_ = Top();
        column_ = 0;
        break;
      case 'm':
      case 'h':
      case 'l':
        break;
      default:
        Put("?");
    }
    return end + 1;
  }
  void Put(absl::string_view grapheme) {
    const int width = DisplayWidth(grapheme);
    if (column_ + width > columns_) {
      column_ = 0;
      NextRow();
    }
    auto& cells = screen_[row_];
    cells.resize(std::max(cells.size(), static_cast<size_t>(column_ + std::max(width, 1))), " ");
    if (width > 0) cells[static_cast<size_t>(column_)] = std::string(grapheme);
    if (width == 2) cells[static_cast<size_t>(column_) + 1] = "";
    column_ += width;
  }
  void NextRow() {
    ++row_;
    if (screen_.size() <= row_) screen_.resize(row_ + 1);
  }
  size_t Top() const {
    return screen_.size() > static_cast<size_t>(rows_) ? screen_.size() - static_cast<size_t>(rows_) : 0;
  }

  const int columns_;
  const int rows_;
  std::vector<std::vector<std::string>> screen_ = std::vector<std::vector<std::string>>(1);
  size_t row_ = 0;
  int column_ = 0;
  int bells_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_UI_LINE_SCREEN_EMULATOR_H_
