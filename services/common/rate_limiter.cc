#include "services/common/rate_limiter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/retry.h"

namespace parlor::service {
namespace {

// Full buckets that a Take() lets go: more than it can make, so that they never pile up.
constexpr int kForgottenPerTake = 2;

}  // namespace

absl::Duration RateLimiter::Take(absl::string_view key, absl::Time now, double tokens) {
  if (tokens > options_.burst) return absl::InfiniteDuration();
  absl::MutexLock lock(&mutex_);
  Forget(now);
  Bucket& bucket = Touch(key, now);
  bucket.tokens = Refilled(bucket, now);
  bucket.at = std::max(bucket.at, now);
  if (bucket.tokens < tokens) return absl::Seconds((tokens - bucket.tokens) / options_.per_second);
  bucket.tokens -= tokens;
  return absl::ZeroDuration();
}

absl::Status RateLimiter::Check(absl::string_view key, absl::Time now, absl::string_view what) {
  const absl::Duration wait = Take(key, now);
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  const absl::Duration told =
      absl::Ceil(wait, wait < absl::Seconds(1) ? absl::Milliseconds(1) : absl::Seconds(1));
  return WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat(what, ": try again in ", absl::FormatDuration(told))), wait);
}

size_t RateLimiter::keys() const {
  absl::MutexLock lock(&mutex_);
  return buckets_.size();
}

double RateLimiter::Refilled(const Bucket& bucket, absl::Time now) const {
  const absl::Duration passed = std::max(absl::ZeroDuration(), now - bucket.at);
  return std::min(options_.burst, bucket.tokens + absl::ToDoubleSeconds(passed) * options_.per_second);
}

RateLimiter::Bucket& RateLimiter::Touch(absl::string_view key, absl::Time now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    buckets_.splice(buckets_.end(), buckets_, found->second);
    return buckets_.back();
  }
  if (buckets_.size() >= options_.max_keys && !buckets_.empty()) {
    by_key_.erase(buckets_.front().key);
    buckets_.pop_front();
  }
  buckets_.push_back(Bucket{std::string(key), options_.burst, now});
  by_key_.emplace(buckets_.back().key, std::prev(buckets_.end()));
  return buckets_.back();
}

// A full bucket is as good as none.
void RateLimiter::Forget(absl::Time now) {
  for (int i = 0; i < kForgottenPerTake && !buckets_.empty(); ++i) {
    if (Refilled(buckets_.front(), now) < options_.burst) return;
    by_key_.erase(buckets_.front().key);
    buckets_.pop_front();
  }
}

}  // namespace parlor::service
