// What reads messages.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/store/columns.h"
#include "client/store/content.h"
#include "client/store/store.h"

namespace parlor::client {
namespace {

constexpr int64_t kMaxExtents = 4'096;

// What ReadMessages expects: of a message `m`, its stream `s` and its conversation `c`.
constexpr absl::string_view kMessageColumns = R"sql(
  c.name, s.device, s.epoch, m.number, s.sender, s.own, m.time, m.logical, m.content,
  max(m.mark, CASE WHEN m.number <= s.read THEN 3
                   WHEN m.number <= s.delivered THEN 2
                   WHEN m.number <= s.sent THEN 1
                   ELSE 0 END),
  s.own = 0 AND NOT EXISTS (
    SELECT 1 FROM unread u
    WHERE u.conversation = m.conversation AND u.time = m.time AND u.logical = m.logical
      AND u.stream = m.stream AND u.number = m.number),
  m.proof, m.via, m.stored_at)sql";

// A place in the order of a conversation's messages.
struct Position {
  int64_t time = std::numeric_limits<int64_t>::max();
  int64_t logical = std::numeric_limits<int64_t>::max();
  MessageId id;
};

absl::StatusOr<Position> PositionOf(sqlite::Database& db, const Stream& stream, const MessageId& id) {
  PARLOR_ASSIGN_OR_RETURN(auto query,
                          db.Prepare("SELECT time, logical FROM messages WHERE stream = ?1 AND number = ?2"));
  query.Bind(1, stream.id);
  query.Bind(2, NumberColumn(id.number));
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return absl::NotFoundError(absl::StrCat("there is no message ", ToString(id)));
  return Position{query.Int(0), query.Int(1), id};
}

Message ReadRow(const sqlite::Statement& row) {
  Message message;
  message.conversation = row.Text(0);
  message.id = {row.Text(1), EpochOf(row.Int(2)), static_cast<uint64_t>(row.Int(3))};
  message.sender = row.Text(4);
  message.own = row.Int(5) != 0;
  message.time = TimeOf(row.Int(6));
  message.logical = static_cast<uint32_t>(row.Int(7));
  message.mark = static_cast<Mark>(row.Int(9));
  message.read_here = row.Int(10) != 0;
  message.proof = static_cast<Proof>(row.Int(11));
  message.via = row.Text(12);
  message.stored_at = TimeOf(row.Int(13));
  return message;
}

}  // namespace

absl::StatusOr<std::vector<Message>> Store::ReadMessages(sqlite::Statement& query) {
  std::vector<Message> messages;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return messages;
    PARLOR_ASSIGN_OR_RETURN(Message message, ReadMessage(query));
    messages.push_back(std::move(message));
  }
}

absl::StatusOr<Message> Store::ReadMessage(const sqlite::Statement& row) {
  Message message = ReadRow(row);
  const auto content = sealer_.Open(row.Text(8), ContentContext(message.conversation, message.id));
  const absl::Status decoded = content.ok() ? DecodeContent(*content, message) : content.status();
  if (decoded.ok()) return message;
  return absl::Status(decoded.code(), absl::StrCat("message ", ToString(message.id), " in ",
                                                   message.conversation, ": ", decoded.message()));
}

absl::StatusOr<std::vector<Message>> Store::Outbox(const std::optional<std::string>& conversation) {
  PARLOR_ASSIGN_OR_RETURN(
      auto query,
      db_.Prepare(absl::StrCat("SELECT ", kMessageColumns,
                               " FROM conversations c JOIN streams s ON s.conversation = c.id "
                               "CROSS JOIN messages m ON m.stream = s.id AND m.number > s.delivered "
                               "WHERE c.name >= '@' AND c.name < 'A' AND (?1 IS NULL OR c.name = ?1) "
                               "AND s.own = 1 AND m.mark < 2 "
                               "ORDER BY m.time, m.logical, s.device, s.epoch, m.number")));
  if (conversation.has_value()) query.BindText(1, *conversation);
  return ReadMessages(query);
}

absl::StatusOr<std::vector<Message>> Store::History(const std::string& conversation, int limit,
                                                    const std::optional<MessageId>& before) {
  PARLOR_ASSIGN_OR_RETURN(Page page,
                          HistoryPage(conversation, limit, before, std::numeric_limits<size_t>::max()));
  return std::move(page.messages);
}

