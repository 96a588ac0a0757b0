// TLS as QUIC uses it here, in both roles: TLS 1.3 by GnuTLS with the device's certificate, no resumption (a
// resumed session would pass the judge by), and the judge as the only one who verifies. The counterpart of
// TlsContext.
#ifndef PARLOR_CLIENT_LINK_UDP_QUIC_CREDENTIALS_H_
#define PARLOR_CLIENT_LINK_UDP_QUIC_CREDENTIALS_H_

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "client/link/network.h"
#include "client/link/tls_peer_check.h"
#include "client/link/tls_socket.h"

namespace parlor::client {

// The TLS half of one connection. Stays where it is: GnuTLS and ngtcp2 point to it.
struct QuicTls {
  struct SessionDeleter {
    void operator()(gnutls_session_t done) const { gnutls_deinit(done); }
  };

  QuicTls() = default;
  QuicTls(const QuicTls&) = delete;
  QuicTls& operator=(const QuicTls&) = delete;

  ngtcp2_conn* connection = nullptr;  // to be set before the first packet
  TlsPeerCheck check;
  ngtcp2_crypto_conn_ref reference{};
  std::unique_ptr<std::remove_pointer_t<gnutls_session_t>, SessionDeleter> session;
};

// Immutable; loop thread only, as the judge is.
class QuicCredentials {
 public:
  // INVALID_ARGUMENT if the chain is empty, malformed or not of this key.
  static absl::StatusOr<std::shared_ptr<const QuicCredentials>> Make(const LinkIdentity& identity,
                                                                     PeerJudge judge);
  ~QuicCredentials();
  QuicCredentials(const QuicCredentials&) = delete;
  QuicCredentials& operator=(const QuicCredentials&) = delete;

  // `tls` gets a session and this judge; `user` (empty: whoever the judge accepts) must be at the other end.
  // The credentials must outlive it.
  void Prepare(QuicTls& tls, TlsRole role, std::string user) const;

  // For stateless resets (RFC 9000, section 10.3): the same for as long as the device has its key, so that a
  // process that was started again can tell the peers of the one before.
  const std::string& reset_key() const { return reset_key_; }

 private:
  QuicCredentials(PeerJudge judge, std::string reset_key);

  const PeerJudge judge_;
  const std::string reset_key_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_priority_t priority_ = nullptr;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_QUIC_CREDENTIALS_H_
