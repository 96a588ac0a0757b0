// This machine's addresses, as a peer may dial them.
#ifndef PARLOR_CLIENT_LINK_LOCAL_ADDRESSES_H_
#define PARLOR_CLIENT_LINK_LOCAL_ADDRESSES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/net/address.h"

namespace parlor::client {

// Canonical addresses of the interfaces that are up (getifaddrs), as the kernel lists them.
std::vector<std::string> InterfaceIps();

// Of canonical `ips`, those worth telling: at most kMaxPeerAddresses, without repetitions, public ones first,
// then private ones, each in the order given; loopback ones only when there is nothing else; never others.
// Pure.
std::vector<PeerAddress> ChooseAddresses(const std::vector<std::string>& ips, uint16_t port);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_LOCAL_ADDRESSES_H_
