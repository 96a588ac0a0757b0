#include "services/auth/password/password_hasher.h"

#include <argon2.h>

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/random.h"
#include "base/status.h"

namespace parlor::auth {
namespace {

constexpr size_t kSaltBytes = 16;  // RFC 9106 §4
constexpr size_t kHashBytes = 32;
constexpr uint32_t kMaxMemoryKib = 4u << 20;
constexpr uint32_t kMaxPasses = 1000;
constexpr uint32_t kMaxParallelism = 16;

absl::Status Argon2Error(int code) {
  return absl::InternalError(absl::StrCat("argon2: ", argon2_error_message(code)));
}

// Runs `hash` and tells the observer how long it took.
template <typename Function>
int Timed(const PasswordHasher::Observer& observer, Function hash) {
  const absl::Time start = absl::Now();
  const int code = hash();
  if (observer) observer(std::max(absl::Now() - start, absl::ZeroDuration()));
  return code;
}

absl::Status CheckRange(absl::string_view what, uint32_t value, uint32_t low, uint32_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Argon2 ", what, " is ", value, ": it must be ", low, " to ", high));
}

}  // namespace

absl::Status Validate(const Argon2Parameters& parameters) {
  PARLOR_RETURN_IF_ERROR(CheckRange("parallelism", parameters.parallelism, 1, kMaxParallelism));
  PARLOR_RETURN_IF_ERROR(CheckRange("passes", parameters.passes, 1, kMaxPasses));
  return CheckRange("memory (KiB)", parameters.memory_kib, 8 * parameters.parallelism, kMaxMemoryKib);
}

absl::StatusOr<Argon2Parameters> ParametersOf(absl::string_view encoded) {
  const absl::Status malformed = absl::InvalidArgumentError("this is no Argon2id hash");
  const std::vector<absl::string_view> fields = absl::StrSplit(encoded, '$');
  if (fields.size() != 6 || fields[1] != "argon2id") return malformed;
  const std::vector<absl::string_view> costs = absl::StrSplit(fields[3], ',');
  if (costs.size() != 3) return malformed;
  Argon2Parameters parameters;
  absl::string_view memory = costs[0], passes = costs[1], lanes = costs[2];
  const bool read = absl::ConsumePrefix(&memory, "m=") && absl::SimpleAtoi(memory, &parameters.memory_kib) &&
                    absl::ConsumePrefix(&passes, "t=") && absl::SimpleAtoi(passes, &parameters.passes) &&
                    absl::ConsumePrefix(&lanes, "p=") && absl::SimpleAtoi(lanes, &parameters.parallelism);
  if (!read) return malformed;
  return parameters;
}

absl::StatusOr<PasswordHasher> PasswordHasher::Create(const Argon2Parameters& parameters, HashGate* gate,
                                                      Observer observer) {
  PARLOR_RETURN_IF_ERROR(Validate(parameters));
  PasswordHasher hasher(parameters, gate, std::move(observer));
  PARLOR_ASSIGN_OR_RETURN(hasher.dummy_, hasher.Hash(RandomId()));
  return hasher;
}

absl::StatusOr<std::string> PasswordHasher::Hash(absl::string_view password) const {
  const std::string salt = RandomBytes(kSaltBytes);
  std::string encoded(argon2_encodedlen(parameters_.passes, parameters_.memory_kib, parameters_.parallelism,
                                        kSaltBytes, kHashBytes, Argon2_id),
                      '\0');

  PARLOR_ASSIGN_OR_RETURN(const HashGate::Turn turn, gate_->Enter());
  const int code = Timed(observer_, [&] {
    return argon2id_hash_encoded(parameters_.passes, parameters_.memory_kib, parameters_.parallelism,
                                 password.data(), password.size(), salt.data(), salt.size(), kHashBytes,
                                 encoded.data(), encoded.size());
  });
  if (code != ARGON2_OK) return Argon2Error(code);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

absl::StatusOr<bool> PasswordHasher::Verify(absl::string_view password, absl::string_view encoded) const {
  const std::string terminated(encoded);
  PARLOR_ASSIGN_OR_RETURN(const HashGate::Turn turn, gate_->Enter());
  const int code =
      Timed(observer_, [&] { return argon2id_verify(terminated.c_str(), password.data(), password.size()); });
  if (code == ARGON2_VERIFY_MISMATCH) return false;
  if (code != ARGON2_OK) return Argon2Error(code);
  return true;
}

absl::Status PasswordHasher::VerifyNobody(absl::string_view password) const {
  return Verify(password, dummy_).status();
}

bool PasswordHasher::NeedsRehash(absl::string_view encoded) const {
  const absl::StatusOr<Argon2Parameters> made_with = ParametersOf(encoded);
  return !made_with.ok() || made_with->memory_kib < parameters_.memory_kib ||
         made_with->passes < parameters_.passes || made_with->parallelism < parameters_.parallelism;
}

}  // namespace parlor::auth
