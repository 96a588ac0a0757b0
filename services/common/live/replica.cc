#include "services/common/live/replica.h"

#include <algorithm>
#include <iterator>

#include "base/status.h"

namespace parlor::live {
namespace {

using Outcome = SeatDecision::Outcome;

// Periods after which what others rely on goes before what is written and read.
constexpr int kOverdue = 3;

absl::Status Away() {
  return absl::UnavailableError("who is where cannot be written down now: try again in a moment");
}

absl::Status Busy() {
  return absl::ResourceExhaustedError("the server is busy: try again in a second");
}

const Seat* TakenSeat(const SeatRecord* record) {
  return record != nullptr && record->taken ? &record->seat : nullptr;
}

// Of a reconnecting seat that nobody came back to.
SeatDecision GraceEnd(const Seat& seat, absl::Time now) {
  auto decide = [session = seat.session, now](const SeatRecord* record, bool) -> Outcome {
    const Seat* const held = TakenSeat(record);
    if (held == nullptr || held->session != session) return std::nullopt;
    if (held->state != SeatState::kReconnecting) return std::nullopt;
    return Freed(*held, Leaving::kGraceEnded, "", now);
  };
  return {.scope = seat.scope, .user = seat.user, .decide = std::move(decide)};
}

}  // namespace

Replica::Replica(std::string name, const ReplicaOptions& options, Ears ears)
    : options_(options), ears_(std::move(ears)), id_{.name = std::move(name)} {}

// ---- wishes

void Replica::Claim(SeatClaim claim, Directory::OnEnded on_ended, Instant now, Directory::ClaimDone done) {
  Wish wish{.is_claim = true, .on_ended = std::move(on_ended), .claimed = std::move(done)};
  if (holds_.Has(claim.session) || seats_.FindSession(claim.session) != nullptr) {
    return Refuse(wish,
                  absl::InvalidArgumentError("this session id is in use: make a new one for each claim"));
  }
  if (seats_.size() >= options_.max_seats && seats_.Find(claim.scope, claim.user) == nullptr) {
    return Refuse(wish, absl::ResourceExhaustedError("the server is full: try again later"));
  }
  wish.decision = {.scope = claim.scope, .user = claim.user, .capacity = claim.capacity};
  wish.decision.decide = [claim = std::move(claim), replica = id_.name, at = now.wall](
                             const SeatRecord* record, bool full) -> Outcome {
    PARLOR_ASSIGN_OR_RETURN(SeatRecord next, Claimed(TakenSeat(record), claim, full, at));
    next.seat.replica = replica;
    if (record != nullptr) OrderAfter(next.seat, record->seat);
    return next;
  };
  AddWish(std::move(wish), now.up);
}

void Replica::Edit(const std::string& scope, const std::string& user, Directory::Editor edit, Instant now,
                   Directory::Done done) {
  Wish wish{.decision = {.scope = scope, .user = user}, .done = std::move(done)};
  wish.decision.decide = [edit = std::move(edit), at = now.wall](const SeatRecord* record, bool) -> Outcome {
    const Seat* const seat = TakenSeat(record);
    if (seat == nullptr) return NoSuchSeat();
    std::optional<std::string> details = edit(seat->details);
    if (!details.has_value()) return std::nullopt;
    return Updated(*seat, *std::move(details), at);
  };
  AddWish(std::move(wish), now.up);
}

void Replica::Evict(const std::string& scope, const std::string& user, std::string note, Instant now,
                    Directory::Done done) {
  Wish wish{.decision = {.scope = scope, .user = user}, .done = std::move(done)};
  wish.decision.decide = [note = std::move(note), at = now.wall](const SeatRecord* record, bool) -> Outcome {
    const Seat* const seat = TakenSeat(record);
    if (seat == nullptr) return NoSuchSeat();
    return Freed(*seat, Leaving::kEvicted, note, at);
  };
  AddWish(std::move(wish), now.up);
}

void Replica::AddWish(Wish wish, absl::Duration up) {
  if (wishes_.size() >= options_.max_waiting) return Refuse(wish, Busy());
  wish.until = up + options_.patience;
  wishes_.push_back(std::move(wish));
}

void Replica::Refuse(Wish& wish, const absl::Status& why) {
  ears_.tell([on_ended = std::move(wish.on_ended), claimed = std::move(wish.claimed),
              done = std::move(wish.done), why]() mutable {
    if (claimed != nullptr) claimed(why);
    if (done != nullptr) done(why);
  });
}

bool Replica::Send(const std::string& to, std::string letter, Instant now) {
  if (!whole_ || to == id_.name || letters_.size() >= options_.max_waiting) return false;
  letters_.push_back({{to, std::move(letter)}, now.up + options_.patience});
  return true;
}

void Replica::GiveUp(absl::Duration up) {
  for (; !wishes_.empty() && wishes_.front().until <= up; wishes_.pop_front()) {
    Refuse(wishes_.front(), Away());
  }
  while (!letters_.empty() && letters_.front().until <= up) letters_.pop_front();
  if (!in_flight_.has_value()) return;
  // What comes of these is not known yet; a seat that nobody waits for any more is lost again.
  for (Wish& wish : in_flight_->wishes) {
    if (wish.until <= up && !std::exchange(wish.given_up, true)) Refuse(wish, Away());
  }
}

void Replica::Update(absl::string_view session, std::string details, absl::Time now) {
  holds_.Update(session, std::move(details), now);
}

void Replica::Release(absl::string_view session, absl::Time now) {
  // One that was lost is held no longer.
  const Seat* const seat = seats_.FindSession(session);
  if (!holds_.Has(session) && seat != nullptr) holds_.Add(*seat, nullptr);
  Forget(holds_.Release(session, now));
}

void Replica::Lose(absl::string_view session, absl::Time now) {
  Forget(draining_ ? holds_.Forget(session) : holds_.Lose(session, now));
}

void Replica::Forget(Directory::OnEnded on_ended) {
  // Destroyed where no lock is held: what it holds is not known here.
  if (on_ended != nullptr) ears_.tell([forgotten = std::move(on_ended)] {});
}

// ---- what to do

StoreRequest Replica::Next(Instant now) {
  up_ = now.up;
  if (whole_ && now.up >= MayJudgeFrom()) DropUnconfirmed(now.wall);
  StoreRequest request{.step = NextStep(now.up), .self = id_};
  switch (request.step) {
    case Step::kCommit:
      return Commit(now);
    case Step::kRead:
    case Step::kReadAll:
      request.seen = versions_;
      notified_.clear();  // what was heard before is read
      deaf_ = false;
      break;
    case Step::kAdopt:
      request.judge = now.up >= MayJudgeFrom();
      request.now = now.wall;
      request.limit = options_.batch;
      break;
    default:
      break;
  }
  return request;
}

Step Replica::NextStep(absl::Duration up) const {
  if (up < try_from_) return Step::kNothing;
  if (!registered_) return Step::kRegister;
  if (!whole_ || up >= read_ + ReplicaStore::kRemembered / 2) return Step::kReadAll;
  if (up >= renewed_ + options_.renew_every) return Step::kRenew;
  // Even while there is always something to write or to read.
  if (!draining_ && up >= adopted_ + kOverdue * options_.adopt_every) return Step::kAdopt;
  if (up >= purged_ + kOverdue * options_.purge_every) return Step::kPurge;
  const bool to_write = waiting() > 0 || GraceEnds() <= up;
  if (to_write && up >= committed_ + options_.commit_every) return Step::kCommit;
  if (IsBehind() || up >= read_ + options_.poll_every) return Step::kRead;
  if (!draining_ && up >= adopted_ + options_.adopt_every) return Step::kAdopt;
  if (up >= purged_ + options_.purge_every) return Step::kPurge;
  return Step::kNothing;
}

absl::Duration Replica::NextWake() const {
  if (!registered_ || !whole_ || IsBehind()) return try_from_;
  absl::Duration next = std::min(
      {renewed_ + options_.renew_every, read_ + options_.poll_every, purged_ + options_.purge_every});
  if (!draining_) next = std::min(next, adopted_ + options_.adopt_every);
  const absl::Duration write = waiting() > 0 ? absl::ZeroDuration() : GraceEnds();
  next = std::min(next, std::max(write, committed_ + options_.commit_every));
  return std::max(next, try_from_);
}

// Whoever was lost while the store was away, or came to this replica since, has the whole grace from now on.
absl::Duration Replica::GraceEnds() const {
  if (grace_ends_.empty()) return absl::InfiniteDuration();
  return std::max(grace_ends_.begin()->first, in_touch_ + options_.grace);
}

StoreRequest Replica::Commit(Instant now) {
  StoreRequest request{.step = Step::kCommit, .self = id_};
  InFlight& taken = in_flight_.emplace();
  // A share is for those who wait: when a store is back, all who are here are to be written, and others come.
  const size_t own = options_.batch - std::min(wishes_.size(), options_.batch / 4);
  request.decisions = holds_.Take(own, taken.sessions);
  if (GraceEnds() <= now.up) {
    for (const auto& [ends, session] : grace_ends_) {
      if (ends > now.up || request.decisions.size() >= own) break;
      request.decisions.push_back(GraceEnd(*seats_.FindSession(session), now.wall));
      taken.graces.push_back(session);
    }
  }
  for (; !wishes_.empty() && request.decisions.size() < options_.batch; wishes_.pop_front()) {
    request.decisions.push_back(wishes_.front().decision);
    taken.wishes.push_back(std::move(wishes_.front()));
  }
  for (; !letters_.empty() && request.letters.size() < options_.batch; letters_.pop_front()) {
    request.letters.push_back(letters_.front().letter);
    taken.letters.push_back(std::move(letters_.front()));
  }
  return request;
}

// ---- what came of it

void Replica::OnAnswer(const StoreRequest& request, StoreAnswer answer, Instant now) {
  up_ = now.up;
  if (!answer.status.ok()) return OnFailed(answer.status, now.up);
  if (request.step != Step::kNothing) heard_ = now.up;
  switch (request.step) {
    case Step::kRegister:
      return OnRegistered(std::move(answer.self), now.up);
    case Step::kReadAll:
      return OnSnapshot(answer.news, now);
    case Step::kCommit:
      committed_ = renewed_ = now.up;
      return OnCommitted(answer.committed, now.wall);
    case Step::kRead:
      return OnNews(answer.news, now);
    case Step::kRenew:
      renewed_ = now.up;
      return;
    case Step::kAdopt:
      adopted_ = now.up;
      // More of them soon: overdue after the next commit.
      if (answer.adoption.seats.size() == request.limit) {
        adopted_ += options_.commit_every - kOverdue * options_.adopt_every;
      }
      return OnAdopted(answer.adoption);
    case Step::kPurge:
      purged_ = now.up;
      return;
    case Step::kNothing:
    case Step::kLeave:
      return;
  }
}

void Replica::OnRegistered(ReplicaId id, absl::Duration up) {
  id_ = std::move(id);
  registered_ = true;
  in_touch_ = renewed_ = up;
}

void Replica::OnCommitted(const Committed& committed, absl::Time now) {
  versions_[id_.name] = committed.version;
  InFlight done = *std::exchange(in_flight_, std::nullopt);
  auto outcome = committed.outcomes.begin();
  for (const std::string& session : done.sessions) {
    const bool changed = outcome->ok() && (*outcome)->has_value();
    const bool kept = holds_.OnWritten(session, changed);
    if (changed) Apply(***outcome, true);
    if (kept) TellKept(session, now);
    ++outcome;
  }
  for (const std::string& session : done.graces) {
    const bool changed = outcome->ok() && (*outcome)->has_value();
    if (changed) Apply(***outcome, true);
    // Somebody newer has the seat, or the store has forgotten it: then it goes with the unconfirmed ones.
    if (!changed) ForgetGrace(session);
    ++outcome;
  }
  for (Wish& wish : done.wishes) OnWish(std::move(wish), *outcome++);
}

void Replica::OnWish(Wish wish, const Outcome& outcome) {
  if (!outcome.ok()) {
    if (!wish.given_up) Refuse(wish, outcome.status());
    return;
  }
  const std::optional<ChangeKind> how = outcome->has_value() ? Apply(**outcome, true) : std::nullopt;
  if (!wish.is_claim) {
    if (wish.given_up) return;
    return ears_.tell([done = std::move(wish.done)]() mutable { done(absl::OkStatus()); });
  }
  const Seat& seat = (*outcome)->seat;  // a claim that is not refused makes a record
  holds_.Add(seat, std::move(wish.on_ended));
  if (wish.given_up) return Lose(seat.session, (*outcome)->at);
  ears_.tell([claimed = std::move(wish.claimed),
              answer = ClaimAnswer{seat, how.value_or(ChangeKind::kReturned)}]() mutable {
    claimed(std::move(answer));
  });
}

void Replica::OnNotified(absl::string_view replica, int64_t version) {
  if (replica == id_.name) return;
  const std::string name(replica);
  const auto seen = versions_.find(name);
  if (seen != versions_.end() && seen->second >= version) return;
  int64_t& newest = notified_[name];
  newest = std::max(newest, version);
}

void Replica::OnNews(const News& news, Instant now) {
  read_ = now.up;
  versions_ = news.versions;
  std::erase_if(notified_, [&](const auto& heard) {
    const auto seen = versions_.find(heard.first);
    return seen != versions_.end() && seen->second >= heard.second;
  });
  replicas_ = news.replicas;
  for (const SeatRecord& record : news.seats) {
    if (const Seat* const held = MistakenFor(record)) {
      holds_.Keep(held->session, now.wall);
    } else {
      Apply(record, false);
    }
  }
  for (const std::string& letter : news.letters) {
    ears_.tell([this, letter] { ears_.read(letter); });
  }
}

void Replica::OnSnapshot(const News& news, Instant now) {
  unconfirmed_.clear();
  seats_.ForEach([&](const Seat& seat) { unconfirmed_.emplace(seat.scope, seat.user); });
  for (const SeatRecord& record : news.seats) unconfirmed_.erase({record.seat.scope, record.seat.user});
  // What was freed so long ago that the store does not remember it.
  if (now.up >= read_ + ReplicaStore::kRemembered) DropUnconfirmed(now.wall);
  OnNews(news, now);
  // Won by a claim whose answer was lost.
  for (const SeatRecord& record : news.seats) {
    const Seat& seat = record.seat;
    const bool mine = record.taken && seat.replica == id_.name && seat.state == SeatState::kPresent;
    if (!mine || holds_.Has(seat.session)) continue;
    holds_.Add(seat, nullptr);
    Lose(seat.session, now.wall);
  }
  holds_.KeepAll(now.wall);
  whole_ = true;
}

// Their replicas have not written these seats again, and have had the time to.
void Replica::DropUnconfirmed(absl::Time now) {
  for (const auto& [scope, user] : std::exchange(unconfirmed_, {})) {
    const Seat* const seat = seats_.Find(scope, user);
    if (seat == nullptr || holds_.Has(seat->session)) continue;
    Apply(Freed(*seat, Leaving::kGraceEnded, "", now), false);
  }
}

void Replica::OnAdopted(const Adoption& adoption) {
  versions_[id_.name] = adoption.version;
  lapsed_ += adoption.lapsed;
  for (const SeatRecord& record : adoption.seats) Apply(record, true);
}

void Replica::OnFailed(const absl::Status& why, absl::Duration up) {
  registered_ = whole_ = false;
  try_from_ = absl::IsFailedPrecondition(why) ? up : up + options_.retry_every;
  if (!in_flight_.has_value()) return;
  // Whether these were done is not known: seats that were won are found in the next snapshot. What sessions
  // said is said again then, and letters are sent again, before those that follow.
  InFlight lost = *std::exchange(in_flight_, std::nullopt);
  for (const std::string& session : lost.sessions) holds_.OnUnknown(session);
  for (Wish& wish : lost.wishes) {
    if (!wish.given_up) Refuse(wish, Away());
  }
  letters_.insert(letters_.begin(), std::make_move_iterator(lost.letters.begin()),
                  std::make_move_iterator(lost.letters.end()));
}

// The seat of a session of this replica that others have judged while it was cut off, or whose claim the
// store has forgotten, and an older one was written again; null when the record says what holds.
const Seat* Replica::MistakenFor(const SeatRecord& record) const {
  if (!record.taken && record.leaving == Leaving::kEvicted) return nullptr;
  const Seat* const held = seats_.Find(record.seat.scope, record.seat.user);
  if (held == nullptr || !holds_.IsLive(held->session)) return nullptr;
  const bool mistaken =
      held->session != record.seat.session
          ? ClaimedLater(*held, record.seat)
          : !record.taken || record.seat.replica != id_.name || record.seat.state == SeatState::kReconnecting;
  return mistaken ? held : nullptr;
}

std::optional<ChangeKind> Replica::Apply(const SeatRecord& record, bool here) {
  std::optional<Seat> before;
  if (const Seat* const seat = seats_.Find(record.seat.scope, record.seat.user)) before = *seat;
  unconfirmed_.erase({record.seat.scope, record.seat.user});
  if (before.has_value()) TellHolder(*before, record);
  TrackGrace(before.has_value() ? &*before : nullptr, record);
  if (record.taken) holds_.Refresh(record.seat);
  std::optional<Change> change = seats_.Put(record);
  if (!change.has_value()) return std::nullopt;
  const ChangeKind kind = change->kind;
  TellChange(*std::move(change), here);
  return kind;
}

void Replica::TellChange(Change change, bool here) {
  change.sequence = ++sequence_;
  change.here = here;
  ears_.tell([this, change = std::move(change)] { ears_.observe(change); });
}

// Only now, with the seat in the store: whoever decides something about the person from here on finds it
// there, and what was decided before is found by those who look now.
void Replica::TellKept(const std::string& session, absl::Time now) {
  const Seat* const seat = seats_.FindSession(session);
  if (seat == nullptr) return;
  TellChange({.kind = ChangeKind::kKept,
              .seat = *seat,
              .previous = seat->state,
              .previous_details = seat->details,
              .at = now},
             true);
}

void Replica::TellHolder(const Seat& before, const SeatRecord& after) {
  if (after.taken && after.seat.session == before.session) return;
  Directory::OnEnded on_ended = holds_.Remove(before.session);
  if (on_ended == nullptr) return;
  ears_.tell([on_ended = std::move(on_ended), why = EndOfHolder(before, after), note = after.note]() mutable {
    if (why.has_value()) on_ended(*why, note);
  });
}

void Replica::TrackGrace(const Seat* before, const SeatRecord& after) {
  const bool ours =
      after.taken && after.seat.replica == id_.name && after.seat.state == SeatState::kReconnecting;
  if (before != nullptr && (!ours || before->session != after.seat.session)) ForgetGrace(before->session);
  if (!ours) return;
  const auto [grace, added] = graces_.emplace(after.seat.session, up_ + options_.grace);
  if (added) grace_ends_.emplace(grace->second, grace->first);
}

void Replica::ForgetGrace(const std::string& session) {
  const auto grace = graces_.find(session);
  if (grace == graces_.end()) return;
  grace_ends_.erase({grace->second, grace->first});
  graces_.erase(grace);
}

}  // namespace parlor::live
