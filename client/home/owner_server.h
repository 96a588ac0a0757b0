// Where the owner of a home hears the other processes of the same person: a 0600 Unix socket in the home.
#ifndef PARLOR_CLIENT_HOME_OWNER_SERVER_H_
#define PARLOR_CLIENT_HOME_OWNER_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "asio/io_context.hpp"
#include "client/home/home.h"
#include "client/home/line_connection.h"
#include "client/home/owner_lock.h"

namespace parlor::client {

// More are closed at once.
inline constexpr size_t kMaxOwnerClients = 64;

// Loop thread only. Destroying it removes the socket; connections that were handed over stay.
class OwnerServer {
 public:
  using ClientCallback = std::function<void(std::unique_ptr<LineConnection> client)>;

  // `lock` is the proof that whatever socket is there is a dead process's: it is replaced. Processes of other
  // users are refused. `on_client` is called on the loop, never inside Listen, and starts the client or drops
  // it.
  static absl::StatusOr<std::unique_ptr<OwnerServer>> Listen(asio::io_context& context, const Home& home,
                                                             const OwnerLock& lock, ClientCallback on_client);
  ~OwnerServer();
  OwnerServer(const OwnerServer&) = delete;
  OwnerServer& operator=(const OwnerServer&) = delete;

 private:
  class Impl;
  explicit OwnerServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_OWNER_SERVER_H_
