#include "client/rpc/root_fetch.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;

// gRPC's servers insist on it.
constexpr unsigned char kAlpnH2[] = {2, 'h', '2'};

// One handshake, step by step on a loop of its own, so that one deadline holds for all of it.
class Fetch {
 public:
  Fetch(asio::io_context& context, const JoinLink& link)
      : link_(link), tls_(asio::ssl::context::tls_client), resolver_(context), stream_(context, tls_) {
    // The root that is looked for cannot be known before; the caller compares it with the pin.
    stream_.set_verify_mode(asio::ssl::verify_none);
    SSL* ssl = stream_.native_handle();
    SSL_set_alpn_protos(ssl, kAlpnH2, sizeof(kAlpnH2));
    SSL_set_tlsext_host_name(ssl, ServiceDnsName(link.pin).c_str());
  }

  void Start() {
    step_ = "find";
    resolver_.async_resolve(link_.server.host, std::to_string(link_.server.port),
                            [this](const asio::error_code& error, const tcp::resolver::results_type& found) {
                              if (error) return Fail(error);
                              Connect(found);
                            });
  }

  const absl::Status& status() const { return status_; }
  const std::optional<Certificate>& last_certificate() const { return last_certificate_; }
  bool done() const { return done_; }

 private:
  void Connect(const tcp::resolver::results_type& addresses) {
    step_ = "reach";
    asio::async_connect(stream_.lowest_layer(), addresses,
                        [this](const asio::error_code& error, const tcp::endpoint&) {
                          if (error) return Fail(error);
                          Handshake();
                        });
  }

  void Handshake() {
    step_ = "talk TLS with";
    stream_.async_handshake(asio::ssl::stream_base::client, [this](const asio::error_code& error) {
      if (error) return Fail(error);
      TakeChain();
    });
  }

  void TakeChain() {
    done_ = true;
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(stream_.native_handle());
    const int size = chain == nullptr ? 0 : sk_X509_num(chain);
    if (size == 0) return;
    X509* const last = sk_X509_value(chain, size - 1);
    X509_up_ref(last);
    last_certificate_.emplace(std::shared_ptr<X509>(last, X509_free));
  }

  void Fail(const asio::error_code& error) {
    done_ = true;
    status_ =
        absl::UnavailableError(absl::StrCat("cannot ", step_, " ", ToString(link_.server), ": ",
                                            error.message(), "; is the server running, and the link right?"));
  }

  const JoinLink& link_;
  asio::ssl::context tls_;
  tcp::resolver resolver_;
  asio::ssl::stream<tcp::socket> stream_;
  const char* step_ = "";
  bool done_ = false;
  absl::Status status_;
  std::optional<Certificate> last_certificate_;
};

absl::Status WrongServer(const JoinLink& link, absl::string_view found) {
  return absl::UnauthenticatedError(
      absl::StrCat("what answers at ", ToString(link.server), " is not the server of this link: ", found,
                   "; nothing was sent to it. Ask whoever runs the server for its present join link"));
}

}  // namespace

absl::StatusOr<Certificate> FetchRoot(const JoinLink& link, absl::Duration timeout) {
  if (link.pin.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the link ", ToString(link),
                     " has no pin, and servers with a public certificate are not supported yet: use the "
                     "link that the server prints, parlor://HOST:PORT/#PIN"));
  }
  asio::io_context context(1);
  Fetch fetch(context, link);
  fetch.Start();
  context.run_for(absl::ToChronoNanoseconds(timeout));
  if (!fetch.done()) {
    return absl::DeadlineExceededError(absl::StrCat("no answer from ", ToString(link.server), " within ",
                                                    absl::FormatDuration(timeout),
                                                    "; is the server running, and reachable from here?"));
  }
  PARLOR_RETURN_IF_ERROR(fetch.status());
  if (!fetch.last_certificate().has_value()) return WrongServer(link, "it shows no certificate");
  const absl::StatusOr<PublicKey> key = fetch.last_certificate()->public_key();
  if (!key.ok()) return WrongServer(link, "its certificate is of another kind");
  if (ServerIdOf(*key) != link.pin) return WrongServer(link, absl::StrCat("its id is ", ServerIdOf(*key)));
  return *fetch.last_certificate();
}

}  // namespace parlor::client
