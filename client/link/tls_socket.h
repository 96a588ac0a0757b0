// TLS over a non-blocking TCP socket: says what it waits for instead of waiting, and why it failed in words
// for a person. Knows no event loop and no frames.
#ifndef PARLOR_CLIENT_LINK_TLS_SOCKET_H_
#define PARLOR_CLIENT_LINK_TLS_SOCKET_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/link/socket_bio.h"
#include "client/link/tls_context.h"

namespace parlor::client {

enum class TlsRole { kDialling, kAccepting };

enum class TlsProgress {
  kDone,
  kWaitReadable,
  kWaitWritable,
  kEnded,   // the other side closed in good order; nothing more comes
  kFailed,  // see TlsSocket::failure()
};

// Loop thread only. Does not own the socket, which must outlive it. Handshake and Read take at most 64 KiB
// from the socket in one call, so kWaitReadable does not mean that it is empty.
class TlsSocket {
 public:
  // `user`: who must be at the other end; empty when accepting.
  TlsSocket(std::shared_ptr<const TlsContext> context, int socket, TlsRole role, std::string user);

  // kDone once the other side's certificate is judged good. (Dialling, that the other side took ours shows
  // only when it sends something: TLS 1.3 has no answer to the dialer's certificate.)
  TlsProgress Handshake();

  // Up to `into.size()` bytes; `count` of them with kDone.
  TlsProgress Read(absl::Span<char> into, size_t& count);
  // True if Read has bytes without asking the socket.
  bool HasBufferedInput() const;

  // At most one record; `count` bytes are written with kDone. After a wait the same bytes must come again.
  TlsProgress Write(absl::string_view bytes, size_t& count);

  // Tells the other side that nothing more comes from here.
  TlsProgress CloseWrite();

  const absl::Status& failure() const { return failure_; }
  // After the handshake.
  const TlsPeerCheck& peer_check() const { return *check_; }

 private:
  TlsProgress Progress(int result);
  absl::Status Explain(int ssl_error) const;

  // Order matters: the SSL uses all that stands above it.
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<TlsPeerCheck> check_;
  std::unique_ptr<SocketBio> bio_;
  TlsContext::SslPtr ssl_;
  bool handshaken_ = false;
  absl::Status failure_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TLS_SOCKET_H_
