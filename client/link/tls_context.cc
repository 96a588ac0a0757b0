#include "client/link/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <iterator>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/crypto/certificate.h"

namespace parlor::client {
namespace {

constexpr unsigned char kAlpnWire[] = "\x08parlor/1";
constexpr unsigned kAlpnWireSize = sizeof(kAlpnWire) - 1;

constexpr long kMaxChainBytes = kMaxChainLength * kMaxCertificateSize;

int CheckIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string DerOf(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return "";
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::vector<std::string> ChainOf(X509_STORE_CTX* store) {
  std::vector<std::string> chain;
  STACK_OF(X509)* presented = X509_STORE_CTX_get0_untrusted(store);  // the leaf is the first of them
  for (int i = 0; i < sk_X509_num(presented); ++i) chain.push_back(DerOf(sk_X509_value(presented, i)));
  return chain;
}

// Replaces OpenSSL's own verification. Certificates are in the hands of the judge alone, so that the rules
// are the same for every kind of link.
int VerifyCallback(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& check = *static_cast<TlsPeerCheck*>(SSL_get_ex_data(ssl, CheckIndex()));
  check.chain_der = ChainOf(store);
  if (Judge(check)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
               unsigned offered_size, void*) {
  unsigned char* selected = nullptr;
  const int result =
      SSL_select_next_proto(&selected, out_size, kAlpnWire, kAlpnWireSize, offered, offered_size);
  *out = selected;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

absl::Status UseIdentity(SSL_CTX* context, const LinkIdentity& identity) {
  if (identity.chain_der.empty()) return absl::InvalidArgumentError("this device has no certificate to show");
  for (const std::string& der : identity.chain_der) {
    const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
    if (!certificate.ok()) return certificate.status();
    const bool is_leaf = &der == &identity.chain_der.front();
    const auto taken = is_leaf ? SSL_CTX_use_certificate(context, certificate->get())
                               : SSL_CTX_add1_chain_cert(context, certificate->get());
    if (taken != 1) return absl::InvalidArgumentError("OpenSSL does not take this device's certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1) {
    return absl::InvalidArgumentError("this device's certificate is not of its key");
  }
  return absl::OkStatus();
}

bool Configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Records are written from a queue whose buffers may move between two attempts; idle links give theirs
  // back.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_max_cert_list(context, kMaxChainBytes);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &VerifyCallback, nullptr);
  SSL_CTX_set_alpn_select_cb(context, &SelectAlpn, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set1_groups_list(context, "X25519") == 1 &&
         SSL_CTX_set_alpn_protos(context, kAlpnWire, kAlpnWireSize) == 0;
}

}  // namespace

void TlsContext::SslDeleter::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

void TlsContext::SslCtxDeleter::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Make(const LinkIdentity& identity,
                                                                   PeerJudge judge) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, SslCtxDeleter> context(SSL_CTX_new(TLS_method()));
  if (context == nullptr || !Configure(context.get())) {
    return absl::InternalError("OpenSSL here cannot do TLS 1.3 with X25519");
  }
  const absl::Status used = UseIdentity(context.get(), identity);
  ERR_clear_error();
  if (!used.ok()) return used;
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), std::move(judge)));
}

TlsContext::SslPtr TlsContext::NewSsl(TlsPeerCheck* check) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr) throw std::bad_alloc();
  check->judge = &judge_;
  if (SSL_set_ex_data(ssl.get(), CheckIndex(), check) != 1) throw std::bad_alloc();
  return ssl;
}

bool AgreedOnProtocol(const SSL* ssl) {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  return absl::string_view(reinterpret_cast<const char*>(protocol), size) == kAlpnProtocol;
}

}  // namespace parlor::client
