// A map of bounded size that forgets what was unused for longest.
#ifndef PARLOR_SERVICES_AUTH_RULES_LRU_MAP_H_
#define PARLOR_SERVICES_AUTH_RULES_LRU_MAP_H_

#include <cstddef>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace parlor::auth {

// Not thread-safe. Pointers and references hold until the entry is erased or forgotten.
template <typename Value>
class LruMap {
 public:
  explicit LruMap(size_t capacity) : capacity_(capacity) {}
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;

  // Null when there is none. Looking is not using.
  Value* Find(absl::string_view key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }

  // The entry, made if there was none; it is now the most recently used.
  Value& Use(absl::string_view key) {
    const auto found = index_.find(key);
    if (found != index_.end()) {
      entries_.splice(entries_.end(), entries_, found->second);
      return found->second->second;
    }
    if (entries_.size() >= capacity_) Erase(std::string(entries_.front().first));
    entries_.emplace_back(std::string(key), Value());
    index_.emplace(entries_.back().first, std::prev(entries_.end()));
    return entries_.back().second;
  }

  void Erase(absl::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
  }

  size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<const std::string, Value>>;

  const size_t capacity_;
  Entries entries_;                                                           // least recently used first
  absl::flat_hash_map<absl::string_view, typename Entries::iterator> index_;  // keys live in entries_
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_LRU_MAP_H_
