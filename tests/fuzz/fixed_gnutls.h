// GnuTLS's randomness, the same at each start, in whatever is linked with this: keys, signatures, nonces and
// connection ids. With a seed of one's own an input that ended a target once ends it again.
#ifndef PARLOR_TESTS_FUZZ_FIXED_GNUTLS_H_
#define PARLOR_TESTS_FUZZ_FIXED_GNUTLS_H_

namespace parlor::fuzz {

// Once more from the start. One thread only.
void RestartGnutlsRandomness();

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_FIXED_GNUTLS_H_
