#include "client/home/owner_lock.h"

#include "base/status.h"

namespace parlor::client {

absl::StatusOr<std::optional<OwnerLock>> OwnerLock::TryTake(const Home& home) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<FileLock> lock, FileLock::TryTake(home.lock_file()));
  if (!lock.has_value()) return std::nullopt;
  return OwnerLock(*std::move(lock));
}

}  // namespace parlor::client
