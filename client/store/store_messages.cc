// What changes messages.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/store/columns.h"
#include "client/store/content.h"
#include "client/store/store.h"

namespace parlor::client {
namespace {

absl::Status CheckMessage(const Message& message) {
  if (message.text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a message has at most ", kMaxTextBytes,
                                                   " bytes of text, this one has ", message.text.size(),
                                                   ": shorten it or send it in parts"));
  }
  if (message.id.number < 1 || message.id.number > kMaxNumber) {
    return absl::InvalidArgumentError(
        absl::StrCat("message ", ToString(message.id), " is not numbered from 1 to ", kMaxNumber));
  }
  return absl::OkStatus();
}

absl::Status NotFound(const std::string& conversation, const MessageId& id) {
  return absl::NotFoundError(absl::StrCat("there is no message ", ToString(id), " in ", conversation));
}

// The largest number in the stream up to `up_to`; 0 if there is none.
absl::StatusOr<int64_t> LargestUpTo(sqlite::Database& db, int64_t stream, int64_t up_to) {
  PARLOR_ASSIGN_OR_RETURN(auto query, db.Prepare("SELECT number FROM messages WHERE stream = ?1 AND "
                                                 "number <= ?2 ORDER BY number DESC LIMIT 1"));
  query.Bind(1, stream);
  query.Bind(2, up_to);
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Int(0) : 0;
}

}  // namespace

absl::StatusOr<bool> Store::AddMessage(const Message& message, bool* conflict) {
  if (conflict != nullptr) *conflict = false;
  PARLOR_RETURN_IF_ERROR(CheckMessage(message));
  bool added = false;
  const absl::Status status = Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const Stream stream, streams_.FindOrMake(message));
    PARLOR_ASSIGN_OR_RETURN(added, InsertMessage(stream, message));
    const int64_t number = NumberColumn(message.id.number);
    if (added) return runs_.Add(stream.id, number, TimeColumn(message.time));
    if (conflict == nullptr) return absl::OkStatus();
    PARLOR_ASSIGN_OR_RETURN(*conflict, DiffersFromStored(stream, message));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return added;
}

absl::StatusOr<bool> Store::InsertMessage(const Stream& stream, const Message& message) {
  const int64_t number = NumberColumn(message.id.number);
  PARLOR_ASSIGN_OR_RETURN(auto insert,
                          PrepareWrite("INSERT INTO messages (stream, number, conversation, time, logical, "
                                       "stored_at, mark, proof, via, content) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                                       "ON CONFLICT DO NOTHING"));
  insert.Bind(1, stream.id);
  insert.Bind(2, number);
  insert.Bind(3, stream.conversation);
  insert.Bind(4, TimeColumn(message.time));
  insert.Bind(5, message.logical);
  insert.Bind(6, TimeColumn(message.stored_at));
  insert.Bind(7, static_cast<int>(message.mark));
  insert.Bind(8, static_cast<int>(message.proof));
  insert.BindText(9, message.via);
  insert.BindBlob(10, sealer_.Seal(EncodeContent(message), ContentContext(message.conversation, message.id)));
  PARLOR_RETURN_IF_ERROR(insert.Run());
  if (db_.changes() == 0) return false;
  if (message.own || message.read_here) return true;

  PARLOR_ASSIGN_OR_RETURN(auto unread,
                          PrepareWrite("INSERT INTO unread (conversation, time, logical, stream, number) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5)"));
  unread.Bind(1, stream.conversation);
  unread.Bind(2, TimeColumn(message.time));
  unread.Bind(3, message.logical);
  unread.Bind(4, stream.id);
  unread.Bind(5, number);
  PARLOR_RETURN_IF_ERROR(unread.Run());
  return true;
}

absl::StatusOr<bool> Store::DiffersFromStored(const Stream& stream, const Message& message) {
  PARLOR_ASSIGN_OR_RETURN(auto query,
                          db_.Prepare("SELECT content FROM messages WHERE stream = ?1 AND number = ?2"));
  query.Bind(1, stream.id);
  query.Bind(2, NumberColumn(message.id.number));
  PARLOR_RETURN_IF_ERROR(query.Step().status());
  PARLOR_ASSIGN_OR_RETURN(const std::string content,
                          sealer_.Open(query.Text(0), ContentContext(message.conversation, message.id)));
  Message stored;
  PARLOR_RETURN_IF_ERROR(DecodeContent(content, stored));
  return stored.body != message.body || stored.text != message.text;
}

absl::StatusOr<Stream> Store::ExistingStream(const std::string& conversation, const MessageId& id) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<Stream> stream, streams_.Find(conversation, id.device, id.epoch));
  if (!stream.has_value()) return NotFound(conversation, id);
  return *std::move(stream);
}

