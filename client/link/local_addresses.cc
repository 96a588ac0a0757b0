#include "client/link/local_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "absl/status/statusor.h"

namespace parlor::client {
namespace {

// Empty for what is neither IPv4 nor IPv6.
std::string TextOf(const sockaddr* address) {
  if (address == nullptr) return "";
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof(text));
  } else if (address->sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof(text));
  }
  return text;
}

void AddOfScope(const std::vector<std::string>& ips, AddressScope scope, uint16_t port,
                std::vector<PeerAddress>& chosen) {
  for (const std::string& ip : ips) {
    if (chosen.size() == kMaxPeerAddresses) return;
    PeerAddress address{ip, port};
    if (ScopeOf(ip) != scope || std::find(chosen.begin(), chosen.end(), address) != chosen.end()) continue;
    chosen.push_back(std::move(address));
  }
}

}  // namespace

std::vector<std::string> InterfaceIps() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
  std::vector<std::string> ips;
  for (const ifaddrs* interface = list; interface != nullptr; interface = interface->ifa_next) {
    if ((interface->ifa_flags & IFF_UP) == 0) continue;
    absl::StatusOr<std::string> ip = CanonicalIp(TextOf(interface->ifa_addr));
    if (ip.ok()) ips.push_back(*std::move(ip));
  }
  return ips;
}

std::vector<PeerAddress> ChooseAddresses(const std::vector<std::string>& ips, uint16_t port) {
  std::vector<PeerAddress> chosen;
  AddOfScope(ips, AddressScope::kPublic, port, chosen);
  AddOfScope(ips, AddressScope::kPrivate, port, chosen);
  if (chosen.empty()) AddOfScope(ips, AddressScope::kLoopback, port, chosen);
  return chosen;
}

}  // namespace parlor::client
