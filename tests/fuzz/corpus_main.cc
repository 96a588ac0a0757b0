// A fuzz target without a fuzzer.
//
//   fuzz_NAME FILE|DIRECTORY...   feeds it each file once; names it first, so that a crash shows which it
//   was. Of a directory the
//                                 seeds have to be those that the target makes
//   fuzz_NAME --seeds DIRECTORY   writes them
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr char kSeedPrefix[] = "seed-";

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Promise(file.is_open(), "every input can be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string SeedName(size_t index) {
  return absl::StrFormat("%s%02d", kSeedPrefix, index);
}

void WriteSeeds(const fs::path& directory) {
  fs::create_directories(directory);
  const std::vector<std::string> seeds = Seeds();
  for (size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream(directory / SeedName(i), std::ios::binary) << seeds[i];
  }
}

std::vector<fs::path> FilesOf(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void CheckSeeds(const fs::path& directory, const std::vector<fs::path>& files) {
  const std::vector<std::string> seeds = Seeds();
  const auto is_seed = [](const fs::path& file) {
    return absl::StartsWith(file.filename().string(), kSeedPrefix);
  };
  bool same = static_cast<size_t>(std::count_if(files.begin(), files.end(), is_seed)) == seeds.size();
  for (size_t i = 0; same && i < seeds.size(); ++i) same = Read(directory / SeedName(i)) == seeds[i];
  Promise(same, "the corpus has the seeds that the target makes (write them with --seeds)");
}

void Feed(const fs::path& file) {
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  const std::string bytes = Read(file);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

int Run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--seeds") {
    WriteSeeds(arguments[1]);
    return 0;
  }
  if (arguments.empty()) {
    std::fprintf(stderr, "fuzz_NAME FILE|DIRECTORY... | --seeds DIRECTORY\n");
    return 2;
  }
  for (const fs::path path : arguments) {
    const std::vector<fs::path> files = FilesOf(path);
    if (fs::is_directory(path)) CheckSeeds(path, files);
    for (const fs::path& file : files) Feed(file);
  }
  return 0;
}

}  // namespace
}  // namespace parlor::fuzz

int main(int argc, char** argv) {
  return parlor::fuzz::Run({argv + 1, argv + argc});
}
