#include "client/store/sealer.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace parlor::client {
namespace {

constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kSealingKeySize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

unsigned char* Bytes(std::string& bytes, size_t offset = 0) {
  return reinterpret_cast<unsigned char*>(bytes.data()) + offset;
}

const unsigned char* Bytes(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void Wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
}

}  // namespace

Sealer::Sealer(std::string key)
    : key_(new std::string(key), [](std::string* secret) {
        Wipe(*secret);
        delete secret;
      }) {
  if (sodium_init() < 0 || key.size() != kSealingKeySize) {
    std::fprintf(stderr, "a sealing key has %zu bytes, not %zu\n", kSealingKeySize, key.size());
    std::abort();
  }
  Wipe(key);
}

std::string Sealer::Seal(absl::string_view text, absl::string_view context) const {
  std::string sealed(kNonceSize + text.size() + kTagSize, '\0');
  randombytes_buf(sealed.data(), kNonceSize);
  // It cannot fail: libsodium aborts beyond 2^38 bytes.
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed, kNonceSize), nullptr, Bytes(text), text.size(),
                                             Bytes(context), context.size(), nullptr, Bytes(sealed),
                                             Bytes(absl::string_view(*key_)));
  return sealed;
}

absl::StatusOr<std::string> Sealer::Open(absl::string_view sealed, absl::string_view context) const {
  if (sealed.size() < kNonceSize + kTagSize) return absl::DataLossError("a sealed text is too short");
  const absl::string_view box = sealed.substr(kNonceSize);
  std::string text(box.size() - kTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(text), nullptr, nullptr, Bytes(box), box.size(),
                                                 Bytes(context), context.size(), Bytes(sealed),
                                                 Bytes(absl::string_view(*key_))) != 0) {
    return absl::DataLossError("a sealed text was changed, or another key sealed it");
  }
  return text;
}

}  // namespace parlor::client
