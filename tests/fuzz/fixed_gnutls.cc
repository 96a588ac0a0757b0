#include "tests/fuzz/fixed_gnutls.h"

#include <gnutls/crypto.h>

#include <cstdint>
#include <random>

namespace parlor::fuzz {
namespace {

std::mt19937_64& Generator() {
  static std::mt19937_64 generator;
  return generator;
}

}  // namespace

void RestartGnutlsRandomness() {
  Generator().seed();
}

}  // namespace parlor::fuzz

// Stands before the library's own, also for the library itself: it has no other way to be told.
extern "C" int gnutls_rnd(gnutls_rnd_level_t, void* data, size_t size) {
  auto* const bytes = static_cast<uint8_t*>(data);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(parlor::fuzz::Generator()());
  return 0;
}
