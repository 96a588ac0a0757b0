#include "bench/client/bare_quic.h"

#include <gnutls/crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr char kPriority[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-X25519:%DISABLE_TLS13_COMPAT_"
    "MODE";
constexpr size_t kIdSize = 8;
constexpr size_t kPacketSize = 1452;
constexpr uint64_t kWindow = 256 * 1024;

uint64_t Now() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

ngtcp2_cid RandomId() {
  ngtcp2_cid id{};
  id.datalen = kIdSize;
  gnutls_rnd(GNUTLS_RND_NONCE, id.data, id.datalen);
  return id;
}

int NewId(ngtcp2_conn*, ngtcp2_cid* id, uint8_t* token, size_t size, void*) {
  id->datalen = size;
  gnutls_rnd(GNUTLS_RND_NONCE, id->data, size);
  gnutls_rnd(GNUTLS_RND_NONCE, token, NGTCP2_STATELESS_RESET_TOKENLEN);
  return 0;
}

ngtcp2_callbacks CryptoCallbacks() {
  ngtcp2_callbacks made{};
  made.client_initial = &ngtcp2_crypto_client_initial_cb;
  made.recv_client_initial = &ngtcp2_crypto_recv_client_initial_cb;
  made.recv_crypto_data = &ngtcp2_crypto_recv_crypto_data_cb;
  made.encrypt = &ngtcp2_crypto_encrypt_cb;
  made.decrypt = &ngtcp2_crypto_decrypt_cb;
  made.hp_mask = &ngtcp2_crypto_hp_mask_cb;
  made.recv_retry = &ngtcp2_crypto_recv_retry_cb;
  made.update_key = &ngtcp2_crypto_update_key_cb;
  made.delete_crypto_aead_ctx = &ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  made.delete_crypto_cipher_ctx = &ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  made.get_path_challenge_data = &ngtcp2_crypto_get_path_challenge_data_cb;
  made.version_negotiation = &ngtcp2_crypto_version_negotiation_cb;
  made.get_new_connection_id = &NewId;
  made.rand = [](uint8_t* bytes, size_t size, const ngtcp2_rand_ctx*) {
    gnutls_rnd(GNUTLS_RND_NONCE, bytes, size);
  };
  return made;
}

absl::Status Error(int error) {
  return absl::UnavailableError(absl::StrCat("QUIC: ", ngtcp2_strerror(error)));
}

}  // namespace

BareQuic::~BareQuic() {
  if (connection_ != nullptr) ngtcp2_conn_del(connection_);
  if (session_ != nullptr) gnutls_deinit(session_);
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  if (socket_ >= 0) close(socket_);
  if (epoll_ >= 0) close(epoll_);
}

absl::Status BareQuic::Bind() {
  own_.sin_family = AF_INET;
  own_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(own_);
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event readable{EPOLLIN, {}};
  if (bind(socket_, reinterpret_cast<sockaddr*>(&own_), size) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&own_), &size) != 0 ||
      epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &readable) != 0) {
    return absl::UnavailableError("cannot open a UDP socket");
  }
  return absl::OkStatus();
}

uint16_t BareQuic::port() const {
  return ntohs(own_.sin_port);
}

absl::Status BareQuic::Dial(uint16_t port) {
  PARLOR_RETURN_IF_ERROR(Bind());
  peer_ = own_;
  peer_.sin_port = htons(port);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&peer_), sizeof(peer_)) != 0) {
    return absl::UnavailableError("cannot connect");
  }
  PARLOR_RETURN_IF_ERROR(Setup(nullptr));
  return Write();
}

ngtcp2_path BareQuic::Path() {
  return {{reinterpret_cast<sockaddr*>(&own_), sizeof(own_)},
          {reinterpret_cast<sockaddr*>(&peer_), sizeof(peer_)},
          nullptr};
}