absl::Status Store::RaiseMarks(const std::string& conversation, const std::string& device, uint64_t epoch,
                               uint64_t up_to, Mark mark, uint64_t from) {
  return Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const std::optional<Stream> stream, streams_.Find(conversation, device, epoch));
    if (!stream.has_value() || !stream->own) return absl::OkStatus();
    // Nothing that is written later may be called delivered now.
    PARLOR_ASSIGN_OR_RETURN(const int64_t here, LargestUpTo(db_, stream->id, NumberColumn(up_to)));
    PARLOR_ASSIGN_OR_RETURN(
        auto raise, PrepareWrite("UPDATE streams SET sent = max(sent, ?2), "
                                 "delivered = iif(?4 >= 2, max(delivered, ?2), delivered), "
                                 "read = iif(?4 >= 3, max(read, ?2), read) "
                                 "WHERE id = ?1 AND "
                                 "CASE ?4 WHEN 1 THEN sent WHEN 2 THEN delivered WHEN 3 THEN read END "
                                 "BETWEEN ?3 - 1 AND ?2 - 1"));
    raise.Bind(1, stream->id);
    raise.Bind(2, here);
    raise.Bind(3, NumberColumn(from));
    raise.Bind(4, static_cast<int>(mark));
    return raise.Run();
  });
}

absl::Status Store::SetProof(const std::string& conversation, const MessageId& id, Proof proof) {
  return Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const Stream stream, ExistingStream(conversation, id));
    PARLOR_ASSIGN_OR_RETURN(auto update,
                            PrepareWrite("UPDATE messages SET proof = ?3 WHERE stream = ?1 AND number = ?2"));
    update.Bind(1, stream.id);
    update.Bind(2, NumberColumn(id.number));
    update.Bind(3, static_cast<int>(proof));
    PARLOR_RETURN_IF_ERROR(update.Run());
    return db_.changes() == 0 ? NotFound(conversation, id) : absl::OkStatus();
  });
}

absl::Status Store::MarkReadHere(const std::string& conversation, const MessageId& up_to) {
  return Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const Stream stream, ExistingStream(conversation, up_to));
    PARLOR_ASSIGN_OR_RETURN(
        auto query, db_.Prepare("SELECT time, logical FROM messages WHERE stream = ?1 AND number = ?2"));
    query.Bind(1, stream.id);
    query.Bind(2, NumberColumn(up_to.number));
    PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) return NotFound(conversation, up_to);
    PARLOR_ASSIGN_OR_RETURN(auto read, PrepareWrite("DELETE FROM unread WHERE conversation = ?1 "
                                                    "AND (time, logical) <= (?2, ?3)"));
    read.Bind(1, stream.conversation);
    read.Bind(2, query.Int(0));
    read.Bind(3, query.Int(1));
    return read.Run();
  });
}

absl::Status Store::Withdraw(const std::string& conversation, const MessageId& id) {
  return Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(const Stream stream, ExistingStream(conversation, id));
    PARLOR_ASSIGN_OR_RETURN(auto remove,
                            PrepareWrite("DELETE FROM messages WHERE stream = ?1 AND number = ?2 "
                                         "AND mark = 0 AND EXISTS (SELECT 1 FROM streams "
                                         "WHERE id = ?1 AND own = 1 AND sent < ?2)"));
    remove.Bind(1, stream.id);
    remove.Bind(2, NumberColumn(id.number));
    PARLOR_RETURN_IF_ERROR(remove.Run());
    if (db_.changes() == 1) return runs_.Remove(stream.id, NumberColumn(id.number));
    PARLOR_ASSIGN_OR_RETURN(auto query,
                            db_.Prepare("SELECT 1 FROM messages WHERE stream = ?1 AND number = ?2"));
    query.Bind(1, stream.id);
    query.Bind(2, NumberColumn(id.number));
    PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) return NotFound(conversation, id);
    return absl::FailedPreconditionError(
        stream.own
            ? absl::StrCat("message ", ToString(id), " went out already: it cannot be withdrawn any more")
            : absl::StrCat("message ", ToString(id), " is not yours to withdraw"));
  });
}

}  // namespace parlor::client
