// Chains that others present, and the names in them.
//
// A chain is genuine certificates, named and then changed; or a leaf whose extensions are anything at all,
// signed by the people's CA: what comes behind the signature has to stand that too.
#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/crypto/device_uri.h"
#include "base/crypto/openssl_ptr.h"
#include "base/crypto/peer_verifier.h"
#include "tests/base/crypto/test_certificates.h"
#include "tests/fuzz/fixed_random.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/numbered.h"

namespace parlor::fuzz {
namespace {

constexpr uint8_t kRaw = 0xff;  // a certificate that the input spells
constexpr size_t kMaxCertificates = 6;
constexpr int kExtensions[] = {NID_subject_alt_name,
                               NID_basic_constraints,
                               NID_key_usage,
                               NID_ext_key_usage,
                               NID_name_constraints,
                               NID_subject_key_identifier,
                               NID_authority_key_identifier,
                               NID_certificate_policies,
                               NID_policy_constraints};

struct Certificates {
  const World world;
  const PrivateKey key = PrivateKey::Generate();
  const PeerVerifier verifier{world.root.certificate()};
  const Certificate leaf = Numbered(world.Device("zoë", key.public_key()), world.people.key(), 1);
  const Certificate people = Numbered(world.people.certificate(), world.root.key(), 2);
  // What the bytes of an input name.
  const std::vector<std::string> ders = {
      leaf.ToDer(),
      people.ToDer(),
      Numbered(world.root.certificate(), world.root.key(), 3).ToDer(),
      Numbered(world.services.certificate(), world.root.key(), 4).ToDer(),
      Numbered(world.services.IssueService(world.server_id, key.public_key(), world.now, kDay),
               world.services.key(), 5)
          .ToDer(),
  };
};

const Certificates& Genuine() {
  static const Certificates& certificates = *[] {
    FixRandomness();
    const auto* const genuine = new Certificates();
    Promise(genuine->verifier.Verify({genuine->ders[0], genuine->ders[1]}, genuine->world.now).ok(),
            "a genuine chain is good");
    return genuine;
  }();
  return certificates;
}

void Change(std::string& bytes, Input& input) {
  const uint8_t kind = input.Byte() % 6;
  const size_t at = input.Number() % (bytes.size() + 1);
  switch (kind) {
    case 0:
      bytes.replace(at, 1, std::string(input.Take(1)));
      return;
    case 1:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (input.Byte() % 8)));
      return;
    case 2:
      bytes.erase(at, input.Byte());
      return;
    case 3:
      bytes.insert(at, std::string(input.Take(input.Byte() % 32)));
      return;
    case 4:
      bytes.insert(at, bytes.substr(input.Number() % (bytes.size() + 1), input.Byte()));
      return;
    default:
      bytes.resize(at);
      return;
  }
}

std::vector<std::string> Chain(Input& input) {
  const std::vector<std::string>& ders = Genuine().ders;
  std::vector<std::string> chain(input.Byte() % (kMaxCertificates + 1));
  for (std::string& der : chain) {
    const uint8_t which = input.Byte();
    der = which == kRaw ? std::string(input.Part()) : ders[which % ders.size()];
    for (int changes = input.Byte() % 4; changes > 0; --changes) Change(der, input);
  }
  return chain;
}

// The signature does not cover how it is itself spelt, so a changed certificate may be good; but then it says
// the same.
void CheckChanged(Input input) {
  const Certificates& genuine = Genuine();
  const auto peer = genuine.verifier.Verify(Chain(input), genuine.world.now);
  Promise(ERR_peek_error() == 0, "no error is left to others");
  if (!peer.ok())
    return Promise(absl::IsUnauthenticated(peer.status()), "what is refused is not authenticated");
  Promise(peer->identity == genuine.world.Identity("zoë", genuine.key.public_key()) &&
              peer->key.spki() == genuine.key.public_key().spki() &&
              peer->not_after == genuine.world.now + kDay,
          "a changed certificate says nothing else");
}

void SetExtension(X509* x509, int nid, bool critical, absl::string_view value) {
  const int at = X509_get_ext_by_NID(x509, nid, -1);
  if (at >= 0) openssl::X509ExtensionPtr(X509_delete_ext(x509, at));
  if (value.empty()) return;
  const openssl::Ptr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> data(ASN1_OCTET_STRING_new());
  openssl::Check(ASN1_OCTET_STRING_set(data.get(), reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size())) == 1,
                 "ASN1_OCTET_STRING_set");
  const openssl::X509ExtensionPtr extension(
      X509_EXTENSION_create_by_NID(nullptr, nid, critical ? 1 : 0, data.get()));
  openssl::Check(extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1, "X509_add_ext");
}

