// The in-memory twin of TcpNetwork, for tests and simulation: many clients in one process, on virtual time.
// It keeps the promises of network.h and link.h (judges, names, dial budget and race, back-pressure, handlers
// that are never called inside a call), and the same run always takes the same course.
//
// What it models: a one-way latency a pair of addresses, no loss and no bandwidth limit. A dial costs what
// TCP and TLS 1.3 cost: the listener is found out after one latency, the dialer judges after four, the
// listener after five, and the dial is complete when the listener's first frame has come. What a dialer has
// to say at once leaves after four, as over UDP. On a cut path nothing arrives: handshakes are lost (the dial
// ends at its deadline), frames wait and go on when it is healed in time. A private key is not asked for
// proof: whoever shows a chain is taken for its owner.
#ifndef PARLOR_CLIENT_LINK_MEMORY_NETWORK_H_
#define PARLOR_CLIENT_LINK_MEMORY_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "client/link/network.h"
#include "client/loop/virtual_loop.h"

namespace parlor::client {

namespace memory {
struct Wires;
}

// Loop thread only. `loop` must outlive it; networks and links may outlive it.
class MemoryInternet {
 public:
  // One way, between two addresses of which nothing else was said.
  static constexpr absl::Duration kDefaultLatency = absl::Milliseconds(1);
  // Links on a path that stays cut for longer end with DEADLINE_EXCEEDED, as TcpLink's do.
  static constexpr absl::Duration kCutTimeout = absl::Seconds(45);
  // What a link takes from its sender before anything waits in Link::queued_bytes(): the sockets' buffers.
  static constexpr size_t kWindow = 256 * 1024;

  explicit MemoryInternet(VirtualLoop& loop);
  ~MemoryInternet();
  MemoryInternet(const MemoryInternet&) = delete;
  MemoryInternet& operator=(const MemoryInternet&) = delete;

  // A machine with these addresses (canonical text, as PeerAddress::ip); it dials from the first one of the
  // dialled address's family. Several hosts may share an address and then compete for its ports, as processes
  // of one machine do. Destroying the network stops its listening; links that it made live on.
  std::unique_ptr<Network> AddHost(std::vector<std::string> ips, PeerJudge judge);

  // Both directions, for what is sent from now on.
  void SetLatency(absl::string_view ip_a, absl::string_view ip_b, absl::Duration one_way);

  // Nothing passes between the two any more, without a word to anybody.
  void Cut(absl::string_view ip_a, absl::string_view ip_b);
  void Heal(absl::string_view ip_a, absl::string_view ip_b);
  // Every path of this address, to itself too, as if its cable were pulled.
  void CutHost(absl::string_view ip);
  void HealHost(absl::string_view ip);
  // Every path there is; HealAll also undoes the cuts of single paths and hosts.
  void CutAll();
  void HealAll();

  // Ends the links between the two at once, on both sides (UNAVAILABLE), as a reset by a middlebox does. New
  // ones may be dialled.
  void Reset(absl::string_view ip_a, absl::string_view ip_b);
  void ResetAll();

  // How often somebody tried to connect to this address, successfully or not.
  int64_t DialsTo(const PeerAddress& address) const;
  // Links that are open, a link between two hosts counted once.
  size_t open_links() const;

 private:
  const std::shared_ptr<memory::Wires> wires_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_MEMORY_NETWORK_H_
