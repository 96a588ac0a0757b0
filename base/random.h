// Randomness from the operating system (getrandom). Thread-safe.
#ifndef PARLOR_BASE_RANDOM_H_
#define PARLOR_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace parlor {

// `size` random bytes. Ends the process if the kernel has none to give: nothing safe could go on.
std::string RandomBytes(size_t size);

uint64_t RandomUint64();

// 128 random bits in 26 characters of base32: the form of all ids that are made at random.
std::string RandomId();

}  // namespace parlor

#endif  // PARLOR_BASE_RANDOM_H_
