// Who watches whom, the other way round: a change of one person finds its watchers at once.
#ifndef PARLOR_SERVICES_PRESENCE_WATCH_INDEX_H_
#define PARLOR_SERVICES_PRESENCE_WATCH_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace parlor::presence {

// Not thread-safe. Refers to watchers, which have to be removed before they end. As large as all watch lists
// together.
template <typename Watcher>
class WatchIndex {
 public:
  void Add(const std::string& watched, const Watcher* watcher) { watchers_[watched].insert(watcher); }

  void Remove(const std::string& watched, const Watcher* watcher) {
    const auto found = watchers_.find(watched);
    if (found == watchers_.end()) return;
    found->second.erase(watcher);
    if (found->second.empty()) watchers_.erase(found);
  }

  bool Has(absl::string_view watched, const Watcher* watcher) const {
    const auto found = watchers_.find(watched);
    return found != watchers_.end() && found->second.contains(watcher);
  }

  std::vector<const Watcher*> WatchersOf(absl::string_view watched) const {
    const auto found = watchers_.find(watched);
    if (found == watchers_.end()) return {};
    return {found->second.begin(), found->second.end()};
  }

 private:
  absl::flat_hash_map<std::string, absl::flat_hash_set<const Watcher*>> watchers_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_WATCH_INDEX_H_
