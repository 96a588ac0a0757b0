// Bytes in, lines out, however they were cut on the way. Pure.
#ifndef PARLOR_CLIENT_UI_LINE_SPLITTER_H_
#define PARLOR_CLIENT_UI_LINE_SPLITTER_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace parlor::client {

class LineSplitter {
 public:
  struct Handlers {
    std::function<void(absl::string_view line)> on_line;  // without "\n" or "\r\n"; valid during the call
    std::function<void()> on_too_long;                    // once for each such line, which is passed over
  };

  LineSplitter(size_t max_bytes, Handlers handlers) : max_bytes_(max_bytes), handlers_(std::move(handlers)) {}

  void Feed(absl::string_view bytes);
  // No more bytes come: a last line without a newline counts.
  void End();

 private:
  void Take(absl::string_view part);
  void Finish();

  const size_t max_bytes_;
  const Handlers handlers_;
  std::string partial_;
  bool too_long_ = false;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_SPLITTER_H_
