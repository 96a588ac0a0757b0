// OpenSSL's randomness, the same at each start: keys and signatures that a target makes are the same then,
// and an input that ended it once ends it again.
#ifndef PARLOR_TESTS_FUZZ_FIXED_RANDOM_H_
#define PARLOR_TESTS_FUZZ_FIXED_RANDOM_H_

namespace parlor::fuzz {

// From now on, or once more from the start. One thread only.
void FixRandomness();

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_FIXED_RANDOM_H_
