// What leaves a QuicConnection.
#include <algorithm>
#include <array>
#include <utility>

#include "client/link/udp/quic_connection.h"

namespace parlor::client {
namespace {

// Around a datagram's bytes in the smallest packet that carries one: first byte, the other side's id, packet
// number, tag of the cipher, type and length of the frame (RFC 9000, section 17.3; RFC 9221, section 4).
constexpr size_t kDatagramOverhead = 1 + NGTCP2_MAX_CIDLEN + 4 + 16 + 3;

}  // namespace

void QuicConnection::Write(absl::Duration now, Writer writer) {
  if (state_ == State::kOpen) WritePackets(now, writer);
  if (std::exchange(close_due_, false)) writer(close_packet_, remote_);
}

void QuicConnection::WritePackets(absl::Duration now, Writer writer) {
  ngtcp2_conn* const connection = connection_.get();
  const uint64_t time = ToQuicTime(now);
  const bool completed = ngtcp2_conn_get_handshake_completed(connection) != 0;
  if (!std::exchange(waiting_, outgoing_.bytes() > 0)) progress_ = now;
  if (completed && own_stream_ < 0) ngtcp2_conn_open_bidi_stream(connection, &own_stream_, nullptr);

  std::array<uint8_t, kMaxPacketSize> packet;
  const size_t quantum = ngtcp2_conn_get_send_quantum(connection);
  bool blocked = own_stream_ < 0;
  for (size_t written = 0; written < quantum;) {
    ngtcp2_path_storage path;
    ngtcp2_path_storage_zero(&path);
    const ngtcp2_ssize size = completed && !datagrams_out_.empty()
                                  ? WriteDatagram(path.path, packet.data(), time)
                                  : WriteStream(path.path, packet.data(), time, blocked);
    if (size == NGTCP2_ERR_WRITE_MORE) continue;
    if (size < 0) return Fail(static_cast<int>(size), now);
    if (size == 0) break;
    written += static_cast<size_t>(size);
    writer({reinterpret_cast<const char*>(packet.data()), static_cast<size_t>(size)},
           FromSockaddr(path.path.remote.addr));
  }
  // During the handshake pacing would go by the RTT that was assumed, and hold our second flight back.
  if (completed) ngtcp2_conn_update_pkt_tx_time(connection, time);
  if (probing_) UndoProbe();
  if (!violation_.ok()) Close(QuicGoodbye::kAborted, violation_, now);
}

// Not before something is on its way that will be acknowledged: in the instant in which a packet has come or
// an acknowledgement has gone, the library does not think of a PING.
void QuicConnection::UndoProbe() {
  ngtcp2_conn_stat stat{};
  ngtcp2_conn_get_conn_stat(connection_.get(), &stat);
  if (stat.bytes_in_flight == 0) return;
  probing_ = false;
  ngtcp2_conn_set_keep_alive_timeout(connection_.get(), ToQuicTime(options_.keep_alive));
}

// As ngtcp2_conn_writev_*; what can be mended here is mended and comes back as NGTCP2_ERR_WRITE_MORE: go on.
ngtcp2_ssize QuicConnection::WriteDatagram(ngtcp2_path& path, uint8_t* into, uint64_t now) {
  std::string& datagram = datagrams_out_.front();
  const ngtcp2_vec bytes{reinterpret_cast<uint8_t*>(datagram.data()), datagram.size()};
  int accepted = 0;
  const ngtcp2_ssize size =
      ngtcp2_conn_writev_datagram(connection_.get(), &path, nullptr, into, kMaxPacketSize, &accepted,
                                  NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &bytes, 1, now);
  const bool refused = size == NGTCP2_ERR_INVALID_ARGUMENT || size == NGTCP2_ERR_INVALID_STATE;
  // It may also have become too long for the path since it was queued; it must not stand in the way then.
  const bool too_long = size == 0 && datagram.size() > MaxDatagram();
  if (accepted != 0 || refused || too_long) datagrams_out_.pop_front();
  return refused || too_long ? NGTCP2_ERR_WRITE_MORE : size;
}

ngtcp2_ssize QuicConnection::WriteStream(ngtcp2_path& path, uint8_t* into, uint64_t now, bool& blocked) {
  const absl::string_view unsent = blocked ? absl::string_view() : outgoing_.Unsent();
  const ngtcp2_vec bytes{reinterpret_cast<uint8_t*>(const_cast<char*>(unsent.data())), unsent.size()};
  const bool has_data = !unsent.empty();
  ngtcp2_ssize taken = -1;
  const ngtcp2_ssize size = ngtcp2_conn_writev_stream(
      connection_.get(), &path, nullptr, into, kMaxPacketSize, &taken,
      has_data ? NGTCP2_WRITE_STREAM_FLAG_MORE : NGTCP2_WRITE_STREAM_FLAG_NONE, has_data ? own_stream_ : -1,
      has_data ? &bytes : nullptr, has_data ? 1 : 0, now);
  if (has_data && taken > 0) outgoing_.MarkSent(static_cast<size_t>(taken));
  // The library does what the other side asks with STOP_SENDING, and tells nobody.
  const bool given_up = size == NGTCP2_ERR_STREAM_SHUT_WR || size == NGTCP2_ERR_STREAM_NOT_FOUND;
  if (given_up) Violate("it gave up a stream");
  if (!given_up && size != NGTCP2_ERR_STREAM_DATA_BLOCKED) return size;
  blocked = true;
  return NGTCP2_ERR_WRITE_MORE;
}

size_t QuicConnection::MaxDatagram() const {
  return ngtcp2_conn_get_path_max_tx_udp_payload_size(connection_.get()) - kDatagramOverhead;
}

bool QuicConnection::SendDatagram(absl::string_view datagram) {
  // The library asserts that a datagram is not empty.
  if (state_ != State::kOpen || !ready_ || datagram.empty() || datagram.size() > MaxDatagram()) return false;
  if (datagrams_out_.size() == kMaxDatagrams) datagrams_out_.pop_front();
  datagrams_out_.emplace_back(datagram);
  return true;
}

}  // namespace parlor::client
