#include "client/link/udp/udp_batch.h"

namespace parlor::client {
namespace {

constexpr size_t kKeptBatch = 64 * 1024;

}  // namespace

bool UdpBatch::Joins(absl::string_view packet, const UdpAddress& to, const UdpAddress& from) const {
  if (messages_.empty()) return false;
  const Message& last = messages_.back();
  return packet.size() <= last.segment && last.size % last.segment == 0 &&
         last.size / last.segment < kMaxSegments && last.size + packet.size() <= kMaxMessageSize &&
         last.to == to && last.from == from;
}

bool UdpBatch::Add(absl::string_view packet, const UdpAddress& to, const UdpAddress& from, bool may_join) {
  if (bytes_.size() + packet.size() > kMaxBytes) return false;
  if (may_join && Joins(packet, to, from)) {
    messages_.back().size += packet.size();
  } else {
    if (messages_.size() == kMaxMessages) return false;
    messages_.push_back({to, from, bytes_.size(), packet.size(), packet.size()});
  }
  bytes_.append(packet.data(), packet.size());
  return true;
}

void UdpBatch::Clear() {
  messages_.clear();
  bytes_.clear();
  if (bytes_.capacity() > kKeptBatch) bytes_.shrink_to_fit();
}

}  // namespace parlor::client
