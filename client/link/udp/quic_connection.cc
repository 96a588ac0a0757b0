#include "client/link/udp/quic_connection.h"

#include <gnutls/crypto.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// A link that was busy once does not hold its window for ever.
constexpr size_t kKeptCapacity = 4 * 1024;

// How many ids the other side may give us beforehand: one in use, one to migrate to, one that is on its way
// out.
constexpr uint64_t kIdsAtOnce = 3;

constexpr uint8_t kUnexpectedMessage = 10;  // a TLS alert (RFC 8446, section 6.2)

// The callback that decrypts is not told for which connection; Read clears this before and asks it after.
thread_local bool decrypted = false;

bool FillRandom(uint8_t* bytes, size_t size) {
  return gnutls_rnd(GNUTLS_RND_RANDOM, bytes, size) == 0;
}

ngtcp2_cid RandomId() {
  ngtcp2_cid id{};
  id.datalen = QuicConnection::kIdSize;
  if (!FillRandom(id.data, id.datalen)) throw std::bad_alloc();
  return id;
}

absl::string_view Bytes(const ngtcp2_cid& id) {
  return {reinterpret_cast<const char*>(id.data), id.datalen};
}

// A path from our socket, whichever of our addresses it leaves from: that one's change is not for QUIC to
// know, the other side sees it.
class PathFrom {
 public:
  explicit PathFrom(const UdpAddress& remote) : local_(ToSockaddr({})), remote_(ToSockaddr(remote)) {
    path_.local = {reinterpret_cast<ngtcp2_sockaddr*>(&local_), sizeof(local_)};
    path_.remote = {reinterpret_cast<ngtcp2_sockaddr*>(&remote_), sizeof(remote_)};
  }
  PathFrom(const PathFrom&) = delete;
  PathFrom& operator=(const PathFrom&) = delete;

  const ngtcp2_path* get() const { return &path_; }

 private:
  sockaddr_in6 local_;
  sockaddr_in6 remote_;
  ngtcp2_path path_{};
};

}  // namespace

// None of these calls the library again, but to say that data is consumed.
struct QuicConnection::Callbacks {
  static QuicConnection& Self(void* user_data) { return *static_cast<QuicConnection*>(user_data); }

  static int Decrypt(uint8_t* into, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
                     const uint8_t* text, size_t text_size, const uint8_t* nonce, size_t nonce_size,
                     const uint8_t* extra, size_t extra_size) {
    const int result =
        ngtcp2_crypto_decrypt_cb(into, aead, context, text, text_size, nonce, nonce_size, extra, extra_size);
    if (result == 0) decrypted = true;
    return result;
  }

  // Parlor's TLS has nothing to say after the handshake: no tickets, and QUIC forbids the rest.
  static int CryptoData(ngtcp2_conn* connection, ngtcp2_crypto_level level, uint64_t offset,
                        const uint8_t* bytes, size_t size, void* user_data) {
    if (Self(user_data).tls_.session != nullptr) {
      return ngtcp2_crypto_recv_crypto_data_cb(connection, level, offset, bytes, size, user_data);
    }
    ngtcp2_conn_set_tls_alert(connection, kUnexpectedMessage);
    return NGTCP2_ERR_CRYPTO;
  }

  static void Random(uint8_t* bytes, size_t size, const ngtcp2_rand_ctx*) { FillRandom(bytes, size); }

  static int NewId(ngtcp2_conn*, ngtcp2_cid* id, uint8_t* token, size_t size, void* user_data) {
    QuicConnection& self = Self(user_data);
    const std::string& key = self.credentials_->reset_key();
    id->datalen = size;
    if (!FillRandom(id->data, size) ||
        ngtcp2_crypto_generate_stateless_reset_token(token, reinterpret_cast<const uint8_t*>(key.data()),
                                                     key.size(), id) != 0) {
      return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    self.on_id_(Bytes(*id), true);
    return 0;
  }

  static int RetiredId(ngtcp2_conn*, const ngtcp2_cid* id, void* user_data) {
    Self(user_data).on_id_(Bytes(*id), false);
    return 0;
  }

  static int StreamData(ngtcp2_conn*, uint32_t flags, int64_t stream, uint64_t, const uint8_t* bytes,
                        size_t size, void* user_data, void*) {
    QuicConnection& self = Self(user_data);
    if (stream != self.peer_stream_) {
      self.Violate("it sent data on a stream that is ours");
    } else if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) {
      self.Violate("it ended its stream");
    }
    self.received_.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }

  static int Acknowledged(ngtcp2_conn*, int64_t stream, uint64_t, uint64_t size, void* user_data, void*) {
    QuicConnection& self = Self(user_data);
    if (stream != self.own_stream_) return 0;
    self.outgoing_.Acknowledge(size);
    self.progress_ = self.heard_;
    return 0;
  }

  static int StreamReset(ngtcp2_conn*, int64_t, uint64_t, uint64_t, void* user_data, void*) {
    Self(user_data).Violate("it broke off its stream");
    return 0;
  }

  static int Datagram(ngtcp2_conn*, uint32_t, const uint8_t* bytes, size_t size, void* user_data) {
    std::deque<std::string>& in = Self(user_data).datagrams_in_;
    if (size == 0) return 0;
    if (in.size() == kMaxDatagrams) in.pop_front();
    in.emplace_back(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }

  static int Completed(ngtcp2_conn*, void* user_data) {
    QuicConnection& self = Self(user_data);
    self.proved_ = true;
    if (!self.dialled_) self.ready_ = true;
    return 0;
  }
  static int Confirmed(ngtcp2_conn*, void* user_data) {
    QuicConnection& self = Self(user_data);
    if (self.dialled_) self.ready_ = true;
    return 0;
  }

  static int PathValidated(ngtcp2_conn*, uint32_t, const ngtcp2_path* path,
                           ngtcp2_path_validation_result result, void* user_data) {
    if (result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS) {
      Self(user_data).remote_ = FromSockaddr(path->remote.addr);
    }
    return 0;
  }

  static int StatelessReset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user_data) {
    Self(user_data).was_reset_ = true;
    return 0;
  }

  static ngtcp2_callbacks Make() {
    ngtcp2_callbacks made{};
    made.client_initial = &ngtcp2_crypto_client_initial_cb;
    made.recv_client_initial = &ngtcp2_crypto_recv_client_initial_cb;
    made.recv_crypto_data = &CryptoData;
    made.encrypt = &ngtcp2_crypto_encrypt_cb;
    made.decrypt = &Decrypt;
    made.hp_mask = &ngtcp2_crypto_hp_mask_cb;
    made.recv_retry = &ngtcp2_crypto_recv_retry_cb;
    made.update_key = &ngtcp2_crypto_update_key_cb;
    made.delete_crypto_aead_ctx = &ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    made.delete_crypto_cipher_ctx = &ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    made.get_path_challenge_data = &ngtcp2_crypto_get_path_challenge_data_cb;
    made.version_negotiation = &ngtcp2_crypto_version_negotiation_cb;
    made.rand = &Random;
    made.get_new_connection_id = &NewId;
    made.remove_connection_id = &RetiredId;
    made.recv_stream_data = &StreamData;
    made.acked_stream_data_offset = &Acknowledged;
    made.stream_reset = &StreamReset;
    made.recv_datagram = &Datagram;
    made.handshake_completed = &Completed;
    made.handshake_confirmed = &Confirmed;
    made.path_validation = &PathValidated;
    made.recv_stateless_reset = &StatelessReset;
    return made;
  }
};

QuicConnection::QuicConnection(std::shared_ptr<const QuicCredentials> credentials, const UdpAddress& remote,
                               bool dialled, const QuicOptions& options, OnId on_id, absl::Duration now)
    : credentials_(std::move(credentials)),
      options_(options),
      on_id_(std::move(on_id)),
      remote_(remote),
      dialled_(dialled),
      progress_(now),
      peer_stream_(dialled ? 1 : 0) {}

QuicConnection::~QuicConnection() = default;

std::unique_ptr<QuicConnection> QuicConnection::Dial(std::shared_ptr<const QuicCredentials> credentials,
                                                     std::string user, const UdpAddress& remote,
                                                     const QuicOptions& options, OnId on_id,
                                                     absl::Duration now) {
  std::unique_ptr<QuicConnection> made(
      new QuicConnection(std::move(credentials), remote, true, options, std::move(on_id), now));
  if (!made->Start(nullptr, std::move(user), now)) throw std::bad_alloc();  // nothing else can fail here
  return made;
}

