// A Link over TLS 1.3 on TCP.
#ifndef PARLOR_CLIENT_LINK_TCP_LINK_H_
#define PARLOR_CLIENT_LINK_TCP_LINK_H_

#include <asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "client/link/link.h"
#include "client/link/tls_socket.h"
#include "client/loop/loop.h"

namespace parlor::client {

// A connection whose handshake is complete; what TcpHandshake makes and TcpLink lives on.
struct TcpConnection {
  asio::ip::tcp::socket socket;
  std::unique_ptr<TlsSocket> tls;  // over `socket`
  LinkInfo info;
  std::string early;  // what the other side sent before the link was started, decrypted
};

// Reads and writes at most 256 KiB at a time before others get their turn of the loop.
class TcpLink final : public Link {
 public:
  // For Close(): to write what is queued and to see the other side's end.
  static constexpr absl::Duration kCloseDeadline = absl::Seconds(2);
  // What is sent and not acknowledged, or not taken (a reader that is frozen), ends the link after this
  // (RFC 5482); three of the Pings that the core sends.
  static constexpr absl::Duration kUserTimeout = absl::Seconds(45);

  // `loop` must outlive it.
  TcpLink(Loop& loop, TcpConnection connection);
  ~TcpLink() override;

  void Start(Handlers handlers) override;
  absl::Status Send(absl::string_view frame) override;
  size_t queued_bytes() const override;
  std::optional<absl::Duration> rtt() const override;
  void Close() override;
  const LinkInfo& info() const override;

 private:
  class Session;
  const std::shared_ptr<Session> session_;  // pending operations hold it too
};

// Small writes at once, and dead peers noticed (see TcpLink::kUserTimeout).
void ConfigureLinkSocket(asio::ip::tcp::socket& socket);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TCP_LINK_H_
