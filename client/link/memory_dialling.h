// The hosts of a MemoryInternet and the handshake between two of them. Used by memory_network.cc alone.
#ifndef PARLOR_CLIENT_LINK_MEMORY_DIALLING_H_
#define PARLOR_CLIENT_LINK_MEMORY_DIALLING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "client/link/memory_paths.h"
#include "client/link/memory_wire.h"
#include "client/link/network.h"
#include "client/link/shared_opening.h"
#include "client/loop/virtual_loop.h"

namespace parlor::client::memory {

struct Host {
  std::vector<std::string> ips;
  PeerJudge judge;
  std::optional<LinkIdentity> identity;
  Network::AcceptCallback on_link;  // null while it does not listen
};

struct Wires {
  explicit Wires(VirtualLoop& virtual_loop, absl::Duration latency)
      : loop(virtual_loop), paths(std::make_shared<Paths>(latency)) {}

  // Those that still exist; forgets the others.
  std::vector<std::shared_ptr<Wire>> Existing();
  // Where `address` is listened at; null if nowhere.
  std::shared_ptr<Host> ListenerAt(const PeerAddress& address) const;

  uint16_t NewPort() { return next_port = next_port < 65535 ? static_cast<uint16_t>(next_port + 1) : 40000; }

  VirtualLoop& loop;
  const std::shared_ptr<Paths> paths;
  absl::btree_map<PeerAddress, std::weak_ptr<Host>> listeners;
  absl::btree_map<PeerAddress, int64_t> dials;
  std::vector<std::weak_ptr<Wire>> wires;
  uint16_t next_port = 40000;
  std::map<uint64_t, std::unique_ptr<Dialling>> last_flights;  // of diallings that were given up
  uint64_t next_flight = 0;
};

// Dials one address, with the delays that memory_network.h tells.
class MemoryDialling final : public Dialling {
 public:
  MemoryDialling(std::shared_ptr<Wires> wires, std::shared_ptr<const Host> dialler, PeerAddress address,
                 std::string user, std::shared_ptr<SharedOpening> opening, Network::DialCallback done);
  ~MemoryDialling() override;

  void Begin();  // once

 private:
  void Arrive();
  void JudgeListener();
  void JudgeDialler();
  void Connect(Host& listener, VerifiedPeer listener_peer, VerifiedPeer dialler_peer);
  void OnFirstFrame(const absl::Status& status);

  // The dialler's last flight is out and takes the acceptor to a link, though nobody waits for it here.
  void LeaveLastFlight();

  // Continues after `latencies` one-way delays, unless the path is cut then.
  void Continue(int latencies, void (MemoryDialling::*step)());
  // Tells `done` after as many delays; nothing happens after it.
  void FailAfter(int latencies, absl::Status status);
  void Finish(absl::StatusOr<std::unique_ptr<Link>> result);

  const std::shared_ptr<Wires> wires_;
  const std::shared_ptr<const Host> dialler_;
  const PeerAddress remote_;
  PeerAddress local_;
  const std::string user_;
  const std::shared_ptr<SharedOpening> opening_;
  Network::DialCallback done_;

  std::optional<VerifiedPeer> listener_peer_;
  absl::Duration arrives_at_;                     // the last flight, once the listener was judged
  std::optional<std::vector<std::string>> said_;  // the opening, with it
  std::shared_ptr<Wire> wire_;  // the dialler's end is abandoned with this, unless its link was handed over
  std::unique_ptr<Timer> step_;
};

}  // namespace parlor::client::memory

#endif  // PARLOR_CLIENT_LINK_MEMORY_DIALLING_H_
