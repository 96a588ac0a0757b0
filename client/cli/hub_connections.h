// The other processes of the same person, at the owner: commands come as JSON lines, events go back as such.
#ifndef PARLOR_CLIENT_CLI_HUB_CONNECTIONS_H_
#define PARLOR_CLIENT_CLI_HUB_CONNECTIONS_H_

#include <cstddef>
#include <map>
#include <memory>

#include "absl/strings/string_view.h"
#include "client/core/events.h"
#include "client/home/line_connection.h"
#include "client/ui/owner_hub.h"

namespace parlor::client {

// Loop thread only.
class HubConnections {
 public:
  explicit HubConnections(OwnerHub& hub) : hub_(hub) {}  // outlives this
  ~HubConnections();
  HubConnections(const HubConnections&) = delete;
  HubConnections& operator=(const HubConnections&) = delete;

  // Greets it, and serves it until it goes. `quit` ends the connection alone. The end of the core is not
  // told: the connection closes, and the other process may become the owner.
  void Add(std::unique_ptr<LineConnection> connection);
  size_t size() const { return connections_.size(); }

 private:
  void OnLine(OwnerHub::ClientId client, absl::string_view line);
  void OnQuit(OwnerHub::ClientId client, const std::string& ref);
  void Send(OwnerHub::ClientId client, const Event& event);

  OwnerHub& hub_;
  std::map<OwnerHub::ClientId, std::unique_ptr<LineConnection>> connections_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_HUB_CONNECTIONS_H_
