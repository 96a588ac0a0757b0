#include "services/common/live/seat_table.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"
#include "absl/strings/match.h"

namespace parlor::live {

std::optional<Change> SeatTable::Put(const SeatRecord& record) {
  Entry* const entry = FindEntry(record.seat.scope, record.seat.user);
  std::optional<Change> change = ChangeBetween(entry == nullptr ? nullptr : &entry->seat, record);
  if (!record.taken) {
    if (entry != nullptr) Remove(*entry);
  } else if (entry == nullptr) {
    Add(record.seat);
  } else {
    by_session_.erase(entry->seat.session);
    entry->seat = record.seat;
    by_session_.emplace(entry->seat.session, entry);
  }
  return change;
}

void SeatTable::Add(const Seat& seat) {
  std::unique_ptr<Scope>& scope = scopes_[seat.scope];
  if (scope == nullptr) scope = std::make_unique<Scope>();
  auto entry = std::make_unique<Entry>(Entry{seat, scope->in_any_order.size()});
  scope->in_any_order.push_back(entry.get());
  by_session_.emplace(seat.session, entry.get());
  scope->by_user.emplace(seat.user, std::move(entry));
}

void SeatTable::Remove(Entry& entry) {
  by_session_.erase(entry.seat.session);
  const auto scope = scopes_.find(entry.seat.scope);
  std::vector<Entry*>& order = scope->second->in_any_order;
  order[entry.index] = order.back();
  order[entry.index]->index = entry.index;
  order.pop_back();
  scope->second->by_user.erase(scope->second->by_user.find(entry.seat.user));
  if (order.empty()) scopes_.erase(scope);
}

const Seat* SeatTable::Find(absl::string_view scope, absl::string_view user) const {
  const Entry* const entry = FindEntry(scope, user);
  return entry == nullptr ? nullptr : &entry->seat;
}

const Seat* SeatTable::FindSession(absl::string_view session) const {
  const auto found = by_session_.find(session);
  return found == by_session_.end() ? nullptr : &found->second->seat;
}

size_t SeatTable::Count(absl::string_view scope) const {
  const Scope* const found = FindScope(scope);
  return found == nullptr ? 0 : found->by_user.size();
}

std::vector<Seat> SeatTable::List(const ListQuery& query) const {
  std::vector<Seat> seats;
  const Scope* const scope = FindScope(query.scope);
  if (scope == nullptr) return seats;
  auto next = query.after < query.prefix ? scope->by_user.lower_bound(query.prefix)
                                         : scope->by_user.upper_bound(query.after);
  // Nobody is called "", so that an empty `after` starts with the first.
  for (; next != scope->by_user.end() && seats.size() < query.limit; ++next) {
    if (!absl::StartsWith(next->first, query.prefix)) break;
    seats.push_back(next->second->seat);
  }
  return seats;
}

std::vector<Seat> SeatTable::Sample(absl::string_view scope, size_t count, absl::string_view except) const {
  std::vector<Seat> seats;
  const Scope* const found = FindScope(scope);
  if (found == nullptr) return seats;
  const Entry* const left_out = FindEntry(scope, except);
  const size_t candidates = found->in_any_order.size() - (left_out == nullptr ? 0 : 1);
  count = std::min(count, candidates);
  // Robert Floyd's algorithm (CACM 30(9), 1987): as many random numbers as picks, each set equally likely.
  absl::InsecureBitGen random;
  absl::flat_hash_set<size_t> picked;
  for (size_t last = candidates - count; last < candidates; ++last) {
    const size_t pick = absl::Uniform<size_t>(absl::IntervalClosed, random, 0, last);
    if (!picked.insert(pick).second) picked.insert(last);
  }
  seats.reserve(count);
  for (size_t pick : picked) {
    if (left_out != nullptr && pick >= left_out->index) ++pick;
    seats.push_back(found->in_any_order[pick]->seat);
  }
  return seats;
}

SeatTable::Entry* SeatTable::FindEntry(absl::string_view scope, absl::string_view user) const {
  const Scope* const found = FindScope(scope);
  if (found == nullptr) return nullptr;
  const auto entry = found->by_user.find(user);
  return entry == found->by_user.end() ? nullptr : entry->second.get();
}

const SeatTable::Scope* SeatTable::FindScope(absl::string_view scope) const {
  const auto found = scopes_.find(scope);
  return found == scopes_.end() ? nullptr : found->second.get();
}

}  // namespace parlor::live
