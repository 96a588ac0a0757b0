// Accepts links on all interfaces.
#ifndef PARLOR_CLIENT_LINK_TCP_LISTENER_H_
#define PARLOR_CLIENT_LINK_TCP_LISTENER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "client/link/listener_options.h"
#include "client/link/network.h"
#include "client/link/tls_context.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// Loop thread only. Destroying it stops listening and ends handshakes under way; the loop must outlive it.
class TcpListener {
 public:
  // The TLS context for the next handshake; null: connections are closed.
  using ContextSource = std::function<std::shared_ptr<const TlsContext>()>;

  // On [::], IPv4 included, or on 0.0.0.0 where there is no IPv6. Port 0: any. ALREADY_EXISTS: in use.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Open(AsioLoop& loop, uint16_t port,
                                                           ListenerOptions options, ContextSource contexts,
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
