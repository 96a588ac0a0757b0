// What others wrote, on a line of a terminal.
#ifndef PARLOR_CLIENT_UI_LINE_ONE_LINE_H_
#define PARLOR_CLIENT_UI_LINE_ONE_LINE_H_

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/text/text.h"

namespace parlor::client {

// Without anything that a terminal would obey, and without breaks.
inline std::string OneLine(absl::string_view text) {
  return absl::StrReplaceAll(SanitizeForTerminal(text), {{"\n", " "}});
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_ONE_LINE_H_
