// From a TCP connection to a link, in either role: connects, shakes hands, and (dialling) waits for the first
// frame of the other side, since only that tells that the other side took our certificate. Nothing but the
// TLS handshake is sent.
#ifndef PARLOR_CLIENT_LINK_TCP_HANDSHAKE_H_
#define PARLOR_CLIENT_LINK_TCP_HANDSHAKE_H_

#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/net/address.h"
#include "client/link/link.h"
#include "client/link/tcp_link.h"
#include "client/link/tls_context.h"
#include "client/link/tls_socket.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// Loop thread only. Has no deadline of its own: who started it ends it. The loop must outlive it.
class TcpHandshake : public std::enable_shared_from_this<TcpHandshake> {
 public:
  // Called once, never inside Dial or Accept.
  using Done = std::function<void(absl::StatusOr<std::unique_ptr<Link>>)>;

  static std::shared_ptr<TcpHandshake> Dial(AsioLoop& loop, std::shared_ptr<const TlsContext> context,
                                            const PeerAddress& address, std::string user, Done done);
  static std::shared_ptr<TcpHandshake> Accept(AsioLoop& loop, std::shared_ptr<const TlsContext> context,
                                              asio::ip::tcp::socket socket, Done done);

  // Closes the connection; `done` is not called any more. Nothing if it was.
  void Abort();

 private:
  TcpHandshake(AsioLoop& loop, asio::ip::tcp::socket socket, TlsRole role, Done done);

  void Connect(std::shared_ptr<const TlsContext> context, const PeerAddress& address, std::string user);
  void Begin(std::shared_ptr<const TlsContext> context, std::string user);
  void Await(asio::ip::tcp::socket::wait_type what);
  void Step();
  TlsProgress ReadFirstFrame();
  void Succeed();
  void Fail(absl::Status status);
  void FailSoon(absl::Status status);

  AsioLoop& loop_;
  const TlsRole role_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsSocket> tls_;
  PeerAddress remote_;
  bool handshaken_ = false;
  std::string early_;
  Done done_;  // null when it was called or nobody waits any more
};

PeerAddress ToPeerAddress(const asio::ip::tcp::endpoint& endpoint);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TCP_HANDSHAKE_H_
