// The seats that one commit decides on: locked, looked at, decided one after the other, and written at once.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_BATCH_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_BATCH_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pqxx/pqxx"
#include "services/common/live/replica_store.h"

namespace parlor::live {

// Within one transaction, on the statements of live_sql.h.
class SeatBatch {
 public:
  // All outlive this.
  SeatBatch(pqxx::work* tx, const std::string* directory, const std::vector<SeatDecision>* decisions);

  // Blocks until nobody else decides on any of them.
  void Lock();
  // In their order: each sees what those before it have done.
  std::vector<SeatDecision::Outcome> Decide();
  // What was decided, as `writer`'s `version`; false if that was nothing.
  bool Write(const std::string& writer, int64_t version);

 private:
  using Key = std::pair<std::string, std::string>;  // scope, user

  void LockScopes();

  pqxx::work& tx_;
  const std::string& directory_;
  const std::vector<SeatDecision>& decisions_;
  std::map<Key, std::optional<SeatRecord>> records_;  // as they are
  std::map<std::string, size_t> counts_;              // of scopes whose capacity matters
  std::set<Key> changed_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_BATCH_H_
