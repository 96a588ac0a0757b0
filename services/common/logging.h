// One log for the process (spdlog, to stderr): JSON lines for machines, plain lines for people.
#ifndef PARLOR_SERVICES_COMMON_LOGGING_H_
#define PARLOR_SERVICES_COMMON_LOGGING_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::service {

struct LoggingOptions {
  std::string level = "info";   // trace, debug, info, warning, error, off
  std::string format = "auto";  // json, human; auto: human on a terminal
};

// Sets spdlog's default logger: `spdlog::info("…")` writes through it. INVALID_ARGUMENT for an unknown level
// or format. Nothing that a person wrote, no password and no token is ever logged.
absl::Status SetUpLogging(const LoggingOptions& options);

// A field that every line gets which this thread logs while the object lives (`request`, `user`). Nests.
class ScopedLogField {
 public:
  ScopedLogField(absl::string_view name, absl::string_view value);
  ~ScopedLogField();
  ScopedLogField(const ScopedLogField&) = delete;
  ScopedLogField& operator=(const ScopedLogField&) = delete;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_LOGGING_H_
