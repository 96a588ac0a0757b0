// How a QuicConnection ends, and why, in words.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/tls_alert.h"
#include "client/link/tls_context.h"
#include "client/link/udp/quic_connection.h"

namespace parlor::client {
namespace {

constexpr int kDecryptError = 51;          // TLS alerts (RFC 8446, section 6.2)
constexpr int kCertificateRequired = 116;  //
constexpr int kNoApplicationProtocol = 120;

// Errors of the TLS handshake are this and the alert (RFC 9001, section 4.8).
constexpr uint64_t kCryptoError = 0x100;

const char kNotTold[] = "the connection ended without a goodbye; what was under way may be lost";

}  // namespace

void QuicConnection::Close(QuicGoodbye goodbye, absl::Status ending, absl::Duration now) {
  if (state_ != State::kOpen) return;
  ngtcp2_connection_close_error error;
  ngtcp2_connection_close_error_set_application_error(&error, static_cast<uint64_t>(goodbye), nullptr, 0);
  EndWithError(error, std::move(ending), now);
}

void QuicConnection::Violate(const char* what) {
  if (violation_.ok())
    violation_ = absl::DataLossError(absl::StrCat("the other side broke the protocol: ", what));
}

void QuicConnection::Fail(int error, absl::Duration now) {
  ngtcp2_connection_close_error told;
  switch (error) {
    case NGTCP2_ERR_DRAINING:
      return EndSilently(ExplainRemote());
    case NGTCP2_ERR_IDLE_CLOSE:
      return EndSilently(absl::DeadlineExceededError(absl::StrCat(
          "the other side acknowledged nothing for ", absl::FormatDuration(options_.idle_timeout))));
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return EndSilently(absl::DeadlineExceededError("no answer"));
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
      return EndSilently(absl::UnavailableError("what came was no handshake"));
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
      return EndSilently(absl::FailedPreconditionError("the other side does not speak version 1 of QUIC"));
    case NGTCP2_ERR_CRYPTO:
      ngtcp2_connection_close_error_set_transport_error_tls_alert(
          &told, ngtcp2_conn_get_tls_alert(connection_.get()), nullptr, 0);
      break;
    default:
      ngtcp2_connection_close_error_set_transport_error_liberr(&told, error, nullptr, 0);
  }
  EndWithError(told, ExplainLocal(error), now);
}

void QuicConnection::EndWithError(const ngtcp2_connection_close_error& error, absl::Status ending,
                                  absl::Duration now) {
  std::string packet(kMaxPacketSize, '\0');
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  const ngtcp2_ssize size = ngtcp2_conn_write_connection_close(connection_.get(), &path.path, nullptr,
                                                               reinterpret_cast<uint8_t*>(packet.data()),
                                                               packet.size(), &error, ToQuicTime(now));
  const absl::Duration pto = FromQuicTime(ngtcp2_conn_get_pto(connection_.get()));
  EndSilently(std::move(ending));
  if (size <= 0) return;
  packet.resize(static_cast<size_t>(size));
  packet.shrink_to_fit();
  close_packet_ = std::move(packet);
  close_due_ = true;
  state_ = State::kClosing;
  linger_until_ = now + 3 * pto;  // RFC 9000, section 10.2
}

// Its keys and buffers go now; what has arrived stays to be read.
void QuicConnection::EndSilently(absl::Status ending) {
  state_ = State::kGone;
  ending_ = std::move(ending);
  connection_.reset();
  tls_.connection = nullptr;
  tls_.session.reset();
  datagrams_out_.clear();
}

absl::Status QuicConnection::ExplainRemote() const {
  if (was_reset_) {
    return absl::UnavailableError(
        "the other side was started again and knows nothing of this connection any more");
  }
  ngtcp2_connection_close_error told;
  ngtcp2_conn_get_connection_close_error(connection_.get(), &told);
  if (told.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION) {
    if (told.error_code == static_cast<uint64_t>(QuicGoodbye::kAborted)) return absl::DataLossError(kNotTold);
    return absl::UnavailableError("the other side closed the link");
  }
  if (told.error_code >= kCryptoError && told.error_code <= kCryptoError + 0xff) {
    return ExplainAlert(static_cast<int>(told.error_code - kCryptoError));
  }
  // Inside the handshake an application's error is told as this one (RFC 9000, section 10.2.3).
  if (!ready_) return absl::UnavailableError("the other side closed the connection during the handshake");
  return absl::DataLossError(absl::StrCat(
      "the other side broke off, since what arrived there was damaged (QUIC error ", told.error_code, ")"));
}

absl::Status QuicConnection::ExplainLocal(int error) const {
  if (!tls_.check.refusal.ok()) return tls_.check.refusal;
  if (error != NGTCP2_ERR_CRYPTO) {
    const std::string what = absl::StrCat("what arrived is damaged or not QUIC: ", ngtcp2_strerror(error));
    return ready_ ? absl::DataLossError(what) : absl::FailedPreconditionError(what);
  }
  const int alert = ngtcp2_conn_get_tls_alert(connection_.get());
  switch (alert) {
    case kDecryptError:
      return absl::UnauthenticatedError(
          "the certificate shown there is good, but who shows it does not have its key");
    case kCertificateRequired:
      return absl::UnauthenticatedError("the other side shows no certificate");
    case kNoApplicationProtocol:
      return absl::FailedPreconditionError(absl::StrCat("the other side does not speak ", kAlpnProtocol));
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("what answers there is no Parlor client with TLS 1.3 (TLS alert ", alert, ")"));
  }
}

}  // namespace parlor::client
