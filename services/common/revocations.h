// Devices that were ended before their certificates and tokens were: the signed list of auth
// (GetKeysResponse.revocations), as this process knows it now.
#ifndef PARLOR_SERVICES_COMMON_REVOCATIONS_H_
#define PARLOR_SERVICES_COMMON_REVOCATIONS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/key_set.h"

namespace parlor::service {

// Thread-safe.
class Revocations {
 public:
  class Observation;
  using Observer = std::function<void()>;

  // `issuer` is the server id; `keys` are auth's and outlive this.
  Revocations(std::string issuer, const KeySet* keys);

  // Takes a newer list and tells the observers, on this thread, when this returns. An older or the same
  // version changes nothing and is OK: lists arrive by several ways. UNAUTHENTICATED for a list that auth did
  // not sign; NOT_FOUND for a key that is not known (yet).
  absl::Status Update(absl::string_view token, absl::Time now);

  bool IsRevoked(absl::string_view device) const;
  std::string token() const;  // the list as it was signed, to be passed on; empty before the first Update
  int64_t version() const;    // 0 before the first Update

  // `observer` is called after every change, never under this object's lock, and never again once the
  // Observation is gone (whose destruction waits for a call that is under way; so an observer must not
  // destroy its own). Observers must be quick: they hold up Update().
  [[nodiscard]] std::unique_ptr<Observation> Observe(Observer observer);

 private:
  struct List {
    int64_t version = 0;
    std::string token;
    absl::flat_hash_set<std::string> devices;
  };
  struct Slot;

  std::shared_ptr<const List> list() const;

  const std::string issuer_;
  const KeySet* const keys_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const List> list_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
};

// Ends the observation when it is destroyed.
class Revocations::Observation {
 public:
  explicit Observation(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}
  ~Observation();
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  std::shared_ptr<Slot> slot_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_REVOCATIONS_H_
