#include "tests/services/common/live/memory_replica_store.h"

#include <algorithm>

#include "base/status.h"

namespace parlor::live::testing {
namespace {

absl::Status Away() {
  return absl::UnavailableError("the store is away");
}

}  // namespace

std::map<std::pair<std::string, std::string>, Seat> SharedSeats::Taken() const {
  std::map<Key, Seat> taken;
  for (const auto& [key, row] : rows_) {
    if (row.record.taken) taken.emplace(key, row.record.seat);
  }
  return taken;
}

void SharedSeats::Wipe() {
  rows_.clear();
  members_.clear();
}

void SharedSeats::Crash() {
  ++crashes_;
  members_ = synced_.first;
  rows_ = synced_.second;
}

size_t SharedSeats::CountOf(const std::string& scope) const {
  return static_cast<size_t>(std::count_if(rows_.begin(), rows_.end(), [&](const auto& row) {
    return row.first.first == scope && row.second.record.taken;
  }));
}

size_t SharedSeats::ValidLeases() const {
  return static_cast<size_t>(std::count_if(members_.begin(), members_.end(),
                                           [&](const auto& member) { return member.second.lease > now_; }));
}

absl::Status MemoryReplicaStore::Reach() {
  if (std::exchange(crashes_seen_, shared_->crashes_) != shared_->crashes_) return Away();
  return shared_->away_ || cut_off_ ? Away() : absl::OkStatus();
}

absl::Status MemoryReplicaStore::Answered() const {
  return std::exchange(shared_->lose_answer_, false) ? Away() : absl::OkStatus();
}

absl::StatusOr<SharedSeats::Member*> MemoryReplicaStore::Myself(const ReplicaId& self) {
  PARLOR_RETURN_IF_ERROR(Reach());
  const auto found = shared_->members_.find(self.name);
  if (found == shared_->members_.end() || found->second.incarnation != self.incarnation ||
      found->second.lease <= shared_->now_) {
    return absl::FailedPreconditionError("the lease has run out");
  }
  return &found->second;
}

absl::StatusOr<ReplicaId> MemoryReplicaStore::Register(const std::string& name) {
  PARLOR_RETURN_IF_ERROR(Reach());
  SharedSeats::Member& member = shared_->members_[name];
  member.incarnation = ++shared_->incarnations_;
  member.version = std::max(member.version, member.incarnation << 32);
  member.lease = shared_->now_ + shared_->lease_;
  member.left = member.lapse_seen = false;
  if (shared_->notify != nullptr) shared_->notify(name, member.version);
  return ReplicaId{name, member.incarnation};
}

absl::Status MemoryReplicaStore::Renew(const ReplicaId& self) {
  PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
  me->lease = shared_->now_ + shared_->lease_;
  return Answered();
}

absl::StatusOr<Committed> MemoryReplicaStore::Commit(const ReplicaId& self,
                                                     const std::vector<SeatDecision>& decisions,
                                                     const std::vector<Letter>& letters) {
  ++commits;
  PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
  me->lease = shared_->now_ + shared_->lease_;
  Committed committed{.version = ++me->version};
  for (const SeatDecision& decision : decisions) {
    const SharedSeats::Key key{decision.scope, decision.user};
    const auto row = shared_->rows_.find(key);
    const bool full = decision.capacity != 0 && shared_->CountOf(decision.scope) >= decision.capacity;
    committed.outcomes.push_back(
        decision.decide(row == shared_->rows_.end() ? nullptr : &row->second.record, full));
    const SeatDecision::Outcome& outcome = committed.outcomes.back();
    if (outcome.ok() && outcome->has_value()) shared_->rows_[key] = {**outcome, self.name, me->version};
  }
  for (const Letter& letter : letters) {
    for (auto& [name, member] : shared_->members_) {
      if (letter.to.empty() ? name != self.name : name == letter.to) member.letters.push_back(letter.body);
    }
  }
  if (shared_->notify != nullptr) shared_->notify(self.name, me->version);
  PARLOR_RETURN_IF_ERROR(Answered());
  return committed;
}

absl::StatusOr<Adoption> MemoryReplicaStore::Adopt(const ReplicaId& self, bool judge, absl::Time now,
                                                   size_t limit) {
  PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
  Adoption adoption{.version = ++me->version};
  for (auto& [name, member] : shared_->members_) {
    if (member.lease > shared_->now_ || !(member.left || judge)) continue;
    if (!member.left && !std::exchange(member.lapse_seen, true)) ++adoption.lapsed;
    for (auto& [key, row] : shared_->rows_) {
      SeatRecord& record = row.record;
      if (!record.taken || record.seat.replica != name || adoption.seats.size() == limit) continue;
      if (record.seat.state == SeatState::kPresent) record = Lost(record.seat, now);
      record.seat.replica = self.name;
      row.writer = self.name;
      row.version = me->version;
      adoption.seats.push_back(record);
    }
  }
  if (shared_->notify != nullptr) shared_->notify(self.name, me->version);
  PARLOR_RETURN_IF_ERROR(Answered());
  return adoption;
}

News MemoryReplicaStore::NewsFor(SharedSeats::Member& member) const {
  News news;
  for (const auto& [name, other] : shared_->members_) news.versions[name] = other.version;
  news.letters = std::exchange(member.letters, {});
  news.replicas = shared_->ValidLeases();
  return news;
}

absl::StatusOr<News> MemoryReplicaStore::Read(const ReplicaId& self, const Versions& seen) {
  ++reads;
  PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
  News news = NewsFor(*me);
  for (const auto& [key, row] : shared_->rows_) {
    const auto version = seen.find(row.writer);
    if (version == seen.end() || version->second < row.version) news.seats.push_back(row.record);
  }
  return news;
}

absl::StatusOr<News> MemoryReplicaStore::ReadAll(const ReplicaId& self, const Versions& seen) {
  News news;
  if (seen.empty()) {
    PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
    news = NewsFor(*me);
  } else {
    PARLOR_ASSIGN_OR_RETURN(news, Read(self, seen));
  }
  for (const auto& [key, row] : shared_->rows_) {
    if (row.record.taken) news.seats.push_back(row.record);
  }
  return news;
}

absl::Status MemoryReplicaStore::Purge() {
  PARLOR_RETURN_IF_ERROR(Reach());
  std::erase_if(shared_->rows_, [&](const auto& row) {
    return !row.second.record.taken && row.second.record.at + kRemembered < shared_->now_;
  });
  return absl::OkStatus();
}

absl::Status MemoryReplicaStore::Leave(const ReplicaId& self) {
  PARLOR_ASSIGN_OR_RETURN(SharedSeats::Member* const me, Myself(self));
  me->lease = shared_->now_;
  me->left = true;
  return absl::OkStatus();
}

}  // namespace parlor::live::testing
