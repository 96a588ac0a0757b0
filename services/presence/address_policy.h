// Which addresses of a device are told to whom, so that nobody can aim a thousand dialers at a victim. Pure.
//
// A public address is taken only if presence itself sees the device there (the port is the device's to say);
// private, link-local and loopback ones cannot be proved, and are told only where they can mean the device:
// to askers in the same network. Nothing goes to ports under 1024 but 443.
#ifndef PARLOR_SERVICES_PRESENCE_ADDRESS_POLICY_H_
#define PARLOR_SERVICES_PRESENCE_ADDRESS_POLICY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/net/address.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::presence {

struct PublishedAddresses {
  std::vector<PeerAddress> addresses;  // without duplicates
  std::vector<std::string> refused;    // "ip port: reason"
};

// What a device that is seen at `observed_ip` (canonical; empty if not known) may publish: `observed_ip` with
// `listen_port` unless that is 0, then of `wanted` what is allowed, up to `limit` in all.
PublishedAddresses JudgeAddresses(const google::protobuf::RepeatedPtrField<v1::Address>& wanted,
                                  uint32_t listen_port, absl::string_view observed_ip, size_t limit);

// Of a device's published addresses those that an asker is told. Both IPs are as presence sees them.
//   public                  everybody
//   private, link-local     seen at the same IP, or both seen at addresses that are not public
//   loopback                both seen at loopback addresses
std::vector<PeerAddress> AddressesFor(const std::vector<PeerAddress>& published,
                                      absl::string_view observed_ip, absl::string_view asker_ip);

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_ADDRESS_POLICY_H_
