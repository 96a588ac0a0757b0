#include "client/ui/line_splitter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace parlor::client {

void LineSplitter::Feed(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    Take(bytes.substr(0, end));
    if (end == absl::string_view::npos) return;
    Finish();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::End() {
  if (!partial_.empty()) Finish();
}

void LineSplitter::Take(absl::string_view part) {
  if (too_long_) return;
  if (partial_.size() + part.size() > max_bytes_) {
    too_long_ = true;
    partial_.clear();
    return handlers_.on_too_long();
  }
  absl::StrAppend(&partial_, part);
}

void LineSplitter::Finish() {
  if (std::exchange(too_long_, false)) return;
  const std::string line = std::exchange(partial_, std::string());
  handlers_.on_line(absl::StripSuffix(line, "\r"));
}

}  // namespace parlor::client
