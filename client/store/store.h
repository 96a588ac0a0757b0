// All that a client remembers, in one SQLite file. Bodies of messages are sealed (see sealer.h): the file
// alone tells who wrote to whom and when, not what.
//
// Blocking; one thread at a time (see store_worker.h). Every method is part of the transaction that is open,
// or is one by itself. RESOURCE_EXHAUSTED: the disk is full; UNAVAILABLE: another process holds the file.
//
// All stays fast with millions of messages: nothing but the lists that are returned (and MarkReadHere, by
// what was unread) costs more with them.
#ifndef PARLOR_CLIENT_STORE_STORE_H_
#define PARLOR_CLIENT_STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "base/sqlite/database.h"
#include "client/store/message.h"
#include "client/store/runs.h"
#include "client/store/sealer.h"
#include "client/store/streams.h"

namespace parlor::client {

enum class Consent : int {
  kNone = 0,
  kAsking = 1,  // this person asked
  kAsked = 2,   // the other asked
  kAccepted = 3,
  kDeclined = 4,  // the other said no
};

struct Contact {
  std::string user;
  Consent consent = Consent::kNone;
  bool blocked = false;
  absl::Time since;                    // of `consent`
  std::string device;                  // last seen
  std::string key_spki;                // pinned: of that device
  bool verified = false;               // the person compared the safety number for `key_spki`
  std::vector<PeerAddress> addresses;  // last known
};

struct RoomRecord {
  std::string id;
  std::string name;
  std::string topic;
  std::string ticket;    // the last one
  bool entered = false;  // the person wants to be in it: entered again at the next start
};

// What proves an author's room messages to others.
struct AuthorRecord {
  std::string room;  // id
  std::string device;
  std::string user;
  std::vector<std::string> chain_der;
  std::string ticket;
};

struct Extent {  // of one author's messages in one conversation
  std::string device;
  uint64_t epoch = 0;
  uint64_t first = 0;
  uint64_t last = 0;
};

class Store {
 public:
  // ":memory:" for tests. FAILED_PRECONDITION: the file was sealed with another key, or is of a newer version
  // of this program. DATA_LOSS: damaged, or no store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::filesystem::path& path, Sealer sealer,
                                                     const sqlite::Options& options = {});

  // Not to be nested.
  absl::Status Transaction(const std::function<absl::Status()>& body);
  // Nested inside Transaction: undoes `body` alone when it fails.
  absl::Status Savepoint(const std::function<absl::Status()>& body);

  // False: a message with this id is there already (in this conversation). Then `conflict`, if given, says
  // whether it has another body or text. INVALID_ARGUMENT: longer than kMaxTextBytes, not numbered from 1 to
  // 2^63 - 2, or of a device that wrote under another sender's name (or `own`) in this conversation and
  // epoch.
  absl::StatusOr<bool> AddMessage(const Message& message, bool* conflict = nullptr);
  // Raises the mark of own messages of (device, epoch) up to `up_to`, and of those that are added later with
  // a smaller number than one that was raised; never lowers one. Messages before `from` are not to have the
  // mark: without effect unless they have it already.
  absl::Status RaiseMarks(const std::string& conversation, const std::string& device, uint64_t epoch,
                          uint64_t up_to, Mark mark, uint64_t from = 1);
  // NOT_FOUND.
  absl::Status SetProof(const std::string& conversation, const MessageId& id, Proof proof);
  // Others' messages that are here, up to and with this one by (time, logical), are read here. NOT_FOUND.
  absl::Status MarkReadHere(const std::string& conversation, const MessageId& up_to);
  // Removes an own message that is still queued. FAILED_PRECONDITION: it went out already. NOT_FOUND.
  absl::Status Withdraw(const std::string& conversation, const MessageId& id);

  // Messages are ordered by (time, logical, id).

  // Own messages in private chats that are not delivered, oldest first; all chats, or one.
  absl::StatusOr<std::vector<Message>> Outbox(const std::optional<std::string>& conversation = std::nullopt);
  // The latest `limit` messages, older than `before` if given; oldest first. NOT_FOUND: there is
  // no message `before`.
  absl::StatusOr<std::vector<Message>> History(const std::string& conversation, int limit,
                                               const std::optional<MessageId>& before = std::nullopt);
  // The same, but only as many of them, and always one, as have texts of `max_bytes` together. `more`: there
  // are older ones.
  struct Page {
    std::vector<Message> messages;
    bool more = false;
  };
  absl::StatusOr<Page> HistoryPage(const std::string& conversation, int limit,
                                   const std::optional<MessageId>& before, size_t max_bytes);
  // One author's messages `from`..`to`, at most `limit`, in order.
  absl::StatusOr<std::vector<Message>> Range(const std::string& conversation, const std::string& device,
                                             uint64_t epoch, uint64_t from, uint64_t to, int limit);
  // For gap filling: per author, the longest run without a gap that ends in the latest message. At most
  // 4,096, latest first.
  absl::StatusOr<std::vector<Extent>> Extents(const std::string& conversation);
  absl::StatusOr<std::vector<std::string>> Conversations();  // latest first

  absl::Status PutContact(const Contact& contact);
  absl::StatusOr<std::vector<Contact>> Contacts();
  absl::Status PutRoom(const RoomRecord& room);
  absl::StatusOr<std::vector<RoomRecord>> Rooms();
  absl::Status PutAuthor(const AuthorRecord& author);
  absl::StatusOr<std::optional<AuthorRecord>> Author(const std::string& room, const std::string& device);

  // Small sealed values by name.
  absl::Status PutSetting(const std::string& name, absl::string_view value);
  absl::StatusOr<std::optional<std::string>> Setting(const std::string& name);

  // Grows whenever something is about to be changed: a part that failed without it has nothing to undo.
  uint64_t writes() const { return writes_; }

 private:
  Store(sqlite::Database db, Sealer sealer);

  absl::Status Run(absl::string_view sql);
  absl::StatusOr<sqlite::Statement> PrepareWrite(absl::string_view sql);
  absl::Status Atomically(absl::FunctionRef<absl::Status()> body);  // in the open transaction, or its own

  absl::StatusOr<bool> InsertMessage(const Stream& stream, const Message& message);
  absl::StatusOr<bool> DiffersFromStored(const Stream& stream, const Message& message);
  absl::StatusOr<Stream> ExistingStream(const std::string& conversation, const MessageId& id);
  absl::StatusOr<std::vector<Message>> ReadMessages(sqlite::Statement& query);
  absl::StatusOr<Message> ReadMessage(const sqlite::Statement& row);

  sqlite::Database db_;
  const Sealer sealer_;
  Streams streams_;
  Runs runs_;
  bool in_transaction_ = false;
  uint64_t writes_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_STORE_H_
