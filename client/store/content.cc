#include "client/store/content.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// A content is: its kind (a byte), the lengths of text and body, then text, body and signature, or only body
// and signature.
constexpr char kTextAlone = 0;
constexpr char kTextInBody = 1;  // the body ends with it

constexpr size_t kLengthSize = 4;
constexpr size_t kHeaderSize = 1 + 2 * kLengthSize;

void AppendLength(std::string& out, size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift & 0xff));
}

size_t ReadLength(absl::string_view bytes) {
  size_t length = 0;
  for (size_t i = 0; i < kLengthSize; ++i) length = length << 8 | static_cast<uint8_t>(bytes[i]);
  return length;
}

absl::Status Damaged() {
  return absl::DataLossError("the content of a message is damaged");
}

}  // namespace

std::string EncodeContent(const Message& message) {
  const bool in_body = absl::EndsWith(message.body, message.text);
  std::string content;
  content.reserve(kHeaderSize + message.text.size() + message.body.size() + message.signature.size());
  content.push_back(in_body ? kTextInBody : kTextAlone);
  AppendLength(content, message.text.size());
  AppendLength(content, message.body.size());
  if (!in_body) content += message.text;
  content += message.body;
  content += message.signature;
  return content;
}

absl::Status DecodeContent(absl::string_view content, Message& message) {
  if (content.size() < kHeaderSize) return Damaged();
  const bool in_body = content[0] == kTextInBody;
  const size_t text_size = ReadLength(content.substr(1));
  const size_t body_size = ReadLength(content.substr(1 + kLengthSize));
  content.remove_prefix(kHeaderSize);
  const size_t before_body = in_body ? 0 : text_size;
  if (content.size() < before_body + body_size || (in_body && text_size > body_size)) return Damaged();
  const absl::string_view body = content.substr(before_body, body_size);
  message.text = std::string(in_body ? body.substr(body_size - text_size) : content.substr(0, text_size));
  message.body = std::string(body);
  message.signature = std::string(content.substr(before_body + body_size));
  return absl::OkStatus();
}

std::string ContentContext(absl::string_view conversation, const MessageId& id) {
  return absl::StrCat("message\n", conversation.size(), ":", conversation, "\n", id.device, "\n",
                      absl::Hex(id.epoch), "\n", id.number);
}

std::string PackList(const std::vector<std::string>& items) {
  std::string packed;
  for (const std::string& item : items) {
    AppendLength(packed, item.size());
    packed += item;
  }
  return packed;
}

absl::StatusOr<std::vector<std::string>> UnpackList(absl::string_view packed) {
  std::vector<std::string> items;
  while (!packed.empty()) {
    if (packed.size() < kLengthSize) return absl::DataLossError("a packed list ends too early");
    const size_t length = ReadLength(packed);
    packed.remove_prefix(kLengthSize);
    if (packed.size() < length) return absl::DataLossError("a packed list ends too early");
    items.emplace_back(packed.substr(0, length));
    packed.remove_prefix(length);
  }
  return items;
}

}  // namespace parlor::client
