#include "client/link/dial_race.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

bool IsIpv6(const PeerAddress& address) {
  return absl::StrContains(address.ip, ':');
}

}  // namespace

std::vector<PeerAddress> InterleaveFamilies(const std::vector<PeerAddress>& addresses) {
  std::vector<PeerAddress> rest;
  for (const PeerAddress& address : addresses) {
    if (std::find(rest.begin(), rest.end(), address) == rest.end()) rest.push_back(address);
  }
  std::vector<PeerAddress> order;
  while (!rest.empty() && order.size() < kMaxPeerAddresses) {
    const auto other_family = std::find_if(rest.begin(), rest.end(), [&](const PeerAddress& address) {
      return !order.empty() && IsIpv6(address) != IsIpv6(order.back());
    });
    const auto next = other_family != rest.end() ? other_family : rest.begin();
    order.push_back(std::move(*next));
    rest.erase(next);
  }
  return order;
}

DialRace::DialRace(Loop& loop, std::shared_ptr<DialBudget> budget, DialTarget target, DialOne dial_one,
                   Done done)
    : loop_(loop),
      budget_(std::move(budget)),
      user_(std::move(target.user)),
      dial_one_(std::move(dial_one)),
      done_(std::move(done)),
      waiting_(InterleaveFamilies(target.addresses)) {
  std::reverse(waiting_.begin(), waiting_.end());
  next_ = loop_.After(absl::ZeroDuration(), [this] { StartNext(); });
  deadline_ = loop_.After(kDeadline, [this] { OnDeadline(); });
}

void DialRace::StartNext() {
  next_.reset();
  while (!waiting_.empty()) {
    const PeerAddress address = std::move(waiting_.back());
    waiting_.pop_back();
    if (!budget_->TryTake(address, loop_.Uptime())) {
      AddFailure(address, absl::ResourceExhaustedError("dialled 3 times within the last minute"));
      continue;
    }
    const auto attempt = attempts_.insert(attempts_.end(), Attempt{address, nullptr});
    attempt->dialling = dial_one_(
        address, user_,
        [this, attempt](absl::StatusOr<std::unique_ptr<Link>> link) { OnAttempt(attempt, std::move(link)); });
    if (!waiting_.empty()) next_ = loop_.After(kAttemptDelay, [this] { StartNext(); });
    return;
  }
  if (attempts_.empty()) Finish(Failure());
}

void DialRace::OnAttempt(std::list<Attempt>::iterator attempt, absl::StatusOr<std::unique_ptr<Link>> link) {
  if (link.ok()) return Finish(std::move(link));
  AddFailure(attempt->address, link.status());
  codes_.push_back(link.status().code());
  attempts_.erase(attempt);
  StartNext();
}

void DialRace::OnDeadline() {
  for (const Attempt& attempt : attempts_) {
    AddFailure(attempt.address, absl::DeadlineExceededError("no answer"));
    codes_.push_back(absl::StatusCode::kDeadlineExceeded);
  }
  Finish(Failure());
}

void DialRace::AddFailure(const PeerAddress& address, const absl::Status& status) {
  absl::StrAppend(&reasons_, reasons_.empty() ? "" : "; ", ToString(address), ": ", status.message());
}

absl::Status DialRace::Failure() const {
  if (reasons_.empty()) return absl::NotFoundError(absl::StrCat("no address of ", user_, " is known"));
  if (codes_.empty()) return absl::ResourceExhaustedError(reasons_);
  const bool all_alike =
      std::count(codes_.begin(), codes_.end(), codes_.front()) == static_cast<std::ptrdiff_t>(codes_.size());
  return absl::Status(all_alike ? codes_.front() : absl::StatusCode::kUnavailable, reasons_);
}

void DialRace::Finish(absl::StatusOr<std::unique_ptr<Link>> result) {
  next_.reset();
  deadline_.reset();
  waiting_.clear();
  attempts_.clear();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(result));
}

FailedDialling::FailedDialling(Loop& loop, absl::Status why, Network::DialCallback done)
    : timer_(
          loop.After(absl::ZeroDuration(), [why = std::move(why), done = std::move(done)] { done(why); })) {}

}  // namespace parlor::client
