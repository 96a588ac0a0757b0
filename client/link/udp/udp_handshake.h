// A dial of one address: from the first packet to a link. As over TCP, the dialler waits for the first frame
// of the other side, although QUIC tells it earlier that its certificate was taken: so that a link is one
// that somebody answers, whatever it runs over. What it has to say itself need not wait for that.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_HANDSHAKE_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_HANDSHAKE_H_

#include <memory>

#include "absl/status/status.h"
#include "client/link/network.h"
#include "client/link/shared_opening.h"
#include "client/link/udp/udp_endpoint.h"

namespace parlor::client {

// Loop thread only. Has no deadline of its own but the connection's: who started it ends it.
class UdpHandshake final : public UdpObserver, public std::enable_shared_from_this<UdpHandshake> {
 public:
  // `done` is called once, never inside this.
  static std::shared_ptr<UdpHandshake> Dial(std::unique_ptr<UdpSession> session,
                                            std::shared_ptr<SharedOpening> opening,
                                            Network::DialCallback done);

  // Closes the connection; `done` is not called any more. Nothing if it was.
  void Abort();

  void OnNews() override;

 private:
  UdpHandshake(std::unique_ptr<UdpSession> session, std::shared_ptr<SharedOpening> opening,
               Network::DialCallback done);
  void SayOpening();
  void Finish(absl::StatusOr<std::unique_ptr<Link>> result);

  std::unique_ptr<UdpSession> session_;
  const std::shared_ptr<SharedOpening> opening_;
  bool opened_ = false;
  Network::DialCallback done_;  // null when it was called or nobody waits any more
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_HANDSHAKE_H_
