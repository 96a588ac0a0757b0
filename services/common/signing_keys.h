// A service's signing keys: a directory of PEM files that all its replicas share, and what signs with them.
//
// `<directory>/<YYYYMMDDTHHMMSSZ>-<random>.pem`, PKCS#8, mode 0600; the stem is the `kid`, its time is when
// the key was made. Removing a file withdraws the key at the next Reload().
//
// With KeyRingOptions::read_only nothing is written: somebody else makes and deletes keys, by the same rules.
#ifndef PARLOR_SERVICES_COMMON_SIGNING_KEYS_H_
#define PARLOR_SERVICES_COMMON_SIGNING_KEYS_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/crypto/jwt.h"
#include "nlohmann/json_fwd.hpp"
#include "services/common/key_ring.h"

namespace parlor::service {

// Thread-safe.
class SigningKeys {
 public:
  // Makes the directory and the first key when there is none. Replicas that start at once agree on one key
  // (a file lock). FAILED_PRECONDITION when there is none and the directory is read-only.
  static absl::StatusOr<std::unique_ptr<SigningKeys>> Open(const std::filesystem::path& directory,
                                                           const KeyRingOptions& options, absl::Time now);

  // Reads the directory again, makes a successor when one is due and deletes retired keys. Replicas call
  // this every 30 s. On an error the keys stay as they were.
  absl::Status Reload(absl::Time now);

  // Makes a successor at once; it signs after the publish delay. FAILED_PRECONDITION when read-only.
  absl::Status Rotate(absl::Time now);

  // SignJwt with the key whose turn it is.
  std::string Sign(absl::string_view type, const nlohmann::json& claims, absl::Time now) const;

  VerificationKeys Verifying(absl::Time now) const;
  std::shared_ptr<const KeyRing> ring() const;

 private:
  SigningKeys(std::filesystem::path directory, KeyRingOptions options)
      : directory_(std::move(directory)), options_(options) {}
  absl::Status Read();
  absl::Status Refresh(absl::Time now, bool rotate);
  void Use(std::shared_ptr<const KeyRing> ring);

  const std::filesystem::path directory_;
  const KeyRingOptions options_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeyRing> ring_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SIGNING_KEYS_H_
