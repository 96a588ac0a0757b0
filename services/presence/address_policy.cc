#include "services/presence/address_policy.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::presence {
namespace {

// Who sends more bad addresses than this is not told about the rest.
constexpr size_t kMaxRefusals = 16;
// The longest textual IPv6 address has 45 characters.
constexpr size_t kMaxEchoedIp = 45;

AddressScope ScopeOfObserved(absl::string_view ip) {
  return ip.empty() ? AddressScope::kUnusable : ScopeOf(ip);
}

bool IsLocal(AddressScope scope) {
  return scope == AddressScope::kPrivate || scope == AddressScope::kLinkLocal ||
         scope == AddressScope::kLoopback;
}

absl::StatusOr<PeerAddress> Judge(absl::string_view ip, uint32_t port, absl::string_view observed_ip) {
  PARLOR_ASSIGN_OR_RETURN(PeerAddress address, MakePeerAddress(ip, port));
  switch (ScopeOf(address.ip)) {
    case AddressScope::kPublic:
      if (address.ip != observed_ip) {
        return absl::PermissionDeniedError("the server does not see this device at that address");
      }
      break;
    case AddressScope::kUnusable:
      return absl::PermissionDeniedError("nobody can be reached at that address");
    case AddressScope::kPrivate:
    case AddressScope::kLinkLocal:
    case AddressScope::kLoopback:
      break;
  }
  return address;
}

void Publish(absl::string_view ip, uint32_t port, absl::string_view observed_ip, size_t limit,
             PublishedAddresses& result) {
  absl::StatusOr<PeerAddress> address = Judge(ip, port, observed_ip);
  if (address.ok() &&
      std::find(result.addresses.begin(), result.addresses.end(), *address) != result.addresses.end()) {
    return;
  }
  if (address.ok() && result.addresses.size() >= limit) {
    address = absl::ResourceExhaustedError(absl::StrCat("a device has at most ", limit, " addresses"));
  }
  if (address.ok()) {
    result.addresses.push_back(*std::move(address));
  } else if (result.refused.size() < kMaxRefusals) {
    result.refused.push_back(
        absl::StrCat(ip.substr(0, kMaxEchoedIp), " ", port, ": ", address.status().message()));
  }
}

}  // namespace

PublishedAddresses JudgeAddresses(const google::protobuf::RepeatedPtrField<v1::Address>& wanted,
                                  uint32_t listen_port, absl::string_view observed_ip, size_t limit) {
  PublishedAddresses result;
  if (listen_port != 0) Publish(observed_ip, listen_port, observed_ip, limit, result);
  for (const v1::Address& address : wanted) {
    Publish(address.ip(), address.port(), observed_ip, limit, result);
  }
  return result;
}

std::vector<PeerAddress> AddressesFor(const std::vector<PeerAddress>& published,
                                      absl::string_view observed_ip, absl::string_view asker_ip) {
  const AddressScope device = ScopeOfObserved(observed_ip);
  const AddressScope asker = ScopeOfObserved(asker_ip);
  const bool same_network =
      (!observed_ip.empty() && observed_ip == asker_ip) || (IsLocal(device) && IsLocal(asker));
  const bool same_machine = device == AddressScope::kLoopback && asker == AddressScope::kLoopback;
  std::vector<PeerAddress> told;
  for (const PeerAddress& address : published) {
    const AddressScope scope = ScopeOf(address.ip);
    if (scope == AddressScope::kPublic || (scope == AddressScope::kLoopback ? same_machine : same_network)) {
      told.push_back(address);
    }
  }
  return told;
}

}  // namespace parlor::presence
