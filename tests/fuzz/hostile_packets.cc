#include "tests/fuzz/hostile_packets.h"

#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <utility>

#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

// Nobody else says this.
constexpr absl::string_view kMark = "in place of this packet, hostile payload ";

HostilePackets* listening = nullptr;

}  // namespace

HostilePackets::HostilePackets() {
  Promise(listening == nullptr, "there is one at a time");
  listening = this;
}

HostilePackets::~HostilePackets() {
  listening = nullptr;
}

std::string HostilePackets::Carrier(std::string payload) {
  std::string carrier(kMark);
  carrier += Number(static_cast<uint16_t>(payloads_.size()));
  carrier.resize(kMaxPayload, '\0');
  bytes_ += payload.capacity();
  payloads_.push_back(std::move(payload));
  return carrier;
}

void HostilePackets::Change(size_t ahead, size_t at, absl::string_view bytes) {
  changes_.push_back({packets_ + ahead, at, std::string(bytes)});
}

void HostilePackets::AddParameters(client::TlsRole who, absl::string_view parameters) {
  parameters_[static_cast<size_t>(who)].append(parameters.data(), parameters.size());
}

void HostilePackets::Rewrite(std::string& frames) {
  const size_t mark = frames.find(kMark.data(), 0, kMark.size());
  if (mark != std::string::npos && !payloads_.empty()) {
    Input number(absl::string_view(frames).substr(mark + kMark.size()));
    const std::string& payload = payloads_[number.Number() % payloads_.size()];
    const size_t size = frames.size();
    frames = payload.substr(0, size);
    frames.resize(size, '\0');  // PADDING
  }
  for (const Overwriting& change : changes_) {
    if (change.packet != packets_) continue;
    const size_t at = change.at % frames.size();
    const size_t count = std::min(change.bytes.size(), frames.size() - at);
    frames.replace(at, count, change.bytes, 0, count);
  }
  ++packets_;
}

}  // namespace parlor::fuzz

// These two are called by their names, which are found here before the libraries' own.

extern "C" int ngtcp2_crypto_encrypt_cb(uint8_t* into, const ngtcp2_crypto_aead* aead,
                                        const ngtcp2_crypto_aead_ctx* context, const uint8_t* text,
                                        size_t text_size, const uint8_t* nonce, size_t nonce_size,
                                        const uint8_t* extra, size_t extra_size) {
  std::string frames(reinterpret_cast<const char*>(text), text_size);
  // A Retry is signed by encrypting nothing.
  if (parlor::fuzz::listening != nullptr && !frames.empty()) parlor::fuzz::listening->Rewrite(frames);
  const int error =
      ngtcp2_crypto_encrypt(into, aead, context, reinterpret_cast<const uint8_t*>(frames.data()),
                            frames.size(), nonce, nonce_size, extra, extra_size);
  return error == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

extern "C" ngtcp2_ssize ngtcp2_conn_encode_local_transport_params(ngtcp2_conn* connection, uint8_t* into,
                                                                  size_t room) {
  const bool accepts = ngtcp2_conn_is_server(connection) != 0;
  const ngtcp2_ssize size = ngtcp2_encode_transport_params(
      into, room,
      accepts ? NGTCP2_TRANSPORT_PARAMS_TYPE_ENCRYPTED_EXTENSIONS : NGTCP2_TRANSPORT_PARAMS_TYPE_CLIENT_HELLO,
      ngtcp2_conn_get_local_transport_params(connection));
  if (size < 0 || parlor::fuzz::listening == nullptr) return size;
  const std::string& more = parlor::fuzz::listening->parameters(accepts ? parlor::client::TlsRole::kAccepting
                                                                        : parlor::client::TlsRole::kDialling);
  const size_t fitting = std::min(more.size(), room - static_cast<size_t>(size));
  std::copy_n(more.begin(), fitting, into + size);
  return size + static_cast<ngtcp2_ssize>(fitting);
}
