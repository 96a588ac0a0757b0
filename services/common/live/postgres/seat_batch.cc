#include "services/common/live/postgres/seat_batch.h"

#include "nlohmann/json.hpp"
#include "services/common/live/postgres/seat_rows.h"

namespace parlor::live {

SeatBatch::SeatBatch(pqxx::work* tx, const std::string* directory, const std::vector<SeatDecision>* decisions)
    : tx_(*tx), directory_(*directory), decisions_(*decisions) {}

void SeatBatch::Lock() {
  LockScopes();
  std::set<Key> wanted;
  for (const SeatDecision& decision : decisions_) wanted.emplace(decision.scope, decision.user);
  nlohmann::json keys = nlohmann::json::array();
  for (const auto& [scope, user] : wanted) keys.push_back({{"s", scope}, {"p", user}});
  const std::string text = keys.dump();
  tx_.exec_prepared("live_hold_seats", directory_, text);
  for (const pqxx::row& row : tx_.exec_prepared("live_held_seats", directory_, text)) {
    records_[{row[0].as<std::string>(), row[1].as<std::string>()}] = ReadSeat(row);
  }
}

// Capacities are counted while nobody else takes a seat in the scope. In the order of all who do this:
// std::set.
void SeatBatch::LockScopes() {
  std::set<std::string> scopes;
  for (const SeatDecision& decision : decisions_) {
    if (decision.capacity != 0) scopes.insert(decision.scope);
  }
  if (scopes.empty()) return;
  for (const std::string& scope : scopes) tx_.exec_prepared("live_lock_scope", directory_, scope);
  for (const pqxx::row& row : tx_.exec_prepared("live_count", directory_, nlohmann::json(scopes).dump())) {
    counts_[row[0].as<std::string>()] = row[1].as<size_t>();
  }
}

std::vector<SeatDecision::Outcome> SeatBatch::Decide() {
  std::vector<SeatDecision::Outcome> outcomes;
  outcomes.reserve(decisions_.size());
  for (const SeatDecision& decision : decisions_) {
    const Key key(decision.scope, decision.user);
    std::optional<SeatRecord>& record = records_[key];
    size_t& count = counts_[decision.scope];
    const bool full = decision.capacity != 0 && count >= decision.capacity;
    outcomes.push_back(decision.decide(record.has_value() ? &*record : nullptr, full));
    if (!outcomes.back().ok() || !outcomes.back()->has_value()) continue;
    const bool was_taken = record.has_value() && record->taken;
    record = **outcomes.back();
    if (record->taken && !was_taken) ++count;
    if (!record->taken && was_taken && count > 0) --count;
    changed_.insert(key);
  }
  return outcomes;
}

bool SeatBatch::Write(const std::string& writer, int64_t version) {
  if (changed_.empty()) return false;
  nlohmann::json rows = nlohmann::json::array();
  for (const Key& key : changed_) rows.push_back(SeatJson(*records_[key]));
  tx_.exec_prepared("live_write_seats", directory_, rows.dump(), writer, version);
  return true;
}

}  // namespace parlor::live
