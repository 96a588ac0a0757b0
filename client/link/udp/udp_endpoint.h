// All QUIC connections of one UDP socket, in both roles: those that were dialled leave from where others are
// accepted, so that a NAT sees one port. Tells packets apart by connection id, keeps one timer for all, and
// sends what a turn of the loop has made together.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_ENDPOINT_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_ENDPOINT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/link/handshake_slots.h"
#include "client/link/listener_options.h"
#include "client/link/udp/datagram_socket.h"
#include "client/link/udp/quic_connection.h"
#include "client/link/udp/stateless_answers.h"
#include "client/loop/loop.h"

namespace parlor::client {

class UdpEndpoint;

// Who is told when something has happened to a connection.
class UdpObserver {
 public:
  virtual ~UdpObserver() = default;
  // In a turn of the loop: packets came, time has passed, or it has ended. May destroy anything.
  virtual void OnNews() = 0;
};

// A connection of an endpoint, owned. Destroying it closes the connection without a word to the observer.
// Loop thread only. Keeps the endpoint alive.
class UdpSession {
 public:
  ~UdpSession();
  UdpSession(const UdpSession&) = delete;
  UdpSession& operator=(const UdpSession&) = delete;

  QuicConnection& quic() const;
  void Observe(std::weak_ptr<UdpObserver> observer);
  // To be called after anything was asked of quic(): what it has to say leaves before this turn of the loop
  // ends, or in the next one.
  void Flush();
  // OnNews in a turn of its own.
  void CallSoon();
  Loop& loop() const;

 private:
  friend class UdpEndpoint;
  struct Entry;
  UdpSession(std::shared_ptr<UdpEndpoint> endpoint, Entry* entry);

  const std::shared_ptr<UdpEndpoint> endpoint_;
  Entry* const entry_;
};

// Loop thread only. Lives as long as its owner or any session; the loop must outlive it.
class UdpEndpoint : public std::enable_shared_from_this<UdpEndpoint> {
 public:
  // Packets that one turn of reading takes at most, before others get theirs: about 3 ms of work.
  static constexpr int kBatchesInOneTurn = 4;
  // Connections that have ended and are kept to repeat it to who did not hear. Others are forgotten at once.
  static constexpr size_t kMaxLingering = 256;
  // A stranger's datagram from a known address is shown to so many of the connections with it.
  static constexpr size_t kMaxSuspects = 8;

  // The credentials for the next handshake; null: there are none, and nobody is let in.
  using CredentialSource = std::function<std::shared_ptr<const QuicCredentials>()>;
  using OnSession = std::function<void(std::unique_ptr<UdpSession>)>;
  // Sees every datagram first; true: it is none of QUIC's (STUN, say). It must look closely: QUIC's first
  // bits are greased (RFC 9287), so they tell nothing.
  using Foreign = std::function<bool(absl::string_view datagram, const UdpAddress& from)>;

  static std::shared_ptr<UdpEndpoint> Make(Loop& loop, std::unique_ptr<DatagramSocket> socket,
                                           CredentialSource credentials, const QuicOptions& options);
  ~UdpEndpoint();

  uint16_t port() const { return socket_->port(); }
  bool has_ipv6() const { return socket_->has_ipv6(); }

  // Lets connections in from now on; `on_session` gets them when their handshake is complete.
  void Accept(const ListenerOptions& options, OnSession on_session);
  // Lets nobody in any more, and ends the handshakes under way.
  void StopAccepting();

  std::unique_ptr<UdpSession> Dial(std::shared_ptr<const QuicCredentials> credentials, std::string user,
                                   const UdpAddress& remote);

  void SetForeign(Foreign foreign) { foreign_ = std::move(foreign); }

  size_t connections() const { return entries_.size(); }
  size_t handshakes() const { return slots_ == nullptr ? 0 : slots_->taken(); }

 private:
  friend class UdpSession;
  using Entry = UdpSession::Entry;
  using Deadlines = absl::btree_set<std::pair<absl::Duration, Entry*>>;

  UdpEndpoint(Loop& loop, std::unique_ptr<DatagramSocket> socket, CredentialSource credentials,
              const QuicOptions& options);

  // Packets.
  void AwaitReadable();
  void OnReadable();
  void OnPacket(const DatagramSocket::Packet& packet, absl::Duration now);
  void OnUnknown(const DatagramSocket::Packet& packet, absl::Duration now);
  bool EndsOneThere(const DatagramSocket::Packet& packet, absl::Duration now);
  void Begin(const DatagramSocket::Packet& packet, const QuicConnection::Initial& initial,
             absl::Duration now);
  void OnErrors(absl::Duration now);
  void ReadBy(Entry& entry, absl::string_view bytes, const UdpAddress& from, absl::Duration now);

  // Connections.
  Entry* Add();
  void OnId(Entry& entry, absl::string_view id, bool added);
  void Index(Entry& entry);
  void Unindex(Entry& entry);
  void OnGuestNews(Entry& entry);
  void Dismiss(Entry& entry);
  void Release(Entry& entry);
  void Retire(Entry& entry);

  // Turns.
  void Touch(Entry& entry);
  void CallSoon(Entry& entry);
  void SchedulePost();
  void OnPosted();
  void Turn();
  void Deliver(Entry& entry);
  void Flush(Entry& entry, absl::Duration now);
  void Reschedule(Entry& entry);
  void ArmTimer();
  void OnTimer();

  Loop& loop_;
  const std::unique_ptr<DatagramSocket> socket_;
  const CredentialSource credentials_;
  const QuicOptions options_;
  Foreign foreign_;
  StatelessAnswers answers_;

  // Accepting.
  ListenerOptions listener_options_;
  std::unique_ptr<HandshakeSlots> slots_;  // null: nobody is let in
  OnSession on_session_;

  // Connections.
  absl::flat_hash_map<Entry*, std::unique_ptr<Entry>> entries_;
  absl::flat_hash_map<std::string, Entry*> by_id_;
  absl::flat_hash_map<UdpAddress, std::vector<Entry*>> by_remote_;  // never empty ones
  size_t lingering_ = 0;

  // Turns.
  bool in_turn_ = false;
  bool posted_ = false;
  std::vector<Entry*> touched_;  // to be flushed at the end of the turn
  std::vector<Entry*> soon_;     // to be told in the next one
  std::vector<Entry*> retired_;  // to be destroyed at the end of the turn

  // Time. An entry may stand too early in it, never too late: moving it at each packet would cost more.
  Deadlines deadlines_;
  std::unique_ptr<Timer> timer_;
  absl::Duration armed_ = absl::InfiniteDuration();
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_ENDPOINT_H_
