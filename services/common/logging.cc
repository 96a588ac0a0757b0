#include "services/common/logging.h"

#include <unistd.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "spdlog/formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

// Sinks are synchronous: a line is formatted on the thread that logs it, which therefore sees its own fields.
thread_local std::vector<std::pair<std::string, std::string>> fields;

std::string LevelOf(const spdlog::details::log_msg& line) {
  const auto name = spdlog::level::to_string_view(line.level);
  return std::string(name.data(), name.size());
}

std::string TimeOf(const spdlog::details::log_msg& line) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(line.time), absl::UTCTimeZone());
}

void Append(const std::string& text, spdlog::memory_buf_t& out) {
  out.append(text.data(), text.data() + text.size());
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    nlohmann::ordered_json json;
    json["time"] = TimeOf(line);
    json["level"] = LevelOf(line);
    json["message"] = std::string(line.payload.data(), line.payload.size());
    for (const auto& [name, value] : fields) json[name] = value;
    // Invalid UTF-8 is replaced: a log line must never fail.
    Append(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n", out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

class HumanFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    std::string text = absl::StrCat(TimeOf(line), " ", LevelOf(line), " ",
                                    absl::string_view(line.payload.data(), line.payload.size()));
    for (const auto& [name, value] : fields) absl::StrAppend(&text, " ", name, "=", value);
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';  // no forged lines, no escape sequences
    }
    Append(text + "\n", out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<HumanFormatter>(); }
};

absl::StatusOr<std::unique_ptr<spdlog::formatter>> FormatterFor(const std::string& format) {
  if (format != "json" && format != "human" && format != "auto") {
    return absl::InvalidArgumentError(absl::StrCat("log format '", format, "': write json, human or auto"));
  }
  const bool json = format == "json" || (format == "auto" && ::isatty(STDERR_FILENO) == 0);
  if (json) return std::make_unique<JsonFormatter>();
  return std::make_unique<HumanFormatter>();
}

}  // namespace

absl::Status SetUpLogging(const LoggingOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<spdlog::formatter> formatter, FormatterFor(options.format));
  const spdlog::level::level_enum level = spdlog::level::from_str(options.level);
  if (level == spdlog::level::off && options.level != "off") {
    return absl::InvalidArgumentError(
        absl::StrCat("log level '", options.level, "': write trace, debug, info, warning, error or off"));
  }
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(level);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

ScopedLogField::ScopedLogField(absl::string_view name, absl::string_view value) {
  fields.emplace_back(std::string(name), std::string(value));
}

ScopedLogField::~ScopedLogField() {
  fields.pop_back();
}

}  // namespace parlor::service
