#include "client/link/udp/peer_network.h"

#include "client/link/racing_network.h"
#include "client/link/tcp_network.h"
#include "client/link/udp/udp_network.h"

namespace parlor::client {

std::unique_ptr<Network> MakePeerNetwork(AsioLoop& loop, const PeerJudge& judge) {
  return std::make_unique<RacingNetwork>(
      loop, [&loop, judge] { return std::make_unique<TcpNetwork>(loop, judge); },
      [&loop, judge] { return std::make_unique<UdpNetwork>(loop, judge); });
}

}  // namespace parlor::client
