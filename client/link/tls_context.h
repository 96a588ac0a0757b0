// TLS as links use it, in both roles: TLS 1.3 with the device's certificate, no resumption (a resumed session
// would pass the judge by), and the judge as the only one who verifies.
#ifndef PARLOR_CLIENT_LINK_TLS_CONTEXT_H_
#define PARLOR_CLIENT_LINK_TLS_CONTEXT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/link/network.h"
#include "client/link/tls_peer_check.h"

typedef struct ssl_st SSL;          // NOLINT(modernize-use-using): as OpenSSL declares them
typedef struct ssl_ctx_st SSL_CTX;  // NOLINT(modernize-use-using)

namespace parlor::client {

// The protocol that both sides must name in the handshake (ALPN, RFC 7301).
inline constexpr char kAlpnProtocol[] = "parlor/1";

// Immutable; loop thread only, as the judge is.
class TlsContext {
 public:
  // INVALID_ARGUMENT if the chain is empty, malformed or not of this key.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Make(const LinkIdentity& identity,
                                                                PeerJudge judge);

  struct SslDeleter {
    void operator()(SSL* ssl) const;
  };
  using SslPtr = std::unique_ptr<SSL, SslDeleter>;

  // `check` gets this context's judge; `expected_user` is the caller's to set.
  SslPtr NewSsl(TlsPeerCheck* check) const;

 private:
  struct SslCtxDeleter {
    void operator()(SSL_CTX* context) const;
  };

  TlsContext(std::unique_ptr<SSL_CTX, SslCtxDeleter> context, PeerJudge judge)
      : context_(std::move(context)), judge_(std::move(judge)) {}

  const std::unique_ptr<SSL_CTX, SslCtxDeleter> context_;
  const PeerJudge judge_;
};

// True if both sides named kAlpnProtocol; after the handshake.
bool AgreedOnProtocol(const SSL* ssl);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TLS_CONTEXT_H_
