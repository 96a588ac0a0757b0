#include "tests/services/common/live/replica_world.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/services/common/live/change_names.h"

namespace parlor::live::testing {
namespace {

constexpr absl::Duration kStep = absl::Milliseconds(25);

}  // namespace

ReplicaProcess::ReplicaProcess(std::string name_in, const ReplicaOptions& options, SharedSeats* shared)
    : name(std::move(name_in)),
      store(shared),
      replica(
          name, options,
          {.tell = [this](auto callback) { callbacks_.push_back(std::move(callback)); },
           .observe = [this](const Change& change) { OnChange(change); },
           .read = [this](absl::string_view letter) { log_.push_back(absl::StrCat("letter ", letter)); }}) {}

void ReplicaProcess::Run(Instant now) {
  if (frozen) return;
  replica.GiveUp(now.up);
  RunCallbacks();
  while (Advance(now)) RunCallbacks();
  RunCallbacks();
}

// One phase of a step; false when there is nothing to do now.
bool ReplicaProcess::Advance(Instant now) {
  if (!request_.has_value()) {
    request_ = replica.Next(now);
    if (request_->step == Step::kNothing) request_.reset();
    on_its_way_until_ = now.up + delay;
    return request_.has_value();
  }
  if (now.up < on_its_way_until_) return false;
  if (!answer_.has_value()) {
    answer_ = Perform(*request_, store);
    on_its_way_until_ = now.up + delay;
    return true;
  }
  const StoreRequest request = *std::exchange(request_, std::nullopt);
  replica.OnAnswer(request, *std::exchange(answer_, std::nullopt), now);
  return true;
}

void ReplicaProcess::RunCallbacks() {
  while (!callbacks_.empty()) {
    auto callback = std::move(callbacks_.front());
    callbacks_.pop_front();
    callback();
  }
}

void ReplicaProcess::OnChange(const Change& change) {
  EXPECT_EQ(change.sequence, ++last_sequence_);
  log_.push_back(absl::StrCat(change.seat.user, " ", NameOf(change)));
  const std::pair<std::string, std::string> key(change.seat.scope, change.seat.user);
  const bool known = observed_.contains(key);
  EXPECT_EQ(known, change.kind != ChangeKind::kJoined) << log_.back();
  if (change.kind == ChangeKind::kLeft) {
    observed_.erase(key);
  } else {
    observed_[key] = change.seat;
  }
  if (change.kind == ChangeKind::kKept && judge != nullptr) judge(change.seat.session);
}

void ReplicaProcess::Claim(const SeatClaim& claim, Instant now) {
  const std::string session = claim.session;
  answers[session] = absl::StatusCode::kUnknown;
  replica.Claim(
      claim,
      [this, session](Ended why, absl::string_view note) {
        ++ended_[session];
        log_.push_back(absl::StrCat(session, " told ", NameOf(why), note));
        if (mourn != nullptr) mourn(session, why);
      },
      now,
      [this, session](const absl::StatusOr<ClaimAnswer>& answer) {
        EXPECT_EQ(answers[session], absl::StatusCode::kUnknown) << "answered twice";
        answers[session] = answer.status().code();
        if (answer.ok() && judge != nullptr) judge(session);
      });
}

ReplicaWorld::ReplicaWorld(const ReplicaOptions& options_in)
    : shared(options_in.lease), options(options_in), now_{shared.now(), absl::Hours(1)} {
  shared.notify = [this](const std::string& writer, int64_t version) {
    for (auto& [name, process] : processes_) {
      if (!process->deaf) process->replica.OnNotified(writer, version);
    }
  };
}

ReplicaProcess& ReplicaWorld::Add(const std::string& name) {
  processes_[name] = std::make_unique<ReplicaProcess>(name, options, &shared);
  return *processes_[name];
}

void ReplicaWorld::Pass(absl::Duration time) {
  for (const absl::Duration end = now_.up + time; now_.up < end;) {
    now_.up += kStep;
    now_.wall += kStep;
    shared.Advance(kStep);
    for (auto& [name, process] : processes_) process->Run(now_);
  }
}

bool ReplicaWorld::Claim(const std::string& replica, const std::string& user, const std::string& device,
                         const std::string& session, bool takeover, const std::string& scope,
                         size_t capacity) {
  ReplicaProcess& process = (*this)[replica];
  process.Claim({.scope = scope,
                 .user = user,
                 .device = device,
                 .session = session,
                 .details = absl::StrCat("details of ", session),
                 .takeover = takeover,
                 .capacity = capacity},
                now_);
  Pass(absl::Milliseconds(200));
  return process.answers[session] == absl::StatusCode::kOk;
}

}  // namespace parlor::live::testing
