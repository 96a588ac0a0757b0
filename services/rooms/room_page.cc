#include "services/rooms/room_page.h"

#include <array>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "parlor/rooms/v1/rooms.pb.h"
#include "services/rooms/room_frames.h"

namespace parlor::rooms {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr size_t kLongestVarint = 10;

void AppendVarint(std::string& out, uint64_t value) {
  std::array<uint8_t, kLongestVarint> buffer;
  const uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(value, buffer.data());
  out.append(reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(end - buffer.data()));
}

void AppendTag(std::string& out, int field, WireFormatLite::WireType type) {
  AppendVarint(out, WireFormatLite::MakeTag(field, type));
}

}  // namespace

std::string WireOf(const Room& room) {
  return RoomMessage(room, 0).SerializeAsString();
}

void RoomPage::Add(absl::string_view wire, size_t members) {
  std::string count;
  if (members != 0) {  // as the default of a field, 0 is not written
    AppendTag(count, v1::Room::kMembersFieldNumber, WireFormatLite::WIRETYPE_VARINT);
    AppendVarint(count, members);
  }
  AppendTag(bytes_, v1::ListRoomsResponse::kRoomsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  AppendVarint(bytes_, wire.size() + count.size());
  bytes_.append(wire.data(), wire.size());
  bytes_ += count;
}

void RoomPage::SetNext(absl::string_view page_token) {
  AppendTag(bytes_, v1::ListRoomsResponse::kNextPageTokenFieldNumber,
            WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  AppendVarint(bytes_, page_token.size());
  bytes_.append(page_token.data(), page_token.size());
}

void RoomPage::SetAge(absl::Duration age) {
  const int64_t milliseconds = absl::ToInt64Milliseconds(age);
  if (milliseconds <= 0) return;
  AppendTag(bytes_, v1::ListRoomsResponse::kAgeMsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  AppendVarint(bytes_, static_cast<uint64_t>(milliseconds));
}

}  // namespace parlor::rooms
