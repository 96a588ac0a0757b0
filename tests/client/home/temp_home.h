// A home of its own for a test, removed at the end.
#ifndef PARLOR_TESTS_CLIENT_HOME_TEMP_HOME_H_
#define PARLOR_TESTS_CLIENT_HOME_TEMP_HOME_H_

#include <filesystem>
#include <string>

#include "client/home/home.h"

namespace parlor::client {

class TempHome {
 public:
  // In a directory whose name has `padding` characters more.
  explicit TempHome(size_t padding = 0);
  ~TempHome();
  TempHome(const TempHome&) = delete;
  TempHome& operator=(const TempHome&) = delete;

  const Home& home() const { return home_; }

 private:
  std::filesystem::path root_;
  Home home_;
};

// rwx bits of a file.
unsigned ModeOf(const std::filesystem::path& path);

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_HOME_TEMP_HOME_H_
