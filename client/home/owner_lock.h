// The first process on a home owns it.
#ifndef PARLOR_CLIENT_HOME_OWNER_LOCK_H_
#define PARLOR_CLIENT_HOME_OWNER_LOCK_H_

#include <optional>

#include "absl/status/statusor.h"
#include "client/home/home.h"

namespace parlor::client {

// Held until it is destroyed or the process dies, however it does: the kernel lets go of it. Not for home
// directories on file systems without flock(2).
class OwnerLock {
 public:
  // Nothing: another process (or another lock in this one) owns the home. Never waits.
  static absl::StatusOr<std::optional<OwnerLock>> TryTake(const Home& home);

  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&&) = delete;
  ~OwnerLock();

 private:
  explicit OwnerLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_OWNER_LOCK_H_
