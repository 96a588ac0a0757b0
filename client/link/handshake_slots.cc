#include "client/link/handshake_slots.h"

#include <asio/ip/address.hpp>

namespace parlor::client {
namespace {

std::string HostOf(absl::string_view ip) {
  asio::error_code error;
  const asio::ip::address address = asio::ip::make_address(std::string(ip), error);
  if (error || !address.is_v6()) return std::string(ip);
  const auto bytes = address.to_v6().to_bytes();
  return std::string(bytes.begin(), bytes.begin() + 8);
}

}  // namespace

bool HandshakeSlots::TryTake(absl::string_view ip) {
  if (taken_ >= limit_) return false;
  size_t& of_host = taken_by_host_[HostOf(ip)];
  if (of_host >= limit_per_host_) return false;
  ++of_host;
  ++taken_;
  return true;
}

void HandshakeSlots::Release(absl::string_view ip) {
  const auto it = taken_by_host_.find(HostOf(ip));
  if (it == taken_by_host_.end()) return;
  if (--it->second == 0) taken_by_host_.erase(it);
  --taken_;
}

}  // namespace parlor::client
