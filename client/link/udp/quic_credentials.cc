#include "client/link/udp/quic_credentials.h"

#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <new>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto/key.h"
#include "client/link/tls_context.h"

namespace parlor::client {
namespace {

// TLS 1.3 alone, as TlsContext. QUIC has no middleboxes to be compatible with (RFC 9001, section 8.4).
constexpr char kPriority[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:-GROUP-ALL:+GROUP-X25519:"
    "%DISABLE_TLS13_COMPAT_MODE";

gnutls_datum_t Datum(const std::string& bytes) {
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())),
          static_cast<unsigned>(bytes.size())};
}

// The certificates and the key as GnuTLS wants them while it takes its own copies.
class GnutlsIdentity {
 public:
  ~GnutlsIdentity() {
    for (const gnutls_x509_crt_t certificate : chain_) gnutls_x509_crt_deinit(certificate);
    if (key_ != nullptr) gnutls_x509_privkey_deinit(key_);
  }

  absl::Status Load(const LinkIdentity& identity) {
    if (identity.chain_der.empty())
      return absl::InvalidArgumentError("this device has no certificate to show");
    for (const std::string& der : identity.chain_der) {
      const gnutls_datum_t bytes = Datum(der);
      if (gnutls_x509_crt_init(&chain_.emplace_back()) < 0) throw std::bad_alloc();
      if (gnutls_x509_crt_import(chain_.back(), &bytes, GNUTLS_X509_FMT_DER) < 0) {
        return absl::InvalidArgumentError("GnuTLS does not take this device's certificate");
      }
    }
    const std::string pem = identity.key.ToPem();
    const gnutls_datum_t bytes = Datum(pem);
    if (gnutls_x509_privkey_init(&key_) < 0) throw std::bad_alloc();
    if (gnutls_x509_privkey_import2(key_, &bytes, GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN) < 0) {
      return absl::InvalidArgumentError("GnuTLS does not take this device's key");
    }
    return absl::OkStatus();
  }

  absl::Status Give(gnutls_certificate_credentials_t to) {
    const int given =
        gnutls_certificate_set_x509_key(to, chain_.data(), static_cast<int>(chain_.size()), key_);
    if (given >= 0) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("this device's certificate is not of its key: ", gnutls_strerror(given)));
  }

 private:
  std::vector<gnutls_x509_crt_t> chain_;
  gnutls_x509_privkey_t key_ = nullptr;
};

bool ReadChain(gnutls_session_t session, std::vector<std::string>& chain) {
  unsigned count = 0;
  const gnutls_datum_t* list = gnutls_certificate_get_peers(session, &count);
  if (list == nullptr || count == 0 || count > kMaxChainLength) return false;
  for (unsigned i = 0; i < count; ++i) {
    if (list[i].size > kMaxCertificateSize) return false;
    chain.emplace_back(reinterpret_cast<const char*>(list[i].data), list[i].size);
  }
  return true;
}

// Replaces GnuTLS's own verification, which would know nothing of our rules.
int Verify(gnutls_session_t session) {
  const auto* reference = static_cast<ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
  TlsPeerCheck& check = static_cast<QuicTls*>(reference->user_data)->check;
  check.chain_der.clear();
  if (!ReadChain(session, check.chain_der)) {
    check.refusal = absl::UnauthenticatedError("the certificates shown there are too many or too long");
  } else if (Judge(check)) {
    return 0;
  }
  return GNUTLS_E_CERTIFICATE_ERROR;
}

std::string ResetKey(const PrivateKey& key) {
  return Sha256(absl::StrCat("parlor/1 stateless reset\n", key.ToPem()));
}

}  // namespace

QuicCredentials::QuicCredentials(PeerJudge judge, std::string reset_key)
    : judge_(std::move(judge)), reset_key_(std::move(reset_key)) {}

QuicCredentials::~QuicCredentials() {
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  if (priority_ != nullptr) gnutls_priority_deinit(priority_);
}

absl::StatusOr<std::shared_ptr<const QuicCredentials>> QuicCredentials::Make(const LinkIdentity& identity,
                                                                             PeerJudge judge) {
  GnutlsIdentity own;
  if (const absl::Status loaded = own.Load(identity); !loaded.ok()) return loaded;
  std::shared_ptr<QuicCredentials> made(new QuicCredentials(std::move(judge), ResetKey(identity.key)));
  if (gnutls_certificate_allocate_credentials(&made->credentials_) < 0) throw std::bad_alloc();
  if (gnutls_priority_init(&made->priority_, kPriority, nullptr) < 0) {
    return absl::InternalError("GnuTLS here cannot do TLS 1.3 with X25519");
  }
  gnutls_certificate_set_verify_function(made->credentials_, &Verify);
  if (const absl::Status given = own.Give(made->credentials_); !given.ok()) return given;
  return made;
}

void QuicCredentials::Prepare(QuicTls& tls, TlsRole role, std::string user) const {
  const bool accepting = role == TlsRole::kAccepting;
  tls.check.judge = &judge_;
  tls.check.expected_user = std::move(user);
  tls.reference.user_data = &tls;
  tls.reference.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
    return static_cast<QuicTls*>(reference->user_data)->connection;
  };

  gnutls_session_t session = nullptr;
  const unsigned flags = accepting ? GNUTLS_SERVER | GNUTLS_NO_TICKETS | GNUTLS_NO_AUTO_SEND_TICKET
                                   : GNUTLS_CLIENT | GNUTLS_NO_TICKETS | GNUTLS_FORCE_CLIENT_CERT;
  if (gnutls_init(&session, flags) < 0) throw std::bad_alloc();
  tls.session.reset(session);
  static const std::string protocol = kAlpnProtocol;
  const gnutls_datum_t alpn = Datum(protocol);
  const bool ready = gnutls_priority_set(session, priority_) >= 0 &&
                     gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_) >= 0 &&
                     gnutls_alpn_set_protocols(session, &alpn, 1, GNUTLS_ALPN_MANDATORY) >= 0 &&
                     (accepting ? ngtcp2_crypto_gnutls_configure_server_session(session)
                                : ngtcp2_crypto_gnutls_configure_client_session(session)) == 0;
  if (!ready) throw std::bad_alloc();  // nothing else can fail here
  if (accepting) gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
  gnutls_session_set_ptr(session, &tls.reference);
}

}  // namespace parlor::client
