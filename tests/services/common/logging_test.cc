#include "services/common/logging.h"

#include <algorithm>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

// What `body` logs.
template <typename Body>
std::string Logged(const LoggingOptions& options, Body body) {
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(SetUpLogging(options).ok());
  body();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Logging, JsonLinesCarryTheFieldsOfTheirThread) {
  const std::string text = Logged({"info", "json"}, [] {
    const ScopedLogField request("request", "r1");
    {
      const ScopedLogField user("user", "ada");
      spdlog::info("a \"quoted\"\nline\xff");
    }
    std::thread([] { spdlog::warn("elsewhere"); }).join();
    spdlog::debug("too fine");
  });
  const size_t end = text.find('\n');
  const auto first = nlohmann::json::parse(text.substr(0, end));
  EXPECT_EQ(first["level"], "info");
  EXPECT_EQ(first["message"], "a \"quoted\"\nline\uFFFD");
  EXPECT_EQ(first["request"], "r1");
  EXPECT_EQ(first["user"], "ada");
  EXPECT_EQ(first["time"].get<std::string>().size(), std::string("2026-01-01T00:00:00.000Z").size());
  const auto second = nlohmann::json::parse(text.substr(end + 1));
  EXPECT_EQ(second["message"], "elsewhere");
  EXPECT_FALSE(second.contains("request"));
}

TEST(Logging, AHumanLineIsOneLineWhateverItHolds) {
  const std::string text = Logged({"info", "human"}, [] {
    const ScopedLogField request("request", "r1");
    spdlog::info("one\ntwo\x1b[31m");
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("one two"), std::string::npos);
  EXPECT_NE(text.find("request=r1"), std::string::npos);
}

TEST(Logging, WithoutATerminalAutoIsJson) {
  const std::string text = Logged({"info", "auto"}, [] { spdlog::info("x"); });
  EXPECT_TRUE(nlohmann::json::accept(text)) << text;
}

TEST(Logging, UnknownLevelsAndFormatsAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(SetUpLogging({"loud", "json"})));
  EXPECT_TRUE(absl::IsInvalidArgument(SetUpLogging({"info", "xml"})));
  EXPECT_TRUE(SetUpLogging({"off", "json"}).ok());
}

}  // namespace
}  // namespace parlor::service
