// Where the prompt and the line being typed stand on the screen, and the escape sequences that draw and erase
// them. Pure: makes texts for a terminal, and remembers what it made.
#ifndef PARLOR_CLIENT_UI_LINE_PROMPT_SCREEN_H_
#define PARLOR_CLIENT_UI_LINE_PROMPT_SCREEN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::client {

class PromptScreen {
 public:
  // At least 10 columns and 2 rows are assumed.
  void Resize(int columns, int rows);

  // Draws at the beginning of an empty line, and leaves the cursor where the person types. `text` is safe for
  // terminals; rows that do not fit on the screen are left out, those around the cursor stay.
  std::string Draw(absl::string_view prompt, absl::string_view text, size_t cursor);

  // Erases what Draw drew, and leaves the cursor at the beginning of an empty line. Nothing was drawn:
  // nothing.
  std::string Erase();

 private:
  struct Row {
    std::string text;
    int width = 0;
  };

  int columns_ = 80;
  int rows_ = 24;
  std::vector<Row> drawn_;
  size_t cursor_row_ = 0;  // within drawn_
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_PROMPT_SCREEN_H_
