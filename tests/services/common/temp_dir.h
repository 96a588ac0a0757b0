// A directory that goes with the test.
#ifndef PARLOR_TESTS_SERVICES_COMMON_TEMP_DIR_H_
#define PARLOR_TESTS_SERVICES_COMMON_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"

namespace parlor::testing {

class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "parlor-test-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "cannot make a temporary directory";
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::filesystem::path operator/(const std::string& name) const {
    return std::filesystem::path(path_) / name;
  }
  std::filesystem::path path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_TEMP_DIR_H_
