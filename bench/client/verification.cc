#include "bench/client/verification.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/clock.h"
#include "base/crypto/key.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

// With its text, its ids and its signature.
constexpr size_t kSignedSize = 300;

}  // namespace

absl::StatusOr<double> VerificationRate(absl::Duration duration) {
  const PrivateKey key = PrivateKey::Generate();
  const std::string message(kSignedSize, 'm');
  const std::string signature = key.Sign(message);
  const absl::Time began = absl::Now();
  int64_t count = 0;
  for (; absl::Now() - began < duration; ++count) {
    PARLOR_RETURN_IF_ERROR(key.public_key().Verify(message, signature));
  }
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - began);
}

}  // namespace parlor::bench