absl::StatusOr<Store::Page> Store::HistoryPage(const std::string& conversation, int limit,
                                               const std::optional<MessageId>& before, size_t max_bytes) {
  Position end;
  if (before.has_value()) {
    PARLOR_ASSIGN_OR_RETURN(const Stream stream, ExistingStream(conversation, *before));
    PARLOR_ASSIGN_OR_RETURN(end, PositionOf(db_, stream, *before));
  }
  // Messages lead, by their index; only those of the same (time, logical) are sorted.
  PARLOR_ASSIGN_OR_RETURN(
      auto query,
      db_.Prepare(absl::StrCat(
          "SELECT ", kMessageColumns,
          " FROM conversations c CROSS JOIN messages m INDEXED BY history ON m.conversation = c.id "
          "CROSS JOIN streams s ON s.id = m.stream "
          "WHERE c.name = ?1 AND m.time <= ?2 "
          "AND (m.time, m.logical, s.device, s.epoch, m.number) < (?2, ?3, ?4, ?5, ?6) "
          "ORDER BY m.time DESC, m.logical DESC, s.device DESC, s.epoch DESC, m.number DESC LIMIT ?7")));
  query.BindText(1, conversation);
  query.Bind(2, end.time);
  query.Bind(3, end.logical);
  query.BindText(4, end.id.device);
  query.Bind(5, EpochColumn(end.id.epoch));
  query.Bind(6, NumberColumn(end.id.number));
  const size_t most = static_cast<size_t>(std::max(limit, 0));
  query.Bind(7, static_cast<int64_t>(most) + 1);  // one more tells whether there is more
  Page page;
  size_t bytes = 0;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) break;
    if (page.messages.size() == most) {
      page.more = true;
      break;
    }
    PARLOR_ASSIGN_OR_RETURN(Message message, ReadMessage(query));
    bytes += message.text.size();
    if (bytes > max_bytes && !page.messages.empty()) {
      page.more = true;
      break;
    }
    page.messages.push_back(std::move(message));
  }
  std::reverse(page.messages.begin(), page.messages.end());
  return page;
}

absl::StatusOr<std::vector<Message>> Store::Range(const std::string& conversation, const std::string& device,
                                                  uint64_t epoch, uint64_t from, uint64_t to, int limit) {
  PARLOR_ASSIGN_OR_RETURN(const std::optional<Stream> stream, streams_.Find(conversation, device, epoch));
  if (!stream.has_value()) return std::vector<Message>();
  PARLOR_ASSIGN_OR_RETURN(auto query,
                          db_.Prepare(absl::StrCat("SELECT ", kMessageColumns,
                                                   " FROM messages m CROSS JOIN streams s ON s.id = m.stream "
                                                   "CROSS JOIN conversations c ON c.id = s.conversation "
                                                   "WHERE m.stream = ?1 AND m.number BETWEEN ?2 AND ?3 "
                                                   "ORDER BY m.number LIMIT ?4")));
  query.Bind(1, stream->id);
  query.Bind(2, NumberColumn(from));
  query.Bind(3, NumberColumn(to));
  query.Bind(4, std::max(limit, 0));
  return ReadMessages(query);
}

absl::StatusOr<std::vector<Extent>> Store::Extents(const std::string& conversation) {
  PARLOR_ASSIGN_OR_RETURN(auto query,
                          db_.Prepare("SELECT s.device, s.epoch, r.first, r.last "
                                      "FROM conversations c JOIN streams s ON s.conversation = c.id "
                                      "JOIN runs r ON r.stream = s.id "
                                      "AND r.first = (SELECT max(first) FROM runs WHERE stream = s.id) "
                                      "WHERE c.name = ?1 ORDER BY r.latest DESC, s.id DESC LIMIT ?2"));
  query.BindText(1, conversation);
  query.Bind(2, kMaxExtents);
  std::vector<Extent> extents;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return extents;
    extents.push_back({query.Text(0), EpochOf(query.Int(1)), static_cast<uint64_t>(query.Int(2)),
                       static_cast<uint64_t>(query.Int(3))});
  }
}

absl::StatusOr<std::vector<std::string>> Store::Conversations() {
  PARLOR_ASSIGN_OR_RETURN(
      auto query,
      db_.Prepare("SELECT name, (SELECT max(time) FROM messages m WHERE m.conversation = c.id) AS latest "
                  "FROM conversations c WHERE latest IS NOT NULL ORDER BY latest DESC, name"));
  std::vector<std::string> names;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return names;
    names.push_back(query.Text(0));
  }
}

}  // namespace parlor::client
