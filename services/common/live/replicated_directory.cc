#include "services/common/live/replicated_directory.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/random.h"
#include "spdlog/spdlog.h"

namespace parlor::live {
namespace {

// After its time to end, for a store that answers at all.
constexpr absl::Duration kLeaveTime = absl::Seconds(1);

absl::Duration Uptime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

ReplicatedDirectory::ReplicatedDirectory(const ReplicatedOptions& options, const Clock* clock,
                                         std::unique_ptr<ReplicaStore> store,
                                         std::unique_ptr<Doorbell> doorbell,
                                         std::function<void(absl::Duration)> on_commit)
    : options_(options),
      clock_(clock),
      on_commit_(std::move(on_commit)),
      deliveries_(options.max_waiting_callbacks),
      replica_(RandomId(), options.replica,
               {.tell = [this](auto callback) { deliveries_.Add(std::move(callback)); },
                .observe =
                    [this](const Change& change) {
                      for (const Observer& observer : observers_) observer(change);
                    },
                .read =
                    [this](absl::string_view letter) {
                      for (const LetterReader& reader : readers_) reader(letter);
                    }}),
      store_(std::move(store)),
      doorbell_(std::move(doorbell)) {}

void ReplicatedDirectory::Observe(Observer observer) {
  observers_.push_back(std::move(observer));
}

void ReplicatedDirectory::ReadLetters(LetterReader reader) {
  readers_.push_back(std::move(reader));
}

absl::Status ReplicatedDirectory::Start() {
  thread_ = std::thread([this] { Run(); });
  teller_ = std::thread([this] { deliveries_.Serve(); });
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &ReplicatedDirectory::HasBegun));
    if (!replica_.in_touch()) return last_;
  }
  if (doorbell_ != nullptr) {
    doorbell_->Start([this](const std::optional<Notice>& notice) { Ring(notice); });
  }
  return absl::OkStatus();
}

void ReplicatedDirectory::Stop() {
  doorbell_.reset();
  if (!thread_.joinable()) return;
  absl::Duration stop_at;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = woken_ = true;
    stop_at = stop_at_ = std::max(Uptime() + options_.farewell, handed_over_at_);
  }
  if (!ended_.WaitForNotificationWithTimeout(stop_at - Uptime() + kLeaveTime)) store_->GiveUp();
  thread_.join();
  deliveries_.End();
  teller_.join();
  {
    absl::MutexLock lock(&mutex_);
    replica_.GiveUp(absl::InfiniteDuration());
  }
  deliveries_.Run();
}

Instant ReplicatedDirectory::Now() const {
  return {clock_->Now(), Uptime()};
}

// ---- the directory's thread

void ReplicatedDirectory::Run() {
  while (const std::optional<StoreRequest> request = NextRequest()) {
    StoreAnswer answer = PerformTimed(*request);
    LogContact(answer.status);
    {
      absl::MutexLock lock(&mutex_);
      last_ = answer.status;
      replica_.OnAnswer(*request, std::move(answer), Now());
    }
    deliveries_.AwaitRoom(options_.replica.renew_every);
  }
  TakeLeave();
  ended_.Notify();
}

void ReplicatedDirectory::TakeLeave() {
  StoreRequest leave;
  {
    absl::MutexLock lock(&mutex_);
    if (!replica_.in_touch()) return;  // its lease ends without it
    leave = replica_.Leave();
  }
  const StoreAnswer left = Perform(leave, *store_);
  if (!left.status.ok()) spdlog::warn("this replica could not take its leave: {}", left.status.ToString());
}

std::optional<StoreRequest> ReplicatedDirectory::NextRequest() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    woken_ = false;
    const Instant now = Now();
    if (MayStop(now)) return std::nullopt;
    StoreRequest request = replica_.Next(now);
    if (request.step != Step::kNothing) return request;
    absl::Duration wake = replica_.NextWake();
    if (stopping_) wake = std::min(wake, stop_at_);
    if (stopping_ && handed_over_at_ > now.up) wake = std::min(wake, handed_over_at_);
    mutex_.AwaitWithTimeout(absl::Condition(&woken_), wake - now.up);
  }
}

bool ReplicatedDirectory::MayStop(Instant now) const {
  if (!stopping_ || now.up >= stop_at_) return stopping_;
  const bool hands_over = now.up < handed_over_at_ && replica_.held() > 0 && replica_.replicas() > 1;
  return !hands_over && replica_.waiting() == 0;
}

StoreAnswer ReplicatedDirectory::PerformTimed(const StoreRequest& request) {
  const absl::Duration start = Uptime();
  StoreAnswer answer = Perform(request, *store_);
  if (request.step == Step::kCommit && answer.status.ok() && on_commit_ != nullptr) {
    on_commit_(Uptime() - start);
  }
  return answer;
}

