#include "services/common/live/in_process_directory.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"
#include "absl/strings/match.h"

namespace parlor::live {

InProcessDirectory::InProcessDirectory(const DirectoryOptions& options)
    : options_(options), deliveries_(options.max_waiting_callbacks) {}

void InProcessDirectory::Observe(Observer observer) {
  observers_.push_back(std::move(observer));
}

void InProcessDirectory::Claim(ClaimRequest request, absl::Time now, ClaimDone done) {
  {
    absl::MutexLock lock(&mutex_);
    deliveries_.Add(
        [answer = ClaimLocked(request, now), done = std::move(done)]() mutable { done(std::move(answer)); });
  }
  deliveries_.Run();
}

absl::StatusOr<Claimed> InProcessDirectory::ClaimLocked(ClaimRequest& request, absl::Time now) {
  if (by_session_.contains(request.session)) {
    return absl::InvalidArgumentError("this session id is in use: make a new one for each claim");
  }
  Held* const held = FindHeld(request.scope, request.user);
  if (held != nullptr) {
    if (held->seat.device != request.device && !request.takeover) {
      return absl::AlreadyExistsError(
          "another device of this person is here: take over to come in with this one");
    }
    return Succeed(*held, request, now);
  }
  const Scope* const scope = FindScope(request.scope);
  if (request.capacity != 0 && scope != nullptr && scope->by_user.size() >= request.capacity) {
    return absl::ResourceExhaustedError("it is full here: try again later");
  }
  if (by_session_.size() >= options_.max_seats) {
    return absl::ResourceExhaustedError("the server is full: try again later");
  }
  return Join(request, now);
}

Claimed InProcessDirectory::Join(ClaimRequest& request, absl::Time now) {
  std::unique_ptr<Scope>& scope = scopes_[request.scope];
  if (scope == nullptr) scope = std::make_unique<Scope>();
  auto held = std::make_unique<Held>();
  held->seat = {.scope = std::move(request.scope),
                .user = std::move(request.user),
                .device = std::move(request.device),
                .session = std::move(request.session),
                .details = std::move(request.details),
                .state = SeatState::kPresent,
                .since = now,
                .claimed_since = now};
  held->on_ended = std::move(request.on_ended);
  held->index = scope->in_any_order.size();
  scope->in_any_order.push_back(held.get());
  by_session_.emplace(held->seat.session, held.get());
  const Claimed claimed{held->seat, ChangeKind::kJoined};
  scope->by_user.emplace(held->seat.user, std::move(held));
  Tell({.kind = ChangeKind::kJoined, .seat = claimed.seat, .at = now});
  return claimed;
}

Claimed InProcessDirectory::Succeed(Held& held, ClaimRequest& request, absl::Time now) {
  Seat& seat = held.seat;
  const bool same_device = seat.device == request.device;
  const SeatState previous = seat.state;
  TellHolder(held, same_device ? Ended::kReplaced : Ended::kTakenOver, "");
  by_session_.erase(seat.session);
  seat.session = std::move(request.session);
  by_session_.emplace(seat.session, &held);
  seat.details = std::move(request.details);
  held.on_ended = std::move(request.on_ended);
  if (!same_device) {
    seat.device = std::move(request.device);
    seat.claimed_since = now;
  }
  SetState(held, SeatState::kPresent, now);
  const ChangeKind kind = same_device ? ChangeKind::kReturned : ChangeKind::kMoved;
  Tell({.kind = kind, .seat = seat, .previous = previous, .at = now});
  return {seat, kind};
}

void InProcessDirectory::Update(absl::string_view session, std::string details, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    Held* const held = HeldBy(session);
    if (held == nullptr) return;
    held->seat.details = std::move(details);
    Tell({.kind = ChangeKind::kUpdated, .seat = held->seat, .previous = held->seat.state, .at = now});
  }
  deliveries_.Run();
}

void InProcessDirectory::Release(absl::string_view session, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    Held* const held = HeldBy(session);
    if (held == nullptr) return;
    Leave(*held, Leaving::kReleased, "", now);
  }
  deliveries_.Run();
}

void InProcessDirectory::Lose(absl::string_view session, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    Held* const held = HeldBy(session);
    if (held == nullptr || held->seat.state == SeatState::kReconnecting) return;
    ForgetHolder(*held);
    SetState(*held, SeatState::kReconnecting, now);
    Tell({.kind = ChangeKind::kReconnecting, .seat = held->seat, .previous = SeatState::kPresent, .at = now});
  }
  deliveries_.Run();
}

bool InProcessDirectory::Evict(absl::string_view scope, absl::string_view user, std::string note,
                               absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    Held* const held = FindHeld(scope, user);
    if (held == nullptr) return false;
    TellHolder(*held, Ended::kEvicted, note);
    Leave(*held, Leaving::kEvicted, std::move(note), now);
  }
  deliveries_.Run();
  return true;
}

