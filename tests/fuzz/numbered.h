// Certificates that are the same at each start.
#ifndef PARLOR_TESTS_FUZZ_NUMBERED_H_
#define PARLOR_TESTS_FUZZ_NUMBERED_H_

#include "base/crypto/certificate.h"
#include "base/crypto/key.h"

namespace parlor::fuzz {

// Serial numbers come from the kernel's randomness: `certificate` with this one, and signed again. After
// FixRandomness.
Certificate Numbered(const Certificate& certificate, const PrivateKey& issuer, long number);

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_NUMBERED_H_
