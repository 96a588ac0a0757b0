// The public keys that tokens of one service are verified with, as this process knows them now.
#ifndef PARLOR_SERVICES_COMMON_KEY_SET_H_
#define PARLOR_SERVICES_COMMON_KEY_SET_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/crypto/jwt.h"

namespace parlor::service {

// Empty until the first Set(). Thread-safe; a reader keeps the keys that it got.
class KeySet {
 public:
  KeySet() : keys_(std::make_shared<const VerificationKeys>()) {}
  explicit KeySet(VerificationKeys keys) : keys_(std::make_shared<const VerificationKeys>(std::move(keys))) {}

  std::shared_ptr<const VerificationKeys> Get() const {
    absl::ReaderMutexLock lock(&mutex_);
    return keys_;
  }

  void Set(VerificationKeys keys) {
    auto fresh = std::make_shared<const VerificationKeys>(std::move(keys));
    absl::MutexLock lock(&mutex_);
    keys_.swap(fresh);
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const VerificationKeys> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_KEY_SET_H_