void ReplicatedDirectory::LogContact(const absl::Status& status) {
  if (!status.ok() && !away_told_) {
    spdlog::warn("out of touch with the other replicas; who is where stays as it is: {}", status.ToString());
  }
  if (status.ok() && away_told_) spdlog::info("in touch with the other replicas again");
  away_told_ = !status.ok();
}

void ReplicatedDirectory::Ring(const std::optional<Notice>& notice) {
  absl::MutexLock lock(&mutex_);
  if (notice.has_value()) {
    replica_.OnNotified(notice->replica, notice->version);
  } else {
    replica_.OnDeaf();
  }
  woken_ = true;
}

// ---- wishes

template <typename Wish>
void ReplicatedDirectory::With(Wish wish) {
  {
    absl::MutexLock lock(&mutex_);
    wish(replica_);
    woken_ = true;
  }
  deliveries_.Run();
}

void ReplicatedDirectory::Claim(SeatClaim claim, OnEnded on_ended, absl::Time now, ClaimDone done) {
  With([&](Replica& replica) {
    replica.Claim(std::move(claim), std::move(on_ended), {now, Uptime()}, std::move(done));
  });
}

void ReplicatedDirectory::Update(absl::string_view session, std::string details, absl::Time now) {
  With([&](Replica& replica) { replica.Update(session, std::move(details), now); });
}

void ReplicatedDirectory::Release(absl::string_view session, absl::Time now) {
  With([&](Replica& replica) { replica.Release(session, now); });
}

void ReplicatedDirectory::Lose(absl::string_view session, absl::Time now) {
  With([&](Replica& replica) { replica.Lose(session, now); });
}

void ReplicatedDirectory::Edit(const std::string& scope, const std::string& user, Editor edit, absl::Time now,
                               Done done) {
  With([&](Replica& replica) {
    replica.Edit(scope, user, std::move(edit), {now, Uptime()}, std::move(done));
  });
}

void ReplicatedDirectory::Evict(const std::string& scope, const std::string& user, std::string note,
                                absl::Time now, Done done) {
  With([&](Replica& replica) {
    replica.Evict(scope, user, std::move(note), {now, Uptime()}, std::move(done));
  });
}

bool ReplicatedDirectory::Send(const std::string& to, std::string letter) {
  bool taken = false;
  With([&](Replica& replica) { taken = replica.Send(to, std::move(letter), Now()); });
  return taken;
}

void ReplicatedDirectory::InSequence(absl::AnyInvocable<void()> callback) {
  deliveries_.Add(std::move(callback));
  deliveries_.Run();
}

void ReplicatedDirectory::Tick(absl::Time) {
  {
    absl::MutexLock lock(&mutex_);
    replica_.GiveUp(Uptime());
  }
  deliveries_.Run();
}

void ReplicatedDirectory::Drain(absl::Time until) {
  absl::MutexLock lock(&mutex_);
  replica_.Drain();
  handed_over_at_ = Uptime() + (until - clock_->Now());
}

// ---- reads

std::optional<Seat> ReplicatedDirectory::Find(absl::string_view scope, absl::string_view user) const {
  absl::ReaderMutexLock lock(&mutex_);
  const Seat* const seat = replica_.seats().Find(scope, user);
  if (seat == nullptr) return std::nullopt;
  return *seat;
}

std::vector<Seat> ReplicatedDirectory::List(const ListQuery& query) const {
  absl::ReaderMutexLock lock(&mutex_);
  return replica_.seats().List(query);
}

size_t ReplicatedDirectory::Count(absl::string_view scope) const {
  absl::ReaderMutexLock lock(&mutex_);
  return replica_.seats().Count(scope);
}

std::vector<size_t> ReplicatedDirectory::Count(const std::vector<absl::string_view>& scopes) const {
  std::vector<size_t> counts;
  counts.reserve(scopes.size());
  absl::ReaderMutexLock lock(&mutex_);
  for (const absl::string_view scope : scopes) counts.push_back(replica_.seats().Count(scope));
  return counts;
}

std::vector<Seat> ReplicatedDirectory::Sample(absl::string_view scope, size_t count,
                                              absl::string_view except) const {
  absl::ReaderMutexLock lock(&mutex_);
  return replica_.seats().Sample(scope, count, except);
}

absl::Duration ReplicatedDirectory::Age() const {
  absl::ReaderMutexLock lock(&mutex_);
  return replica_.Age(Uptime());
}

ReplicaStats ReplicatedDirectory::stats() const {
  absl::ReaderMutexLock lock(&mutex_);
  return {.age = replica_.Age(Uptime()),
          .waiting = replica_.waiting(),
          .replicas = replica_.replicas(),
          .seats = replica_.seats().size(),
          .lapsed = replica_.lapsed(),
          .in_touch = replica_.in_touch()};
}

}  // namespace parlor::live
