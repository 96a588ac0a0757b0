// The seats that a directory knows, in memory: found by person and by session, listed, counted and sampled.
#ifndef PARLOR_SERVICES_COMMON_LIVE_SEAT_TABLE_H_
#define PARLOR_SERVICES_COMMON_LIVE_SEAT_TABLE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "services/common/live/directory.h"
#include "services/common/live/seat.h"
#include "services/common/live/seat_rules.h"

namespace parlor::live {

// Not thread-safe. As large as what is put into it.
class SeatTable {
 public:
  SeatTable() = default;
  SeatTable(const SeatTable&) = delete;
  SeatTable& operator=(const SeatTable&) = delete;

  // Makes the seat what the record says; nullopt when it was so.
  std::optional<Change> Put(const SeatRecord& record);

  // Null when it is free; valid until the next Put.
  const Seat* Find(absl::string_view scope, absl::string_view user) const;
  const Seat* FindSession(absl::string_view session) const;

  size_t size() const { return by_session_.size(); }
  size_t Count(absl::string_view scope) const;
  std::vector<Seat> List(const ListQuery& query) const;
  std::vector<Seat> Sample(absl::string_view scope, size_t count, absl::string_view except) const;
  // In no order.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const auto& [session, entry] : by_session_) visit(entry->seat);
  }

 private:
  struct Entry {
    Seat seat;
    size_t index = 0;  // in Scope::in_any_order
  };
  struct Scope {
    std::map<std::string, std::unique_ptr<Entry>, std::less<>> by_user;
    std::vector<Entry*> in_any_order;  // for samples
  };

  void Add(const Seat& seat);
  void Remove(Entry& entry);
  Entry* FindEntry(absl::string_view scope, absl::string_view user) const;
  const Scope* FindScope(absl::string_view scope) const;

  absl::flat_hash_map<std::string, std::unique_ptr<Scope>> scopes_;
  absl::flat_hash_map<std::string, Entry*> by_session_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_SEAT_TABLE_H_
