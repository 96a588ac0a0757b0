// Where links come from: dialling and being dialled. TCP or UDP behind it in the product, memory in tests.
#ifndef PARLOR_CLIENT_LINK_NETWORK_H_
#define PARLOR_CLIENT_LINK_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/crypto/key.h"
#include "base/crypto/peer_verifier.h"
#include "base/net/address.h"
#include "client/link/link.h"

namespace parlor::client {

// What this device shows at a handshake.
struct LinkIdentity {
  PrivateKey key;
  std::vector<std::string> chain_der;  // leaf first, without the root
};

// Judges a peer's chain during the handshake, in both roles. UNAUTHENTICATED ends it.
using PeerJudge = std::function<absl::StatusOr<VerifiedPeer>(const std::vector<std::string>& chain_der)>;

struct DialTarget {
  std::string user;  // the handshake fails unless the certificate names this user
  std::vector<PeerAddress> addresses;
  // Where both kinds of link can be had, the one that is tried first.
  Transport preferred = Transport::kUdp;
  // Asked once at most, when somebody has proved to be `user` and has yet to answer: frames that are said to
  // them at once, which saves a round trip. They are not meant for anybody else, and lost if no answer comes:
  // a link on which they were said is LinkInfo::opened. Together at most kMaxQueuedBytes. May be null. Only
  // UDP does so: after a dial over TCP it is not too late to say them.
  using Opening = std::function<std::vector<std::string>()>;
  Opening opening = nullptr;
};

// Destroying it gives up; the callback is not called any more.
class Dialling {
 public:
  virtual ~Dialling() = default;
};

// Loop thread only.
class Network {
 public:
  // Exactly once, never inside Dial: the first link whose handshake is complete on both sides, or the reasons
  // of all addresses ("192.0.2.1:7000: connection refused; …"), with their code if they agree, else
  // UNAVAILABLE. UNAUTHENTICATED: a certificate or name was refused, by either side. DEADLINE_EXCEEDED:
  // nothing within 10 s. RESOURCE_EXHAUSTED: each address was dialled 3 times within the last minute.
  // NOT_FOUND: no address. FAILED_PRECONDITION: no identity.
  using DialCallback = std::function<void(absl::StatusOr<std::unique_ptr<Link>>)>;
  using AcceptCallback = std::function<void(std::unique_ptr<Link>)>;

  virtual ~Network() = default;

  virtual void SetIdentity(LinkIdentity identity) = 0;  // for handshakes from now on

  // Starts to accept on all interfaces, IPv6 and IPv4, port 0 = any. The port in use. ALREADY_EXISTS: in use.
  // FAILED_PRECONDITION: listens already. Whoever gets a link here speaks first: until the first frame has
  // come, the dialler waits.
  virtual absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback on_link) = 0;

  [[nodiscard]] virtual std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) = 0;

  // Addresses of this machine's interfaces with the listening port: at most 8, global ones first, no
  // link-local ones; loopback only when there is nothing else.
  virtual std::vector<PeerAddress> LocalAddresses() const = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_NETWORK_H_
