#include "tests/client/home/temp_home.h"

#include <sys/stat.h>

#include "base/random.h"

namespace parlor::client {

TempHome::TempHome(size_t padding)
    : root_(std::filesystem::temp_directory_path() / ("parlor-test-" + RandomId())),
      home_(*Home::Open(padding == 0 ? root_ : root_ / std::string(padding, 'p'))) {}

TempHome::~TempHome() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

unsigned ModeOf(const std::filesystem::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

}  // namespace parlor::client
