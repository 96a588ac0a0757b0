#include "client/store/streams.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/store/columns.h"

namespace parlor::client {
namespace {

std::string KeyOf(absl::string_view conversation, absl::string_view device, uint64_t epoch) {
  return absl::StrCat(conversation.size(), ":", conversation, device, "\n", absl::Hex(epoch));
}

}  // namespace

absl::StatusOr<std::optional<Stream>> Streams::Find(absl::string_view conversation, absl::string_view device,
                                                    uint64_t epoch) {
  std::string key = KeyOf(conversation, device, epoch);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  PARLOR_ASSIGN_OR_RETURN(auto query,
                          db_.Prepare("SELECT s.id, s.conversation, s.sender, s.own "
                                      "FROM streams s JOIN conversations c ON c.id = s.conversation "
                                      "WHERE c.name = ?1 AND s.device = ?2 AND s.epoch = ?3"));
  query.BindText(1, conversation);
  query.BindText(2, device);
  query.Bind(3, EpochColumn(epoch));
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::nullopt;
  Stream stream{query.Int(0), query.Int(1), query.Text(2), query.Int(3) != 0};
  if (known_.size() >= kMaxKnown) known_.clear();
  known_.emplace(std::move(key), stream);
  return stream;
}

absl::StatusOr<Stream> Streams::FindOrMake(const Message& message) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<Stream> stream,
                          Find(message.conversation, message.id.device, message.id.epoch));
  if (!stream.has_value()) return Make(message);
  if (stream->sender != message.sender || stream->own != message.own) {
    return absl::InvalidArgumentError(absl::StrCat("device ", message.id.device, " writes as ",
                                                   stream->sender, " in ", message.conversation,
                                                   ", it cannot write as ", message.sender, " there"));
  }
  return *std::move(stream);
}

absl::StatusOr<Stream> Streams::Make(const Message& message) {
  PARLOR_ASSIGN_OR_RETURN(
      auto conversation,
      db_.Prepare("INSERT INTO conversations (name) VALUES (?1) ON CONFLICT DO UPDATE SET name = name "
                  "RETURNING id"));
  conversation.BindText(1, message.conversation);
  PARLOR_RETURN_IF_ERROR(conversation.Step().status());
  Stream stream{0, conversation.Int(0), message.sender, message.own};
  PARLOR_RETURN_IF_ERROR(conversation.Run());

  PARLOR_ASSIGN_OR_RETURN(auto insert,
                          db_.Prepare("INSERT INTO streams (conversation, device, epoch, sender, own) "
                                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
  insert.Bind(1, stream.conversation);
  insert.BindText(2, message.id.device);
  insert.Bind(3, EpochColumn(message.id.epoch));
  insert.BindText(4, message.sender);
  insert.Bind(5, message.own ? 1 : 0);
  PARLOR_RETURN_IF_ERROR(insert.Run());
  stream.id = db_.last_insert_id();
  return stream;
}

}  // namespace parlor::client
