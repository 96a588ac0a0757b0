#include "services/presence/roster.h"

#include <utility>

#include "absl/strings/match.h"

namespace parlor::presence {

PersonPtr Roster::Find(absl::string_view user) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = people_.find(user);
  return found == people_.end() ? nullptr : found->second;
}

PersonPtr Roster::Exchange(const std::string& user, PersonPtr person) {
  absl::MutexLock lock(&mutex_);
  if (person != nullptr) return std::exchange(people_[user], std::move(person));
  const auto found = people_.find(user);
  if (found == people_.end()) return nullptr;
  PersonPtr before = std::move(found->second);
  people_.erase(found);
  return before;
}

std::vector<PersonPtr> Roster::List(absl::string_view after, absl::string_view prefix, size_t limit) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<PersonPtr> people;
  auto next = after < prefix ? people_.lower_bound(prefix) : people_.upper_bound(after);
  for (; next != people_.end() && people.size() < limit; ++next) {
    if (!absl::StartsWith(next->first, prefix)) break;
    people.push_back(next->second);
  }
  return people;
}

}  // namespace parlor::presence
