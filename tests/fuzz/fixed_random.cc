#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: a provider of one's own would take a file ten times as
                                     // long
#include "tests/fuzz/fixed_random.h"

#include <openssl/rand.h>

#include <random>

#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

std::mt19937& Generator() {
  static std::mt19937 generator;
  return generator;
}

int Fill(unsigned char* bytes, int size) {
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(Generator()());
  return 1;
}

int IsSeeded() {
  return 1;
}

}  // namespace

void FixRandomness() {
  static const RAND_METHOD kFixed = {nullptr, Fill, nullptr, nullptr, Fill, IsSeeded};
  Generator().seed();
  Promise(RAND_set_rand_method(&kFixed) == 1, "OpenSSL takes fixed randomness");
}

}  // namespace parlor::fuzz