std::unique_ptr<QuicConnection> QuicConnection::Accept(std::shared_ptr<const QuicCredentials> credentials,
                                                       const Initial& initial, const UdpAddress& remote,
                                                       const QuicOptions& options, OnId on_id,
                                                       absl::Duration now) {
  std::unique_ptr<QuicConnection> made(
      new QuicConnection(std::move(credentials), remote, false, options, std::move(on_id), now));
  if (!made->Start(&initial, "", now)) return nullptr;
  made->on_id_(Bytes(initial.header.dcid), true);
  return made;
}

bool QuicConnection::Start(const Initial* initial, std::string user, absl::Duration now) {
  static const ngtcp2_callbacks callbacks = Callbacks::Make();
  ngtcp2_settings settings = Settings(now);
  ngtcp2_transport_params params = TransportParams();
  const ngtcp2_cid own_id = RandomId();
  const PathFrom path(remote_);
  ngtcp2_conn* made = nullptr;
  int error = 0;
  if (initial == nullptr) {
    const ngtcp2_cid first_id = RandomId();
    error = ngtcp2_conn_client_new(&made, &first_id, &own_id, path.get(), NGTCP2_PROTO_VER_V1, &callbacks,
                                   &settings, &params, nullptr, this);
  } else {
    const ngtcp2_pkt_hd& header = initial->header;
    params.original_dcid = initial->before_retry.value_or(header.dcid);
    params.retry_scid = header.dcid;
    params.retry_scid_present = initial->before_retry.has_value() ? 1 : 0;
    const std::string& key = credentials_->reset_key();
    params.stateless_reset_token_present =
        ngtcp2_crypto_generate_stateless_reset_token(params.stateless_reset_token,
                                                     reinterpret_cast<const uint8_t*>(key.data()), key.size(),
                                                     &own_id) == 0;
    settings.token = header.token;
    error = ngtcp2_conn_server_new(&made, &header.scid, &own_id, path.get(), header.version, &callbacks,
                                   &settings, &params, nullptr, this);
  }
  if (error != 0) return false;
  connection_.reset(made);
  tls_.connection = made;
  credentials_->Prepare(tls_, dialled_ ? TlsRole::kDialling : TlsRole::kAccepting, std::move(user));
  ngtcp2_conn_set_tls_native_handle(made, tls_.session.get());
  ngtcp2_conn_set_keep_alive_timeout(made, ToQuicTime(options_.keep_alive));
  on_id_(Bytes(own_id), true);
  return true;
}

ngtcp2_settings QuicConnection::Settings(absl::Duration now) const {
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = ToQuicTime(now);
  settings.initial_rtt = ToQuicTime(options_.initial_rtt);
  settings.handshake_timeout = ToQuicTime(options_.handshake_deadline);
  // Under loss it carries ten times what CUBIC does.
  settings.cc_algo = NGTCP2_CC_ALGO_BBR2;
  settings.max_window = kMaxWindow;
  settings.max_stream_window = kMaxWindow;
  return settings;
}

ngtcp2_transport_params QuicConnection::TransportParams() const {
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  params.initial_max_data = kWindow;
  params.initial_max_stream_data_bidi_remote = kWindow;
  params.initial_max_stream_data_bidi_local = 0;  // nothing comes back on our own stream
  params.initial_max_streams_bidi = 1;
  params.initial_max_streams_uni = 0;
  params.max_idle_timeout = ToQuicTime(options_.idle_timeout);
  params.max_udp_payload_size = kMaxPacketSize;
  params.max_datagram_frame_size = kMaxPacketSize;
  params.active_connection_id_limit = kIdsAtOnce;
  return params;
}

