// One QUIC connection (RFC 9000) without a socket, a loop or a clock: packets and the time go in, packets
// come out. What it carries: one ordered stream of frames each way, and datagrams (RFC 9221).
//
// Each side sends its frames on the bidirectional stream that it opened itself, and reads those of the other
// one's; nothing ever comes back on a stream. So either side may speak first, whatever packets are lost: an
// acceptor that had to answer on the dialler's stream could not before that has begun one. (Streams in one
// direction would say the same in fewer words, but the library's asserts can be reached through them.)
//
// Each side knows by the handshake itself that the other took its certificate: the acceptor when it is
// complete, the dialler when it is confirmed.
#ifndef PARLOR_CLIENT_LINK_UDP_QUIC_CONNECTION_H_
#define PARLOR_CLIENT_LINK_UDP_QUIC_CONNECTION_H_

#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/link/udp/quic_credentials.h"
#include "client/link/udp/stream_buffer.h"
#include "client/link/udp/udp_address.h"

namespace parlor::client {

// What the other side is told when a connection is closed (application error codes of RFC 9000).
enum class QuicGoodbye : uint64_t {
  kClosed = 0,    // everything that was sent before has arrived
  kAborted = 1,   // something may be missing
  kBadFrame = 2,  // a frame of a length that is not allowed came
};

struct QuicOptions {
  absl::Duration handshake_deadline = absl::Seconds(10);
  // Of an idle connection, for the sake of NATs: they forget after 30 s (RFC 4787, section 4.3).
  absl::Duration keep_alive = absl::Seconds(20);
  // Ends a connection whose other side acknowledges nothing, or takes nothing, for so long; as TcpLink.
  absl::Duration idle_timeout = absl::Seconds(45);
  // Before anything is measured. ngtcp2's 333 ms would make the first repetition wait for a second.
  absl::Duration initial_rtt = absl::Milliseconds(100);
};

// Not thread-safe. Time is Loop::Uptime, and never goes back from call to call. Nothing may call it from
// inside its own callbacks (`on_id`, writers).
class QuicConnection {
 public:
  // Of the ids that it gives itself; others have what they like, up to 20 bytes.
  static constexpr size_t kIdSize = 8;
  // A packet, on any path: 1,500 bytes of Ethernet without the headers of IPv4 and UDP.
  static constexpr size_t kMaxPacketSize = 1472;
  // What the other side may send before it has to wait for Consume: a whole frame, with room to spare. Grows
  // to kMaxWindow for who sends fast, as long as what comes is consumed.
  static constexpr size_t kWindow = 384 * 1024;
  static constexpr size_t kMaxWindow = 2 * 1024 * 1024;
  // Datagrams that wait on either side; the oldest go first, since they are worth least.
  static constexpr size_t kMaxDatagrams = 64;
  // Without an answer for so long (or 3 PTO, if that is longer) after a hint that the other side is gone.
  static constexpr absl::Duration kProbeDeadline = absl::Milliseconds(500);

  // Ids by which packets for this connection can be told.
  using OnId = std::function<void(absl::string_view id, bool added)>;
  using Writer = absl::FunctionRef<void(absl::string_view packet, const UdpAddress& to)>;

  // What began a connection, as StatelessAnswers found it.
  struct Initial {
    ngtcp2_pkt_hd header{};
    std::optional<ngtcp2_cid>
        before_retry;  // the id that the dialler had chosen, if it was told to try again
  };

  static std::unique_ptr<QuicConnection> Dial(std::shared_ptr<const QuicCredentials> credentials,
                                              std::string user, const UdpAddress& remote,
                                              const QuicOptions& options, OnId on_id, absl::Duration now);
  // `initial` is of the first packet, which is to be handed to Read next. Null if that is not good enough.
  static std::unique_ptr<QuicConnection> Accept(std::shared_ptr<const QuicCredentials> credentials,
                                                const Initial& initial, const UdpAddress& remote,
                                                const QuicOptions& options, OnId on_id, absl::Duration now);
  ~QuicConnection();
  QuicConnection(const QuicConnection&) = delete;
  QuicConnection& operator=(const QuicConnection&) = delete;

  // Packets and time.
  void Read(absl::string_view packet, const UdpAddress& from, absl::Duration now);
  // Everything that may leave now. To be called after anything else was.
  void Write(absl::Duration now, Writer writer);
  absl::Duration expiry() const;  // when to call OnExpiry; infinite: never
  void OnExpiry(absl::Duration now);

  // True once the other side has proved who it is: what is outgoing leaves, and is read if it takes ours.
  bool proved() const { return proved_; }
  // True once both sides took each other's certificates.
  bool ready() const { return ready_; }
  const TlsPeerCheck& peer_check() const { return tls_.check; }
  bool dialled() const { return dialled_; }

