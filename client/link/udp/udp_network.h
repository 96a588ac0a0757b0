// A Network of QUIC links over UDP, on an asio loop.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_NETWORK_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_NETWORK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "client/link/dial_budget.h"
#include "client/link/listener_options.h"
#include "client/link/network.h"
#include "client/link/udp/quic_connection.h"
#include "client/link/udp/quic_credentials.h"
#include "client/link/udp/udp_endpoint.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// Loop thread only. Links and diallings may outlive it; the loop must outlive them all. Its links share one
// socket: what is dialled after Listen leaves from the listening port, and the port is given back when the
// last link is gone.
//
// A link that was dialled is handed over when the other side's first frame has come (it is delivered after
// Start): the accepting side must therefore send one at once, its Hello.
class UdpNetwork final : public Network {
 public:
  UdpNetwork(AsioLoop& loop, PeerJudge judge, ListenerOptions options = {}, QuicOptions quic = {});
  ~UdpNetwork() override;

  void SetIdentity(LinkIdentity identity) override;
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback on_link) override;
  [[nodiscard]] std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override;
  std::vector<PeerAddress> LocalAddresses() const override;

 private:
  using Credentials = absl::StatusOr<std::shared_ptr<const QuicCredentials>>;

  absl::StatusOr<std::shared_ptr<UdpEndpoint>> OpenEndpoint(uint16_t port) const;

  AsioLoop& loop_;
  const PeerJudge judge_;
  const ListenerOptions options_;
  const QuicOptions quic_;
  const std::shared_ptr<Credentials> credentials_;  // why there are none, or what the last SetIdentity made
  const std::shared_ptr<DialBudget> budget_ = std::make_shared<DialBudget>();
  std::shared_ptr<UdpEndpoint> endpoint_;  // null before Listen and the first Dial
  bool listening_ = false;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_NETWORK_H_
