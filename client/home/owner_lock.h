// The first process on a home owns it.
#ifndef PARLOR_CLIENT_HOME_OWNER_LOCK_H_
#define PARLOR_CLIENT_HOME_OWNER_LOCK_H_

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "base/file_lock.h"
#include "client/home/home.h"

namespace parlor::client {

// Held like a FileLock.
class OwnerLock {
 public:
  // Nothing: another process (or another lock in this one) owns the home. Never waits.
  static absl::StatusOr<std::optional<OwnerLock>> TryTake(const Home& home);

 private:
  explicit OwnerLock(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_OWNER_LOCK_H_
