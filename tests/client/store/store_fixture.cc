#include "tests/client/store/store_fixture.h"

#include <cstdlib>
#include <utility>

#include "base/random.h"

namespace parlor::client {

TempDir::TempDir() : path_(std::filesystem::temp_directory_path() / ("parlor-test-" + RandomId())) {
  std::filesystem::create_directory(path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Sealer TestSealer(char key) {
  return Sealer(std::string(kSealingKeySize, key));
}

std::unique_ptr<Store> OpenStore(const std::filesystem::path& path, const sqlite::Options& options) {
  auto store = Store::Open(path, TestSealer(), options);
  if (!store.ok()) {
    ADD_FAILURE() << store.status();
    std::abort();
  }
  return *std::move(store);
}

Message TheirMessage(uint64_t number, const std::string& text) {
  Message message;
  message.conversation = "@alice";
  message.id = {"dev", 7, number};
  message.sender = "alice";
  message.time = absl::FromUnixSeconds(static_cast<int64_t>(number));
  message.text = text;
  message.via = "tcp direct 192.0.2.1:7000";
  message.stored_at = message.time + absl::Milliseconds(5);
  return message;
}

Message OwnMessage(uint64_t number, const std::string& text) {
  Message message = TheirMessage(number, text);
  message.id.device = "mine";
  message.sender = "me";
  message.own = true;
  message.via.clear();
  return message;
}

void Add(Store& store, const Message& message) {
  const absl::StatusOr<bool> added = store.AddMessage(message);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_TRUE(*added) << ToString(message.id);
}

std::vector<std::string> Texts(const absl::StatusOr<std::vector<Message>>& messages) {
  EXPECT_TRUE(messages.ok()) << messages.status();
  std::vector<std::string> texts;
  if (messages.ok()) {
    for (const Message& message : *messages) texts.push_back(message.text);
  }
  return texts;
}

std::vector<uint64_t> Numbers(const absl::StatusOr<std::vector<Message>>& messages) {
  EXPECT_TRUE(messages.ok()) << messages.status();
  std::vector<uint64_t> numbers;
  if (messages.ok()) {
    for (const Message& message : *messages) numbers.push_back(message.id.number);
  }
  return numbers;
}

}  // namespace parlor::client