  // Frames to send. What does not fit into the other side's window stays there.
  StreamBuffer& outgoing() { return outgoing_; }
  const StreamBuffer& outgoing() const { return outgoing_; }
  // False if a datagram of that size cannot go now; nothing was queued then.
  bool SendDatagram(absl::string_view datagram);

  // What has arrived on the stream, frames with their headers; and that the first `count` bytes are done
  // with.
  absl::string_view received() const { return absl::string_view(received_).substr(consumed_); }
  void Consume(size_t count);
  std::vector<std::string> TakeDatagrams();

  // Something outside says that the other side is gone, as an ICMP error does: asks it, and ends with `why`
  // if there is no answer. Before anything has come from there: ends at once.
  void Doubt(const absl::Status& why, absl::Duration now);

  // Ends it with `ending`. The other side is told by the next Write.
  void Close(QuicGoodbye goodbye, absl::Status ending, absl::Duration now);
  bool ended() const { return state_ != State::kOpen; }
  const absl::Status& ending() const { return ending_; }
  // True if there is nobody left to whom the end must be repeated: it may be destroyed.
  bool gone() const { return state_ == State::kGone; }

  std::optional<absl::Duration> rtt() const;
  // Where the other side is: what was dialled or what came first, until another path is proved to be its own.
  const UdpAddress& remote() const { return remote_; }

 private:
  enum class State { kOpen, kClosing, kGone };
  struct ConnDeleter {
    void operator()(ngtcp2_conn* connection) const { ngtcp2_conn_del(connection); }
  };
  struct Callbacks;  // what ngtcp2 calls

  QuicConnection(std::shared_ptr<const QuicCredentials> credentials, const UdpAddress& remote, bool dialled,
                 const QuicOptions& options, OnId on_id, absl::Duration now);
  bool Start(const Initial* initial, std::string user, absl::Duration now);
  ngtcp2_settings Settings(absl::Duration now) const;
  ngtcp2_transport_params TransportParams() const;
  void DropTls();

  // quic_writing.cc
  ngtcp2_ssize WriteDatagram(ngtcp2_path& path, uint8_t* into, uint64_t now);
  ngtcp2_ssize WriteStream(ngtcp2_path& path, uint8_t* into, uint64_t now, bool& blocked);
  void WritePackets(absl::Duration now, Writer writer);
  void UndoProbe();
  size_t MaxDatagram() const;

  // quic_ending.cc
  void Fail(int error, absl::Duration now);
  void OnRemoteEnd(absl::Duration now);
  void Violate(const char* what);  // from where it cannot be closed yet
  void EndWithError(const ngtcp2_connection_close_error& error, absl::Status ending, absl::Duration now);
  void EndSilently(absl::Status ending);
  absl::Status ExplainRemote() const;
  absl::Status ExplainLocal(int error) const;

  const std::shared_ptr<const QuicCredentials> credentials_;
  const QuicOptions options_;
  const OnId on_id_;
  UdpAddress remote_;
  const bool dialled_;
  bool proved_ = false;
  bool ready_ = false;
  bool waiting_ = false;    // for acknowledgements
  bool probing_ = false;    // a PING is due
  bool was_reset_ = false;  // by the other side, which does not know this connection
  bool close_due_ = false;  // the next Write says that it is closed

  QuicTls tls_;
  std::unique_ptr<ngtcp2_conn, ConnDeleter>
      connection_;                                    // before tls_ in destruction; null once it has ended
  absl::Duration heard_ = -absl::InfiniteDuration();  // when a packet was authentic last

  // Sending.
  StreamBuffer outgoing_;
  int64_t own_stream_ = -1;
  std::deque<std::string> datagrams_out_;
  absl::Duration progress_;  // when the last acknowledgement came, or the first bytes began to wait for one

  // Receiving.
  int64_t peer_stream_;
  std::string received_;
  size_t consumed_ = 0;
  std::deque<std::string> datagrams_in_;

  // Doubts.
  absl::Duration answer_due_ = absl::InfiniteDuration();
  absl::Status doubt_;

  // Ending.
  State state_ = State::kOpen;
  absl::Status ending_;
  absl::Status violation_;
  std::string close_packet_;
  uint64_t packets_after_end_ = 0;
  absl::Duration linger_until_ = absl::InfiniteDuration();
};

inline uint64_t ToQuicTime(absl::Duration duration) {
  return duration == absl::InfiniteDuration() ? UINT64_MAX
                                              : static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
}
inline absl::Duration FromQuicTime(uint64_t nanoseconds) {
  return nanoseconds == UINT64_MAX ? absl::InfiniteDuration()
                                   : absl::Nanoseconds(static_cast<int64_t>(nanoseconds));
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_QUIC_CONNECTION_H_
