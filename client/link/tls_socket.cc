#include "client/link/tls_socket.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/socket_error.h"
#include "client/link/tls_alert.h"

namespace parlor::client {
namespace {

// Alerts arrive as reasons of 1000 and more (SSL_AD_REASON_OFFSET). RFC 8446, section 6.
int AlertOf(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  return ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET
                                                                             : -1;
}

const char* ReasonText(unsigned long error) {
  const char* const text = ERR_reason_error_string(error);
  return text != nullptr ? text : "unknown reason";
}

}  // namespace

TlsSocket::TlsSocket(std::shared_ptr<const TlsContext> context, int socket, TlsRole role, std::string user)
    : context_(std::move(context)),
      check_(std::make_unique<TlsPeerCheck>()),
      bio_(std::make_unique<SocketBio>(socket)),
      ssl_(context_->NewSsl(check_.get())) {
  check_->expected_user = std::move(user);
  BIO* const both_ways = bio_->NewReference();
  SSL_set_bio(ssl_.get(), both_ways, both_ways);  // takes one reference when they are the same
  if (role == TlsRole::kDialling) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

TlsProgress TlsSocket::Handshake() {
  ERR_clear_error();
  bio_->AllowOneReceive();
  const TlsProgress progress = Progress(SSL_do_handshake(ssl_.get()));
  if (progress == TlsProgress::kEnded) {
    failure_ = absl::UnavailableError("the other side closed the connection during the handshake");
    return TlsProgress::kFailed;
  }
  if (progress == TlsProgress::kDone && !AgreedOnProtocol(ssl_.get())) {
    failure_ = absl::FailedPreconditionError(absl::StrCat("the other side does not speak ", kAlpnProtocol));
    return TlsProgress::kFailed;
  }
  handshaken_ = progress == TlsProgress::kDone;
  return progress;
}

TlsProgress TlsSocket::Read(absl::Span<char> into, size_t& count) {
  ERR_clear_error();
  bio_->AllowOneReceive();
  return Progress(SSL_read_ex(ssl_.get(), into.data(), into.size(), &count));
}

bool TlsSocket::HasBufferedInput() const {
  return bio_->buffered() > 0 || SSL_has_pending(ssl_.get()) == 1;
}

TlsProgress TlsSocket::Write(absl::string_view bytes, size_t& count) {
  ERR_clear_error();
  return Progress(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
}

TlsProgress TlsSocket::CloseWrite() {
  ERR_clear_error();
  // 0: our word is out, the other side's has not come yet. That is all that is wanted.
  const int result = SSL_shutdown(ssl_.get());
  return result >= 0 ? TlsProgress::kDone : Progress(result);
}

TlsProgress TlsSocket::Progress(int result) {
  if (result == 1) return TlsProgress::kDone;
  const int error = SSL_get_error(ssl_.get(), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return TlsProgress::kWaitReadable;
    case SSL_ERROR_WANT_WRITE:
      return TlsProgress::kWaitWritable;
    case SSL_ERROR_ZERO_RETURN:
      return TlsProgress::kEnded;
    default:
      failure_ = Explain(error);
      return TlsProgress::kFailed;
  }
}

absl::Status TlsSocket::Explain(int ssl_error) const {
  if (!check_->refusal.ok()) return check_->refusal;
  if (bio_->last_error() != 0) return SocketError("the connection broke", bio_->last_error());
  if (bio_->at_eof()) {
    return handshaken_
               ? absl::DataLossError("the connection ended without a goodbye; what was under way may be lost")
               : absl::UnavailableError("the other side closed the connection during the handshake");
  }
  const unsigned long error = ERR_peek_error();
  if (const int alert = AlertOf(error); alert >= 0) return ExplainAlert(alert);
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_BAD_SIGNATURE) {
    return absl::UnauthenticatedError(
        "the certificate shown there is good, but who shows it does not have its key");
  }
  if (handshaken_) {
    return absl::DataLossError(absl::StrCat("what arrived is damaged or not TLS: ", ReasonText(error)));
  }
  return absl::FailedPreconditionError(
      ssl_error == SSL_ERROR_SSL
          ? absl::StrCat("what answers there is no Parlor client with TLS 1.3: ", ReasonText(error))
          : "TLS failed without saying why");
}

}  // namespace parlor::client
