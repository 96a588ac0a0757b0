// Frames of QUIC (RFC 9000, section 19) that are spelt right and may say anything.
#ifndef PARLOR_TESTS_FUZZ_QUIC_FRAMES_H_
#define PARLOR_TESTS_FUZZ_QUIC_FRAMES_H_

#include <cstdint>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {

// Takes a byte for the kind, and a byte for each field: which of the numbers that matter it has, or `count`.
// With the same input and another count it is another frame of the kind.
std::string BuildFrame(Input& input, uint64_t count);

// Takes a byte for each number that matters: a transport parameter (RFC 9000, section 18) of kind `id`.
std::string BuildParameter(uint8_t id, Input& input);

// A variable-length integer (RFC 9000, section 16).
std::string Varint(uint64_t number);

// For seeds: what BuildFrame reads as a frame of `type`, with the numbers given; the last one is for all
// fields that follow. They have to be among those that matter, or kCount.
inline constexpr uint64_t kCount = ~uint64_t{0};
inline constexpr uint64_t kMaxVarint = (uint64_t{1} << 62) - 1;
std::string Frame(uint8_t type, std::initializer_list<uint64_t> numbers = {0});
// And BuildParameter, after the id.
std::string Parameter(uint8_t id, uint64_t number);

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_QUIC_FRAMES_H_
