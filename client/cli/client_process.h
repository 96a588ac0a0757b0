// The composition root of the owner of a home: network, services, store, trust and core, wired for one
// account, and the socket where other processes of the same person are heard.
#ifndef PARLOR_CLIENT_CLI_CLIENT_PROCESS_H_
#define PARLOR_CLIENT_CLI_CLIENT_PROCESS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/hub_connections.h"
#include "client/core/core.h"
#include "client/core/server_clock.h"
#include "client/home/home.h"
#include "client/home/owner_lock.h"
#include "client/home/owner_server.h"
#include "client/loop/asio_loop.h"
#include "client/metrics/metrics_file.h"
#include "client/metrics/reporter.h"
#include "client/rpc/rpc_channel.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"
#include "client/ui/owner_hub.h"

namespace parlor::client {

// Loop thread only. Destroy it on the loop's thread, outside of its own events.
class ClientProcess {
 public:
  // Loads account, keys and history. NOT_FOUND: nobody is logged in here. Every error says what to do.
  // `metrics_file` is written while it lives; empty: none.
  static absl::StatusOr<std::unique_ptr<ClientProcess>> Open(AsioLoop& loop, const Home& home, OwnerLock lock,
                                                             const CoreOptions& options,
                                                             const std::string& metrics_file = {});
  ~ClientProcess();
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;

  // Where interfaces are added; before Start, so that they miss nothing.
  OwnerHub& hub() { return hub_; }
  bool HasOtherProcesses() const { return connections_.size() > 0; }

  // ALREADY_EXISTS: the port is in use; nothing was announced to anybody.
  absl::Status Start();
  // Says goodbye; ClosedEvent follows within 3 s.
  void Stop(const std::string& reason) { core_->Stop(reason); }

 private:
  struct World;
  ClientProcess(AsioLoop& loop, const Home& home, OwnerLock lock, std::unique_ptr<World> world);
  absl::Status WriteMetrics(const std::string& path);
  void OnEvent(const Event& event);

  AsioLoop& loop_;
  const Home home_;
  const OwnerLock lock_;  // let go of last
  const std::unique_ptr<World> world_;
  OwnerHub hub_;
  HubConnections connections_;
  std::unique_ptr<OwnerServer> server_;
  std::unique_ptr<Core> core_;
  std::shared_ptr<ClientProcess*> alive_ = std::make_shared<ClientProcess*>(this);
  std::unique_ptr<MetricsFile> metrics_file_;  // null: nobody asked for it
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_CLIENT_PROCESS_H_
