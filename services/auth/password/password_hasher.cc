#include "services/auth/password/password_hasher.h"

#include <argon2.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
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

// libargon2 asks for memory by a function that has no place for an argument of ours; it asks on the thread
// that called it.
thread_local HashMemory* hash_memory = nullptr;

int Allocate(uint8_t** memory, size_t bytes) {
  *memory = hash_memory->Get(bytes);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}
void KeepForTheNext(uint8_t*, size_t) {}

uint8_t* Bytes(absl::string_view text) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));  // libargon2 only reads it
}

// With `out` for the result, or for scratch.
argon2_context ContextOf(absl::string_view password, const EncodedHash& encoded, std::string& out) {
  argon2_context context = {};
  context.out = reinterpret_cast<uint8_t*>(out.data());
  context.outlen = static_cast<uint32_t>(out.size());
  context.pwd = Bytes(password);
  context.pwdlen = static_cast<uint32_t>(password.size());
  context.salt = Bytes(encoded.salt);
  context.saltlen = static_cast<uint32_t>(encoded.salt.size());
  context.t_cost = encoded.parameters.passes;
  context.m_cost = encoded.parameters.memory_kib;
  context.lanes = context.threads = encoded.parameters.parallelism;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = Allocate;
  context.free_cbk = KeepForTheNext;
  context.flags = ARGON2_DEFAULT_FLAGS;
  return context;
}

absl::Status Argon2Error(int code) {
  return absl::InternalError(absl::StrCat("argon2: ", argon2_error_message(code)));
}

// Runs `hash` in the turn's memory and tells the observer how long it took.
template <typename Function>
int Timed(const HashGate::Turn& turn, const PasswordHasher::Observer& observer, Function hash) {
  hash_memory = &turn.memory();
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

absl::StatusOr<PasswordHasher> PasswordHasher::Create(const Argon2Parameters& parameters, HashGate* gate,
                                                      Observer observer) {
  PARLOR_RETURN_IF_ERROR(Validate(parameters));
  PasswordHasher hasher(parameters, gate, std::move(observer));
  PARLOR_ASSIGN_OR_RETURN(hasher.dummy_, hasher.Hash(RandomId()));
  return hasher;
}

absl::StatusOr<std::string> PasswordHasher::Hash(absl::string_view password) const {
  EncodedHash encoded{parameters_, RandomBytes(kSaltBytes), std::string(kHashBytes, '\0')};
  argon2_context context = ContextOf(password, encoded, encoded.hash);
  PARLOR_ASSIGN_OR_RETURN(const HashGate::Turn turn, gate_->Enter());
  const int code = Timed(turn, observer_, [&] { return argon2id_ctx(&context); });
  if (code != ARGON2_OK) return Argon2Error(code);
  return ToString(encoded);
}

absl::StatusOr<bool> PasswordHasher::Verify(absl::string_view password, absl::string_view encoded) const {
  const absl::StatusOr<EncodedHash> stored = ParseEncodedHash(encoded);
  if (!stored.ok()) return absl::InternalError("what is stored of a password is no Argon2id hash");
  std::string scratch(stored->hash.size(), '\0');
  argon2_context context = ContextOf(password, *stored, scratch);
  PARLOR_ASSIGN_OR_RETURN(const HashGate::Turn turn, gate_->Enter());
  const int code = Timed(turn, observer_, [&] { return argon2id_verify_ctx(&context, stored->hash.data()); });
  if (code == ARGON2_VERIFY_MISMATCH) return false;
  if (code != ARGON2_OK) return Argon2Error(code);
  return true;
}

absl::Status PasswordHasher::VerifyNobody(absl::string_view password) const {
  return Verify(password, dummy_).status();
}

bool PasswordHasher::NeedsRehash(absl::string_view encoded) const {
  const absl::StatusOr<EncodedHash> hash = ParseEncodedHash(encoded);
  if (!hash.ok()) return true;
  const Argon2Parameters& made_with = hash->parameters;
  return made_with.memory_kib < parameters_.memory_kib || made_with.passes < parameters_.passes ||
         made_with.parallelism < parameters_.parallelism;
}

}  // namespace parlor::auth