void CheckSigned(Input input) {
  const Certificates& genuine = Genuine();
  FixRandomness();
  const Certificate leaf =
      Resign(genuine.leaf, genuine.world.people.key(), EVP_sha256(), [&input](X509* x509) {
        while (!input.empty()) {
          const uint8_t which = input.Byte();
          SetExtension(x509, kExtensions[(which >> 1) % std::size(kExtensions)], (which & 1) != 0,
                       input.Part());
        }
      });
  const auto peer = genuine.verifier.Verify({leaf.ToDer(), genuine.people.ToDer()}, genuine.world.now);
  Promise(ERR_peek_error() == 0, "no error is left to others");
  if (!peer.ok()) return;
  Promise(peer->identity.server_id == genuine.world.server_id &&
              peer->identity.device == genuine.key.public_key().device_id() && DeviceUri(peer->identity).ok(),
          "an identity is of this server, and of the key");
}

void CheckUri(absl::string_view uri) {
  const absl::StatusOr<DeviceIdentity> identity = ParseDeviceUri(uri);
  if (!identity.ok()) return;
  const absl::StatusOr<std::string> written = DeviceUri(*identity);
  Promise(written.ok() && *written == uri, "an identity has one spelling");
}

void CheckIdentity(Input input) {
  const DeviceIdentity identity{std::string(52, 'a'), std::string(input.Rest()), std::string(26, 'b')};
  const absl::StatusOr<std::string> uri = DeviceUri(identity);
  if (!uri.ok()) return;
  const absl::StatusOr<DeviceIdentity> read = ParseDeviceUri(*uri);
  Promise(read.ok() && *read == identity, "an identity that was written can be read");
}

// An extension of CheckSigned's input; `which` counts in kExtensions.
std::string Extension(size_t which, absl::string_view value) {
  return absl::StrCat(std::string(1, static_cast<char>(2 * which)), Part(value));
}

// GeneralNames with one name of kind `tag`.
std::string AltName(char tag, absl::string_view name) {
  const auto tagged = [](char type, absl::string_view value) {
    return absl::StrCat(std::string(1, type), std::string(1, '\x81'),
                        std::string(1, static_cast<char>(value.size())), value);
  };
  return tagged('\x30', tagged(tag, name));
}

}  // namespace

void Test(Input input) {
  switch (input.Byte() % 4) {
    case 0:
      return CheckChanged(input);
    case 1:
      return CheckSigned(input);
    case 2:
      return CheckUri(input.Rest());
    default:
      return CheckIdentity(input);
  }
}

std::vector<std::string> Seeds() {
  const std::string changed(1, '\0'), resigned("\1"), uri("\2"), identity("\3");
  const std::string server(52, 'a'), device(26, 'b');
  const std::string spelt = absl::StrCat("spiffe://", server, "/user/zo%C3%AB/device/", device);
  const auto chain = [&](absl::string_view items, size_t count) {
    return absl::StrCat(changed, std::string(1, static_cast<char>(count)), items);
  };
  const absl::string_view leaf("\0\0", 2), people("\1\0", 2), root("\2\0", 2), services("\3\0", 2),
      service("\4\0", 2);
  return {
      chain(absl::StrCat(leaf, people), 2),
      chain(absl::StrCat(leaf, people, root), 3),
      chain(absl::StrCat(service, services), 2),
      chain(absl::StrCat(leaf, people, root, services, people), 5),
      chain("", 0),
      chain(absl::StrCat(absl::string_view("\0\1\1\0\x90\3", 6), people), 2),
      chain(absl::StrCat(leaf, absl::string_view("\1\2\2\0\x40\1\3\0\x40\2xy", 12)), 2),
      chain(absl::StrCat("\xff", Part("\x30\x03\x02\x01\x01"), std::string(1, '\0'), people), 2),
      resigned,
      resigned + Extension(0, AltName('\x86', spelt)),
      resigned + Extension(0, AltName('\x82', "example.org")),
      resigned + Extension(0, AltName('\x86', "spiffe://x/user/a/device/b")) +
          Extension(1, "\x30\x03\x01\x01\xff"),
      resigned + Extension(1, "") + Extension(2, "\x03\x02\x07\x80") +
          Extension(3, absl::string_view("\x30\0", 2)),
      resigned + Extension(4, absl::string_view("\x30\0", 2)) + Extension(7, "\x05"),
      uri + spelt,
      uri + absl::StrCat("spiffe://", server, "/user/a%2Fb~c/device/", device),
      uri + absl::StrCat("spiffe://", server, "/user/%61/device/", device),
      identity + "zoë/../%41",
  };
}

}  // namespace parlor::fuzz
