#include "services/auth/rules/login_throttle.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/retry.h"

namespace parlor::auth {
namespace {

std::string AddressKey(absl::string_view ip) {
  in6_addr address{};
  const std::string text(ip);
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return text;
  constexpr size_t kCustomerPrefixBytes = 8;
  return std::string(reinterpret_cast<const char*>(address.s6_addr), kCustomerPrefixBytes);
}

std::string TurnKey(absl::string_view address, absl::string_view account) {
  return absl::StrCat(account, absl::string_view("\0", 1), address);
}

absl::Status TryAgainIn(absl::Duration delay) {
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1)));
  return WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat("too many attempts to log in: try again in ", seconds, " s")),
      delay);
}

}  // namespace

LoginThrottle::LoginThrottle(const LoginThrottleOptions& options)
    : options_(options),
      accounts_(options.max_entries),
      addresses_(options.max_entries),
      turns_(options.max_entries) {}

absl::Status LoginThrottle::Begin(absl::string_view account, absl::string_view ip, absl::Time now) {
  const std::string address = AddressKey(ip);
  absl::MutexLock lock(&mutex_);
  if (const absl::Duration closed = Closed(addresses_, address, now); closed > absl::ZeroDuration()) {
    return TryAgainIn(closed);
  }
  const std::string turn = TurnKey(address, account);
  if (const absl::Duration closed = Closed(accounts_, account, now); closed > absl::ZeroDuration()) {
    const absl::Duration wait = WaitForTurn(turn, closed, now);
    if (wait > absl::ZeroDuration()) return TryAgainIn(wait);
  }
  turns_.Erase(turn);
  Charge(addresses_.Use(address), options_.free_failures_per_address, now);
  Charge(accounts_.Use(account), options_.free_failures_per_account, now);
  return absl::OkStatus();
}

void LoginThrottle::Succeeded(absl::string_view account, absl::string_view ip) {
  const std::string address = AddressKey(ip);
  absl::MutexLock lock(&mutex_);
  accounts_.Erase(account);
  // One right password does not forgive the wrong ones that were tried from here on other accounts.
  Refund(addresses_, address);
}

void LoginThrottle::Withdraw(absl::string_view account, absl::string_view ip) {
  const std::string address = AddressKey(ip);
  absl::MutexLock lock(&mutex_);
  Refund(accounts_, account);
  Refund(addresses_, address);
}

absl::Duration LoginThrottle::DelayAfter(int failures, int free) const {
  if (failures <= free) return absl::ZeroDuration();
  constexpr int kMaxDoublings = 30;  // 2^30 of any sensible first delay is beyond any sensible longest one
  const int doublings = std::min(failures - free - 1, kMaxDoublings);
  return std::min(options_.first_delay * (int64_t{1} << doublings), options_.max_delay);
}

absl::Duration LoginThrottle::Closed(LruMap<Gate>& gates, absl::string_view key, absl::Time now) const {
  Gate* gate = gates.Find(key);
  if (gate == nullptr) return absl::ZeroDuration();
  if (now - gate->last > options_.forget_after) {
    gates.Erase(key);
    return absl::ZeroDuration();
  }
  // A clock that was set back must not close a gate for longer than it ever may be.
  gate->closed_until = std::min(gate->closed_until, now + options_.max_delay);
  return std::max(gate->closed_until - now, absl::ZeroDuration());
}

absl::Duration LoginThrottle::WaitForTurn(absl::string_view turn, absl::Duration closed, absl::Time now) {
  const absl::Time* promised = turns_.Find(turn);
  const bool stale = promised != nullptr &&
                     (now - *promised > options_.forget_after || *promised - now > options_.max_delay);
  if (promised == nullptr || stale) {
    turns_.Use(turn) = now + closed;
    return closed;
  }
  return std::max(*promised - now, absl::ZeroDuration());
}

void LoginThrottle::Charge(Gate& gate, int free, absl::Time now) const {
  ++gate.failures;
  gate.last = now;
  const absl::Duration delay = DelayAfter(gate.failures, free);
  if (delay > absl::ZeroDuration()) gate.closed_until = std::max(gate.closed_until, now + delay);
}

void LoginThrottle::Refund(LruMap<Gate>& gates, absl::string_view key) {
  Gate* gate = gates.Find(key);
  if (gate == nullptr) return;
  gate->failures = std::max(gate->failures - 1, 0);
  // A gate with delays admits one attempt at a time: what closed it was the one that is given back here.
  gate->closed_until = absl::InfinitePast();
}

}  // namespace parlor::auth
