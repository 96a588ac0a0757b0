// What a terminal can show. Pure.
#ifndef PARLOR_CLIENT_UI_LINE_STYLE_H_
#define PARLOR_CLIENT_UI_LINE_STYLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace parlor::client {

struct Style {
  bool colour = false;  // and bold, italic, dim
  bool links = false;   // OSC 8
};

// From TERM and NO_COLOR (no-color.org: any value but the empty one switches colours off).
Style StyleFor(absl::string_view term, absl::string_view no_color);

// `text` in these looks, or as it is where there are none.
std::string Dim(const Style& style, absl::string_view text);
std::string Bold(const Style& style, absl::string_view text);
std::string Warning(const Style& style, absl::string_view text);

// `text` in a person's own colour: always the same for a name, and to be read on dark and on light.
std::string InColourOf(const Style& style, absl::string_view name, absl::string_view text);

// *bold*, _italic_, `code` and http(s) links of a message. `text` is safe for terminals already. Without
// colour the marks stay as they were written.
std::string Markup(const Style& style, absl::string_view text);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_STYLE_H_
