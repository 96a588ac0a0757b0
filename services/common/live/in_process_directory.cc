#include "services/common/live/in_process_directory.h"

#include "base/status.h"

namespace parlor::live {

InProcessDirectory::InProcessDirectory(const DirectoryOptions& options)
    : options_(options), deliveries_(options.max_waiting_callbacks) {}

void InProcessDirectory::Observe(Observer observer) {
  observers_.push_back(std::move(observer));
}

void InProcessDirectory::Claim(SeatClaim claim, OnEnded on_ended, absl::Time now, ClaimDone done) {
  {
    absl::MutexLock lock(&mutex_);
    deliveries_.Add([answer = ClaimLocked(claim, on_ended, now), done = std::move(done)]() mutable {
      done(std::move(answer));
    });
  }
  deliveries_.Run();
}

absl::StatusOr<ClaimAnswer> InProcessDirectory::ClaimLocked(const SeatClaim& claim, OnEnded& on_ended,
                                                            absl::Time now) {
  if (seats_.FindSession(claim.session) != nullptr) {
    return absl::InvalidArgumentError("this session id is in use: make a new one for each claim");
  }
  const Seat* const seat = seats_.Find(claim.scope, claim.user);
  const bool full = claim.capacity != 0 && seats_.Count(claim.scope) >= claim.capacity;
  PARLOR_ASSIGN_OR_RETURN(SeatRecord record, Claimed(seat, claim, full, now));
  if (seat == nullptr && seats_.size() >= options_.max_seats) {
    return absl::ResourceExhaustedError("the server is full: try again later");
  }
  const ChangeKind how = Record(record);
  holders_.emplace(record.seat.session, std::move(on_ended));
  return ClaimAnswer{std::move(record.seat), how};
}

void InProcessDirectory::Update(absl::string_view session, std::string details, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    const Seat* const seat = seats_.FindSession(session);
    if (seat == nullptr) return;
    Record(Updated(*seat, std::move(details), now));
  }
  deliveries_.Run();
}

void InProcessDirectory::Release(absl::string_view session, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    const Seat* const seat = seats_.FindSession(session);
    if (seat == nullptr) return;
    Record(Freed(*seat, Leaving::kReleased, "", now));
  }
  deliveries_.Run();
}

void InProcessDirectory::Lose(absl::string_view session, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    const Seat* const seat = seats_.FindSession(session);
    if (seat == nullptr || seat->state == SeatState::kReconnecting) return;
    Record(Lost(*seat, now));
  }
  deliveries_.Run();
}

void InProcessDirectory::Edit(const std::string& scope, const std::string& user, Editor edit, absl::Time now,
                              Done done) {
  {
    absl::MutexLock lock(&mutex_);
    const Seat* const seat = seats_.Find(scope, user);
    std::optional<std::string> details = seat == nullptr ? std::nullopt : edit(seat->details);
    if (details.has_value()) Record(Updated(*seat, *std::move(details), now));
    Answer(std::move(done), seat != nullptr);
  }
  deliveries_.Run();
}

void InProcessDirectory::Evict(const std::string& scope, const std::string& user, std::string note,
                               absl::Time now, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    const Seat* const seat = seats_.Find(scope, user);
    const bool found = seat != nullptr;
    if (found) Record(Freed(*seat, Leaving::kEvicted, std::move(note), now));
    Answer(std::move(done), found);
  }
  deliveries_.Run();
}

void InProcessDirectory::Answer(Done done, bool found) {
  deliveries_.Add(
      [done = std::move(done), found]() mutable { done(found ? absl::OkStatus() : NoSuchSeat()); });
}

void InProcessDirectory::InSequence(absl::AnyInvocable<void()> callback) {
  deliveries_.Add(std::move(callback));
  deliveries_.Run();
}

void InProcessDirectory::Tick(absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    while (!lost_.empty() && lost_.begin()->first + options_.grace <= now) {
      Record(Freed(*seats_.FindSession(lost_.begin()->second), Leaving::kGraceEnded, "", now));
    }
  }
  deliveries_.Run();
}

absl::Time InProcessDirectory::NextWake() const {
  absl::ReaderMutexLock lock(&mutex_);
  return lost_.empty() ? absl::InfiniteFuture() : lost_.begin()->first + options_.grace;
}

std::optional<Seat> InProcessDirectory::Find(absl::string_view scope, absl::string_view user) const {
  absl::ReaderMutexLock lock(&mutex_);
  const Seat* const seat = seats_.Find(scope, user);
  if (seat == nullptr) return std::nullopt;
  return *seat;
}

std::vector<Seat> InProcessDirectory::List(const ListQuery& query) const {
  absl::ReaderMutexLock lock(&mutex_);
  return seats_.List(query);
}

size_t InProcessDirectory::Count(absl::string_view scope) const {
  absl::ReaderMutexLock lock(&mutex_);
  return seats_.Count(scope);
}

std::vector<size_t> InProcessDirectory::Count(const std::vector<absl::string_view>& scopes) const {
  std::vector<size_t> counts;
  counts.reserve(scopes.size());
  absl::ReaderMutexLock lock(&mutex_);
  for (const absl::string_view scope : scopes) counts.push_back(seats_.Count(scope));
  return counts;
}

std::vector<Seat> InProcessDirectory::Sample(absl::string_view scope, size_t count,
                                             absl::string_view except) const {
  absl::ReaderMutexLock lock(&mutex_);
  return seats_.Sample(scope, count, except);
}

// Makes the seat what the record says, and queues what holder and observers are told of it.
ChangeKind InProcessDirectory::Record(const SeatRecord& record) {
  if (const Seat* const before = seats_.Find(record.seat.scope, record.seat.user); before != nullptr) {
    EndHold(*before, record);
    if (before->state == SeatState::kReconnecting) lost_.erase({before->since, before->session});
  }
  std::optional<Change> change = seats_.Put(record);
  if (record.taken && record.seat.state == SeatState::kReconnecting) {
    lost_.insert({record.seat.since, record.seat.session});
  }
  if (!change.has_value()) return ChangeKind::kUpdated;
  change->sequence = ++sequence_;
  const ChangeKind kind = change->kind;
  deliveries_.Add([this, change = *std::move(change)] {
    for (const Observer& observer : observers_) observer(change);
  });
  return kind;
}

// The holder is told, or forgotten when it ended its hold itself.
void InProcessDirectory::EndHold(const Seat& before, const SeatRecord& after) {
  const bool holds_on =
      after.taken && after.seat.session == before.session && after.seat.state == SeatState::kPresent;
  if (holds_on) return;
  const auto found = holders_.find(before.session);
  if (found == holders_.end()) return;
  // Called, or destroyed, outside of the lock: what it holds is not known here.
  deliveries_.Add(
      [on_ended = std::move(found->second), why = EndOfHolder(before, after), note = after.note]() mutable {
        if (why.has_value() && on_ended != nullptr) on_ended(*why, note);
      });
  holders_.erase(found);
}

}  // namespace parlor::live
