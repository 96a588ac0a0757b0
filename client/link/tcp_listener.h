// Accepts links on all interfaces.
#ifndef PARLOR_CLIENT_LINK_TCP_LISTENER_H_
#define PARLOR_CLIENT_LINK_TCP_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/link/network.h"
#include "client/link/tls_context.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

struct TcpListenerOptions {
  // For a whole handshake. A slow mobile path needs 3 s; a silent connection may hold its slot no longer.
  absl::Duration handshake_deadline = absl::Seconds(10);
  // Handshakes under way, about 100 KiB each; connections beyond them are closed at once.
  size_t max_handshakes = 64;
  // Of these, from one remote host: a flood from one leaves room for the others.
  size_t max_handshakes_per_host = 8;
};

// Loop thread only. Destroying it stops listening and ends handshakes under way; the loop must outlive it.
class TcpListener {
 public:
  // The TLS context for the next handshake; null: connections are closed.
  using ContextSource = std::function<std::shared_ptr<const TlsContext>()>;

  // On [::], IPv4 included, or on 0.0.0.0 where there is no IPv6. Port 0: any. ALREADY_EXISTS: in use.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Open(AsioLoop& loop, uint16_t port,
                                                           TcpListenerOptions options, ContextSource contexts,
                                                           Network::AcceptCallback on_link);
  ~TcpListener();

  uint16_t port() const;
  bool has_ipv6() const;

 private:
  class State;
  explicit TcpListener(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;  // pending operations hold it too
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TCP_LISTENER_H_
