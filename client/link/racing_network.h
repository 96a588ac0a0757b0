// Two kinds of links behind one Network, TCP and UDP in the product. Both listen on one port number. A dial
// tries the kind that is preferred, and the other one beside it when that has failed or has not answered for
// a moment; the first link that is complete is kept. So a path that lets only one of them pass costs that
// moment, and nobody has to know which it is.
#ifndef PARLOR_CLIENT_LINK_RACING_NETWORK_H_
#define PARLOR_CLIENT_LINK_RACING_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/link/network.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Loop thread only. `loop` must outlive it; links and diallings may outlive it.
class RacingNetwork final : public Network {
 public:
  // The other kind's head start: as between two addresses (RFC 8305, section 8).
  static constexpr absl::Duration kHeadStart = absl::Milliseconds(250);
  // Ports that the system chose and only one of the two could have.
  static constexpr int kPortTries = 16;

  using Maker = std::function<std::unique_ptr<Network>()>;
  RacingNetwork(Loop& loop, Maker make_tcp, Maker make_udp);

  void SetIdentity(LinkIdentity identity) override;
  // ALREADY_EXISTS also if only one of the two kinds finds the port in use.
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback on_link) override;
  // Fails with both reasons.
  [[nodiscard]] std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override;
  std::vector<PeerAddress> LocalAddresses() const override { return tcp_->LocalAddresses(); }

 private:
  absl::StatusOr<uint16_t> ListenOnBoth(uint16_t port, const AcceptCallback& on_link);
  void MakeAnew();

  Loop& loop_;
  const Maker make_tcp_;
  const Maker make_udp_;
  std::optional<LinkIdentity> identity_;
  std::shared_ptr<Network> tcp_;  // diallings hold them too
  std::shared_ptr<Network> udp_;
  bool listening_ = false;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_RACING_NETWORK_H_