void InProcessDirectory::InSequence(absl::AnyInvocable<void()> callback) {
  deliveries_.Add(std::move(callback));
  deliveries_.Run();
}

void InProcessDirectory::Tick(absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    while (!reconnecting_.empty() && reconnecting_.begin()->first + options_.grace <= now) {
      Leave(*reconnecting_.begin()->second, Leaving::kGraceEnded, "", now);
    }
  }
  deliveries_.Run();
}

absl::Time InProcessDirectory::NextWake() const {
  absl::ReaderMutexLock lock(&mutex_);
  return reconnecting_.empty() ? absl::InfiniteFuture() : reconnecting_.begin()->first + options_.grace;
}

std::optional<Seat> InProcessDirectory::Find(absl::string_view scope, absl::string_view user) const {
  absl::ReaderMutexLock lock(&mutex_);
  const Held* const held = FindHeld(scope, user);
  if (held == nullptr) return std::nullopt;
  return held->seat;
}

std::vector<Seat> InProcessDirectory::List(const ListQuery& query) const {
  absl::ReaderMutexLock lock(&mutex_);
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

size_t InProcessDirectory::Count(absl::string_view scope) const {
  absl::ReaderMutexLock lock(&mutex_);
  const Scope* const found = FindScope(scope);
  return found == nullptr ? 0 : found->by_user.size();
}

std::vector<size_t> InProcessDirectory::Count(const std::vector<absl::string_view>& scopes) const {
  std::vector<size_t> counts;
  counts.reserve(scopes.size());
  absl::ReaderMutexLock lock(&mutex_);
  for (const absl::string_view scope : scopes) {
    const Scope* const found = FindScope(scope);
    counts.push_back(found == nullptr ? 0 : found->by_user.size());
  }
  return counts;
}

std::vector<Seat> InProcessDirectory::Sample(absl::string_view scope, size_t count,
                                             absl::string_view except) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<Seat> seats;
  const Scope* const found = FindScope(scope);
  if (found == nullptr) return seats;
  const Held* const left_out = FindHeld(scope, except);
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

void InProcessDirectory::Leave(Held& held, Leaving why, std::string note, absl::Time now) {
  const SeatState previous = held.seat.state;
  if (previous == SeatState::kReconnecting) reconnecting_.erase({held.seat.since, &held});
  ForgetHolder(held);
  by_session_.erase(held.seat.session);
  const auto scope = scopes_.find(held.seat.scope);
  std::vector<Held*>& order = scope->second->in_any_order;
  order[held.index] = order.back();
  order[held.index]->index = held.index;
  order.pop_back();
  const auto owner = scope->second->by_user.find(held.seat.user);
  const std::unique_ptr<Held> gone = std::move(owner->second);
  scope->second->by_user.erase(owner);
  if (order.empty()) scopes_.erase(scope);
  Tell({.kind = ChangeKind::kLeft,
        .seat = std::move(gone->seat),
        .previous = previous,
        .leaving = why,
        .note = std::move(note),
        .at = now});
}

void InProcessDirectory::SetState(Held& held, SeatState state, absl::Time now) {
  if (held.seat.state == state) return;
  if (held.seat.state == SeatState::kReconnecting) reconnecting_.erase({held.seat.since, &held});
  held.seat.state = state;
  held.seat.since = now;
  if (state == SeatState::kReconnecting) reconnecting_.insert({now, &held});
}

void InProcessDirectory::TellHolder(Held& held, Ended why, std::string note) {
  if (held.on_ended == nullptr) return;
  deliveries_.Add(
      [on_ended = std::move(held.on_ended), why, note = std::move(note)]() mutable { on_ended(why, note); });
  held.on_ended = nullptr;
}

void InProcessDirectory::ForgetHolder(Held& held) {
  if (held.on_ended == nullptr) return;
  // Destroyed outside of the lock: what it holds is not known here.
  deliveries_.Add([forgotten = std::move(held.on_ended)] {});
  held.on_ended = nullptr;
}

void InProcessDirectory::Tell(Change change) {
  change.sequence = ++sequence_;
  deliveries_.Add([this, change = std::move(change)] {
    for (const Observer& observer : observers_) observer(change);
  });
}

InProcessDirectory::Held* InProcessDirectory::HeldBy(absl::string_view session) {
  const auto found = by_session_.find(session);
  return found == by_session_.end() ? nullptr : found->second;
}

InProcessDirectory::Held* InProcessDirectory::FindHeld(absl::string_view scope,
                                                       absl::string_view user) const {
  const Scope* const found = FindScope(scope);
  if (found == nullptr) return nullptr;
  const auto held = found->by_user.find(user);
  return held == found->by_user.end() ? nullptr : held->second.get();
}

const InProcessDirectory::Scope* InProcessDirectory::FindScope(absl::string_view scope) const {
  const auto found = scopes_.find(scope);
  return found == scopes_.end() ? nullptr : found->second.get();
}

}  // namespace parlor::live
