// Everybody who is not offline, by name: what changes of the live directory have made known to this process.
#ifndef PARLOR_SERVICES_PRESENCE_ROSTER_H_
#define PARLOR_SERVICES_PRESENCE_ROSTER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/presence/person.h"

namespace parlor::presence {

using PersonPtr = std::shared_ptr<const Person>;

// Thread-safe; readers do not hold up each other. As large as the directory's scope.
class Roster {
 public:
  // Null: offline.
  PersonPtr Find(absl::string_view user) const;

  // Replaces the person's entry; null removes it. Returns the one before, or null.
  PersonPtr Exchange(const std::string& user, PersonPtr person);

  // At most `limit` people by name (bytewise), who sort after `after` and start with `prefix`.
  std::vector<PersonPtr> List(absl::string_view after, absl::string_view prefix, size_t limit) const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, PersonPtr, std::less<>> people_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_ROSTER_H_
