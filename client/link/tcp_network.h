// The Network of the product: TLS 1.3 over TCP, on an asio loop.
#ifndef PARLOR_CLIENT_LINK_TCP_NETWORK_H_
#define PARLOR_CLIENT_LINK_TCP_NETWORK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "client/link/dial_budget.h"
#include "client/link/listener_options.h"
#include "client/link/network.h"
#include "client/link/tcp_listener.h"
#include "client/link/tls_context.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// Loop thread only. Links and diallings may outlive it; the loop must outlive them all.
//
// A link that was dialled is handed over when the other side's first frame has come (it is delivered after
// Start): the accepting side must therefore send one at once, its Hello.
class TcpNetwork final : public Network {
 public:
  TcpNetwork(AsioLoop& loop, PeerJudge judge, ListenerOptions options = {});

  void SetIdentity(LinkIdentity identity) override;
  // FAILED_PRECONDITION if it listens already.
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback on_link) override;
  [[nodiscard]] std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override;
  std::vector<PeerAddress> LocalAddresses() const override;

 private:
  using Context = absl::StatusOr<std::shared_ptr<const TlsContext>>;

  AsioLoop& loop_;
  const PeerJudge judge_;
  const ListenerOptions options_;
  const std::shared_ptr<Context> context_;  // why there is none, or what the last SetIdentity made
  const std::shared_ptr<DialBudget> budget_ = std::make_shared<DialBudget>();
  std::unique_ptr<TcpListener> listener_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TCP_NETWORK_H_
