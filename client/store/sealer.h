// Seals small texts at rest: XChaCha20-Poly1305 (libsodium), a random nonce each, bound to where they belong.
#ifndef PARLOR_CLIENT_STORE_SEALER_H_
#define PARLOR_CLIENT_STORE_SEALER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::client {

inline constexpr size_t kSealingKeySize = 32;

// Immutable; thread-safe. Copies share one key, which is wiped with the last of them.
class Sealer {
 public:
  explicit Sealer(std::string key);  // kSealingKeySize bytes, else aborts

  // `context` must be given again to open; it is not stored. The result is 40 bytes longer than `text`.
  std::string Seal(absl::string_view text, absl::string_view context) const;
  // DATA_LOSS: it was changed, belongs elsewhere, or another key sealed it.
  absl::StatusOr<std::string> Open(absl::string_view sealed, absl::string_view context) const;

 private:
  std::shared_ptr<const std::string> key_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_SEALER_H_
