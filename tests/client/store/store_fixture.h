// What the tests of the store have in common.
#ifndef PARLOR_TESTS_CLIENT_STORE_STORE_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_STORE_STORE_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/store/store.h"
#include "gtest/gtest.h"

namespace parlor::client {

// A directory of its own, removed at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

Sealer TestSealer(char key = 'k');
std::unique_ptr<Store> OpenStore(const std::filesystem::path& path, const sqlite::Options& options = {});

// At second `number`, logical 0, of device "dev" and epoch 7, by "alice" in "@alice", unless changed.
Message TheirMessage(uint64_t number, const std::string& text = "hello");
// Of device "mine", by "me".
Message OwnMessage(uint64_t number, const std::string& text = "hello");

// Adds it, and fails the test unless it was new.
void Add(Store& store, const Message& message);

// What it holds; fails the test if that is an error.
template <typename T>
T ValueOf(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *std::move(value) : T();
}

std::vector<std::string> Texts(const absl::StatusOr<std::vector<Message>>& messages);
std::vector<uint64_t> Numbers(const absl::StatusOr<std::vector<Message>>& messages);

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_STORE_STORE_FIXTURE_H_
