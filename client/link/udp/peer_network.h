// The Network of the product: TCP and UDP, whichever gets through.
#ifndef PARLOR_CLIENT_LINK_UDP_PEER_NETWORK_H_
#define PARLOR_CLIENT_LINK_UDP_PEER_NETWORK_H_

#include <memory>

#include "client/link/network.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// `loop` must outlive it.
std::unique_ptr<Network> MakePeerNetwork(AsioLoop& loop, const PeerJudge& judge);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_PEER_NETWORK_H_
