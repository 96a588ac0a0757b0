// What one start of one device wrote in one conversation, by a small number: rows of messages repeat that,
// not the names.
#ifndef PARLOR_CLIENT_STORE_STREAMS_H_
#define PARLOR_CLIENT_STORE_STREAMS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/sqlite/database.h"
#include "client/store/message.h"

namespace parlor::client {

struct Stream {
  int64_t id = 0;
  int64_t conversation = 0;
  std::string sender;
  bool own = false;
};

// Streams are never removed, so what was committed once may be remembered for good.
class Streams {
 public:
  explicit Streams(sqlite::Database& db) : db_(db) {}

  absl::StatusOr<std::optional<Stream>> Find(absl::string_view conversation, absl::string_view device,
                                             uint64_t epoch);
  // The stream of `message`, made now if it is the first. INVALID_ARGUMENT: the device writes under another
  // name.
  absl::StatusOr<Stream> FindOrMake(const Message& message);

  // After a rollback: a stream that was made in it is gone.
  void Forget() { known_.clear(); }

 private:
  absl::StatusOr<Stream> Make(const Message& message);

  static constexpr size_t kMaxKnown = 4096;  // about 1 MiB; cleared when full

  sqlite::Database& db_;
  absl::flat_hash_map<std::string, Stream> known_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_STREAMS_H_