void QuicConnection::Read(absl::string_view packet, const UdpAddress& from, absl::Duration now) {
  if (state_ == State::kClosing) {
    // Ever more seldom, so that two sides that have both closed do not talk for ever (RFC 9000,
    // section 10.2.1).
    if (std::has_single_bit(++packets_after_end_)) close_due_ = true;
    return;
  }
  if (state_ != State::kOpen || packet.empty()) return;
  const PathFrom path(from);
  const ngtcp2_pkt_info info{};
  const absl::Duration heard_before = std::exchange(heard_, now);
  decrypted = false;
  const int error =
      ngtcp2_conn_read_pkt(connection_.get(), path.get(), &info,
                           reinterpret_cast<const uint8_t*>(packet.data()), packet.size(), ToQuicTime(now));
  if (decrypted) {
    answer_due_ = absl::InfiniteDuration();
  } else {
    heard_ = heard_before;
  }
  if (error != 0) return Fail(error, now);
  if (!violation_.ok()) return Close(QuicGoodbye::kAborted, violation_, now);
  if (ready_ && tls_.session != nullptr) DropTls();
}

// An idle connection holds a tenth less without it. The keys of the packets are the library's own.
void QuicConnection::DropTls() {
  ngtcp2_conn_set_tls_native_handle(connection_.get(), nullptr);
  tls_.session.reset();
}

absl::Duration QuicConnection::expiry() const {
  if (state_ == State::kGone) return absl::InfiniteDuration();
  if (state_ == State::kClosing) return linger_until_;
  const absl::Duration stalled = waiting_ ? progress_ + options_.idle_timeout : absl::InfiniteDuration();
  // The library deals with some of its deadlines only when they have passed.
  const absl::Duration library =
      FromQuicTime(ngtcp2_conn_get_expiry(connection_.get())) + absl::Nanoseconds(1);
  return std::min({library, stalled, answer_due_});
}

void QuicConnection::OnExpiry(absl::Duration now) {
  if (state_ == State::kClosing && now >= linger_until_) state_ = State::kGone;
  if (state_ != State::kOpen) return;
  if (now >= answer_due_) return Close(QuicGoodbye::kAborted, doubt_, now);
  if (waiting_ && now >= progress_ + options_.idle_timeout) {
    return Close(QuicGoodbye::kAborted,
                 absl::DeadlineExceededError(absl::StrCat("the other side took nothing of what was sent for ",
                                                          absl::FormatDuration(options_.idle_timeout))),
                 now);
  }
  const int error = ngtcp2_conn_handle_expiry(connection_.get(), ToQuicTime(now));
  if (error != 0) Fail(error, now);
}

void QuicConnection::Consume(size_t count) {
  consumed_ += count;
  if (consumed_ == received_.size()) {
    received_.clear();
    consumed_ = 0;
    if (received_.capacity() > kKeptCapacity) received_.shrink_to_fit();
  }
  if (connection_ == nullptr) return;
  ngtcp2_conn_extend_max_stream_offset(connection_.get(), peer_stream_, count);
  ngtcp2_conn_extend_max_offset(connection_.get(), count);
}

std::vector<std::string> QuicConnection::TakeDatagrams() {
  std::vector<std::string> taken(std::make_move_iterator(datagrams_in_.begin()),
                                 std::make_move_iterator(datagrams_in_.end()));
  datagrams_in_.clear();
  return taken;
}

void QuicConnection::Doubt(const absl::Status& why, absl::Duration now) {
  if (state_ != State::kOpen || answer_due_ != absl::InfiniteDuration()) return;
  if (heard_ == -absl::InfiniteDuration()) return EndSilently(why);
  const absl::Duration pto = FromQuicTime(ngtcp2_conn_get_pto(connection_.get()));
  answer_due_ = now + std::max(3 * pto, kProbeDeadline);
  doubt_ = why;
  // The library has no other way to be asked for a PING: one is due, until Write has sent what is answered.
  probing_ = true;
  ngtcp2_conn_set_keep_alive_timeout(connection_.get(), 1);
  const int error = ngtcp2_conn_handle_expiry(connection_.get(), ToQuicTime(now));
  if (error != 0) Fail(error, now);
}

std::optional<absl::Duration> QuicConnection::rtt() const {
  if (connection_ == nullptr) return std::nullopt;
  ngtcp2_conn_stat stat{};
  ngtcp2_conn_get_conn_stat(connection_.get(), &stat);
  if (stat.first_rtt_sample_ts == UINT64_MAX) return std::nullopt;
  return FromQuicTime(stat.smoothed_rtt);
}

}  // namespace parlor::client
