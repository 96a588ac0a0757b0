#include "client/ui/line_splitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace parlor::client {
namespace {

std::vector<std::string> Split(const std::string& bytes, size_t piece, size_t max) {
  std::vector<std::string> lines;
  LineSplitter splitter(max, {[&](absl::string_view line) { lines.emplace_back(line); },
                              [&] { lines.emplace_back("<too long>"); }});
  for (size_t at = 0; at < bytes.size(); at += piece)
    splitter.Feed(absl::string_view(bytes).substr(at, piece));
  splitter.End();
  return lines;
}

TEST(LineSplitterTest, LinesAreTheSameHoweverTheyAreCut) {
  const std::string bytes = "one\ntwo ü\r\n\nlonger than it may be\nlast";
  const std::vector<std::string> lines = {"one", "two ü", "", "<too long>", "last"};
  for (size_t piece = 1; piece <= bytes.size(); ++piece) EXPECT_EQ(Split(bytes, piece, 12), lines) << piece;
}

TEST(LineSplitterTest, ALineOfTheLimitIsTaken) {
  EXPECT_EQ(Split("1234\n12345\n", 3, 4), (std::vector<std::string>{"1234", "<too long>"}));
}

}  // namespace
}  // namespace parlor::client
