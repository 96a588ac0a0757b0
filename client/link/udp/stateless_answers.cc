#include "client/link/udp/stateless_answers.h"

#include <gnutls/crypto.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <iterator>
#include <new>

namespace parlor::client {
namespace {

constexpr size_t kMinInitialPacket = 1200;  // RFC 9000, section 14.1
// A reset looks like a short packet: random bytes, then the token.
constexpr size_t kMinReset = NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN;
constexpr size_t kMaxReset = kMinReset + 22;
constexpr uint8_t kLongHeader = 0x80;

const uint8_t* Unsigned(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

template <size_t kSize>
std::array<uint8_t, kSize> Random() {
  std::array<uint8_t, kSize> bytes{};
  if (gnutls_rnd(GNUTLS_RND_NONCE, bytes.data(), bytes.size()) != 0) throw std::bad_alloc();
  return bytes;
}

// What the library wrote into `buffer`, or nothing if it could not.
std::string Written(const std::array<uint8_t, QuicConnection::kMaxPacketSize>& buffer, ngtcp2_ssize size) {
  if (size <= 0) return "";
  return {reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(size)};
}

}  // namespace

StatelessAnswers::StatelessAnswers() {
  if (gnutls_rnd(GNUTLS_RND_KEY, retry_key_.data(), retry_key_.size()) != 0) throw std::bad_alloc();
}

bool StatelessAnswers::MayBeReset(absl::string_view packet) {
  return packet.size() >= kMinReset && (*Unsigned(packet) & kLongHeader) == 0;
}

StatelessAnswers::Verdict StatelessAnswers::Judge(absl::string_view packet, const UdpAddress& from,
                                                  bool accepting, bool prove_address,
                                                  absl::string_view reset_key, absl::Duration now) {
  if (packet.empty()) return {};
  if ((*Unsigned(packet) & kLongHeader) == 0) {
    if (packet.size() <= kMinReset || reset_key.empty() || !TakeFromBudget(now)) return {};
    return {std::nullopt, Reset(packet, reset_key)};
  }
  if (!accepting || packet.size() < kMinInitialPacket) return {};
  ngtcp2_version_cid ids{};
  const int error =
      ngtcp2_pkt_decode_version_cid(&ids, Unsigned(packet), packet.size(), QuicConnection::kIdSize);
  if (error == NGTCP2_ERR_VERSION_NEGOTIATION && TakeFromBudget(now))
    return {std::nullopt, NegotiateVersion(ids)};
  return error == 0 ? JudgeInitial(packet, from, prove_address, now) : Verdict{};
}

StatelessAnswers::Verdict StatelessAnswers::JudgeInitial(absl::string_view packet, const UdpAddress& from,
                                                         bool prove_address, absl::Duration now) {
  QuicConnection::Initial initial;
  if (ngtcp2_accept(&initial.header, Unsigned(packet), packet.size()) != 0) return {};
  const ngtcp2_vec& token = initial.header.token;
  if (token.len == 0) {
    if (prove_address) return {std::nullopt, Retry(initial.header, from, now)};
    return {initial, ""};
  }
  const sockaddr_in6 address = ToSockaddr(from);
  ngtcp2_cid first_id{};
  if (ngtcp2_crypto_verify_retry_token(&first_id, token.base, token.len, retry_key_.data(), retry_key_.size(),
                                       initial.header.version, reinterpret_cast<const sockaddr*>(&address),
                                       sizeof(address), &initial.header.dcid, ToQuicTime(kRetryLifetime),
                                       ToQuicTime(now)) != 0) {
    return {};
  }
  initial.before_retry = first_id;
  return {initial, ""};
}

std::string StatelessAnswers::Retry(const ngtcp2_pkt_hd& header, const UdpAddress& from,
                                    absl::Duration now) const {
  ngtcp2_cid id{};
  id.datalen = QuicConnection::kIdSize;
  const auto random = Random<QuicConnection::kIdSize>();
  std::copy(random.begin(), random.end(), id.data);
  const sockaddr_in6 address = ToSockaddr(from);
  std::array<uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token;
  const ngtcp2_ssize token_size = ngtcp2_crypto_generate_retry_token(
      token.data(), retry_key_.data(), retry_key_.size(), header.version,
      reinterpret_cast<const sockaddr*>(&address), sizeof(address), &id, &header.dcid, ToQuicTime(now));
  if (token_size < 0) return "";
  std::array<uint8_t, QuicConnection::kMaxPacketSize> packet;
  return Written(packet,
                 ngtcp2_crypto_write_retry(packet.data(), packet.size(), header.version, &header.scid, &id,
                                           &header.dcid, token.data(), static_cast<size_t>(token_size)));
}

std::string StatelessAnswers::Reset(absl::string_view packet, absl::string_view reset_key) {
  ngtcp2_cid id{};
  id.datalen = QuicConnection::kIdSize;
  std::copy_n(Unsigned(packet) + 1, id.datalen, id.data);
  std::array<uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token;
  if (ngtcp2_crypto_generate_stateless_reset_token(token.data(), Unsigned(reset_key), reset_key.size(),
                                                   &id) != 0) {
    return "";
  }
  // Shorter than what it answers, so that two sides who know nothing of each other come to an end.
  const size_t size = std::min(packet.size() - 1, kMaxReset);
  const auto random = Random<kMaxReset - NGTCP2_STATELESS_RESET_TOKENLEN>();
  std::array<uint8_t, QuicConnection::kMaxPacketSize> reset;
  return Written(reset, ngtcp2_pkt_write_stateless_reset(reset.data(), reset.size(), token.data(),
                                                         random.data(), size - token.size()));
}

std::string StatelessAnswers::NegotiateVersion(const ngtcp2_version_cid& asked) {
  const uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
  std::array<uint8_t, QuicConnection::kMaxPacketSize> packet;
  return Written(packet, ngtcp2_pkt_write_version_negotiation(packet.data(), packet.size(), Random<1>()[0],
                                                              asked.scid, asked.scidlen, asked.dcid,
                                                              asked.dcidlen, versions, std::size(versions)));
}

bool StatelessAnswers::TakeFromBudget(absl::Duration now) {
  if (now - budget_since_ >= absl::Seconds(1)) {
    budget_since_ = now;
    budget_ = kPerSecond;
  }
  if (budget_ == 0) return false;
  --budget_;
  return true;
}

}  // namespace parlor::client