absl::Status BareQuic::Setup(const ngtcp2_pkt_hd* initial) {
  static const ngtcp2_callbacks crypto = CryptoCallbacks();
  ngtcp2_callbacks callbacks = crypto;
  callbacks.recv_stream_data = [](ngtcp2_conn* connection, uint32_t, int64_t stream, uint64_t, const uint8_t*,
                                  size_t size, void* user_data, void*) {
    auto& self = *static_cast<BareQuic*>(user_data);
    self.stream_ = stream;
    self.received_ += size;
    ngtcp2_conn_extend_max_stream_offset(connection, stream, size);
    ngtcp2_conn_extend_max_offset(connection, size);
    return 0;
  };
  callbacks.handshake_completed = [](ngtcp2_conn*, void* user_data) {
    static_cast<BareQuic*>(user_data)->ready_ = true;
    return 0;
  };
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = Now();
  settings.cc_algo = NGTCP2_CC_ALGO_BBR2;  // as links do
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  params.initial_max_data = params.initial_max_stream_data_bidi_local =
      params.initial_max_stream_data_bidi_remote = kWindow;
  params.initial_max_streams_bidi = 1;
  const ngtcp2_cid id = RandomId();
  const ngtcp2_path path = Path();
  int error = 0;
  if (initial == nullptr) {
    const ngtcp2_cid first = RandomId();
    error = ngtcp2_conn_client_new(&connection_, &first, &id, &path, NGTCP2_PROTO_VER_V1, &callbacks,
                                   &settings, &params, nullptr, this);
  } else {
    params.original_dcid = initial->dcid;
    error = ngtcp2_conn_server_new(&connection_, &initial->scid, &id, &path, initial->version, &callbacks,
                                   &settings, &params, nullptr, this);
  }
  if (error != 0) return Error(error);

  const std::string& der = device_.identity.chain_der.front();
  const std::string& pem = device_.account.device_key_pem;
  gnutls_datum_t certificate{reinterpret_cast<unsigned char*>(const_cast<char*>(der.data())),
                             static_cast<unsigned>(der.size())};
  gnutls_datum_t key{reinterpret_cast<unsigned char*>(const_cast<char*>(pem.data())),
                     static_cast<unsigned>(pem.size())};
  gnutls_datum_t key_der{};
  gnutls_pem_base64_decode2("PRIVATE KEY", &key, &key_der);
  gnutls_certificate_allocate_credentials(&credentials_);
  gnutls_certificate_set_x509_key_mem2(credentials_, &certificate, &key_der, GNUTLS_X509_FMT_DER, nullptr, 0);
  gnutls_free(key_der.data);
  gnutls_init(&session_, (initial == nullptr ? GNUTLS_CLIENT : GNUTLS_SERVER) | GNUTLS_NO_TICKETS);
  gnutls_priority_set_direct(session_, kPriority, nullptr);
  gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_);
  if (initial == nullptr) {
    ngtcp2_crypto_gnutls_configure_client_session(session_);
  } else {
    ngtcp2_crypto_gnutls_configure_server_session(session_);
  }
  reference_ = {[](ngtcp2_crypto_conn_ref* reference) {
                  return static_cast<BareQuic*>(reference->user_data)->connection_;
                },
                this};
  gnutls_session_set_ptr(session_, &reference_);
  ngtcp2_conn_set_tls_native_handle(connection_, session_);
  return absl::OkStatus();
}

absl::Status BareQuic::Read(const uint8_t* packet, size_t size) {
  if (connection_ == nullptr) {
    ngtcp2_pkt_hd header;
    if (ngtcp2_accept(&header, packet, size) != 0) return absl::OkStatus();
    PARLOR_RETURN_IF_ERROR(Setup(&header));
  }
  const ngtcp2_path path = Path();
  const ngtcp2_pkt_info info{};
  const int error = ngtcp2_conn_read_pkt(connection_, &path, &info, packet, size, Now());
  return error == 0 ? absl::OkStatus() : Error(error);
}

absl::Status BareQuic::Write() {
  if (connection_ == nullptr) return absl::OkStatus();
  const uint64_t now = Now();
  std::array<uint8_t, kPacketSize> packet;
  while (true) {
    const size_t rest = unsent_ % frame_.size() == 0 ? frame_.size() : unsent_ % frame_.size();
    const ngtcp2_vec bytes{reinterpret_cast<uint8_t*>(frame_.data()) + (frame_.size() - rest), rest};
    const bool has_data = unsent_ > 0 && stream_ >= 0;
    ngtcp2_ssize taken = -1;
    const ngtcp2_ssize size = ngtcp2_conn_writev_stream(connection_, nullptr, nullptr, packet.data(),
                                                        packet.size(), &taken, 0, has_data ? stream_ : -1,
                                                        has_data ? &bytes : nullptr, has_data ? 1 : 0, now);
    if (size < 0) return Error(static_cast<int>(size));
    if (taken > 0) unsent_ -= static_cast<size_t>(taken);
    if (size == 0) break;
    if (sendto(socket_, packet.data(), static_cast<size_t>(size), 0, reinterpret_cast<sockaddr*>(&peer_),
               sizeof(peer_)) < 0) {
      return absl::UnavailableError("cannot send");
    }
  }
  if (ready_) ngtcp2_conn_update_pkt_tx_time(connection_, now);
  return absl::OkStatus();
}

absl::Status BareQuic::Send() {
  if (stream_ < 0) ngtcp2_conn_open_bidi_stream(connection_, &stream_, nullptr);
  unsent_ += frame_.size();
  return Write();
}

absl::Status BareQuic::Step(int milliseconds) {
  const uint64_t expiry = connection_ == nullptr ? UINT64_MAX : ngtcp2_conn_get_expiry(connection_);
  const uint64_t now = Now();
  const uint64_t left = expiry <= now ? 0 : std::min<uint64_t>((expiry - now) / 1'000'000 + 1, INT32_MAX);
  epoll_event event;
  const int events = epoll_wait(epoll_, &event, 1, std::min(milliseconds, static_cast<int>(left)));
  if (events > 0) {
    std::array<uint8_t, 2048> packet;
    socklen_t size = sizeof(peer_);
    const ssize_t got =
        recvfrom(socket_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&peer_), &size);
    if (got > 0) PARLOR_RETURN_IF_ERROR(Read(packet.data(), static_cast<size_t>(got)));
  }
  if (connection_ != nullptr && expiry <= Now()) {
    const int error = ngtcp2_conn_handle_expiry(connection_, Now());
    if (error != 0) return Error(error);
  }
  // Echoes are answered first, so that the acknowledgement leaves with the answer.
  return received_ >= frame_.size() ? absl::OkStatus() : Write();
}

size_t BareQuic::TakeFrames() {
  const size_t frames = received_ / frame_.size();
  received_ %= frame_.size();
  return frames;
}

}  // namespace parlor::bench
