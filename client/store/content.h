// The part of a message that is sealed, as one string of bytes. Pure; thread-safe.
#ifndef PARLOR_CLIENT_STORE_CONTENT_H_
#define PARLOR_CLIENT_STORE_CONTENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/store/message.h"

namespace parlor::client {

// Text, body and signature. A signed body usually ends with the text: then that is kept once.
std::string EncodeContent(const Message& message);
// Into `message`. DATA_LOSS: no encoded content.
absl::Status DecodeContent(absl::string_view content, Message& message);

// Where the content belongs: it is sealed with it, and opens nowhere else.
std::string ContentContext(absl::string_view conversation, const MessageId& id);

// Byte strings, each after its length (4 bytes, big-endian).
std::string PackList(const std::vector<std::string>& items);
// DATA_LOSS: no packed list.
absl::StatusOr<std::vector<std::string>> UnpackList(absl::string_view packed);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_CONTENT_H_
