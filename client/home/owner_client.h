// How another process of the same person reaches the owner of a home.
#ifndef PARLOR_CLIENT_HOME_OWNER_CLIENT_H_
#define PARLOR_CLIENT_HOME_OWNER_CLIENT_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/home/home.h"
#include "client/home/line_connection.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

// An owner that has just started does not listen yet.
inline constexpr absl::Duration kOwnerPatience = absl::Seconds(5);

// Loop thread only. Destroying it gives up: the callback is not called any more.
class OwnerConnecting {
 public:
  virtual ~OwnerConnecting() = default;
};

// Exactly once, never inside ConnectToOwner: a connection to be started. UNAVAILABLE: nobody answered within
// `patience`; PERMISSION_DENIED: somebody else's process answered.
using OwnerConnectCallback = std::function<void(absl::StatusOr<std::unique_ptr<LineConnection>>)>;

// Blocks nowhere.
[[nodiscard]] std::unique_ptr<OwnerConnecting> ConnectToOwner(AsioLoop& loop, const Home& home,
                                                              OwnerConnectCallback done,
                                                              absl::Duration patience = kOwnerPatience);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_OWNER_CLIENT_H_
