// What a target has taken of the heap, where a sanitizer counts it.
#ifndef PARLOR_TESTS_FUZZ_HEAP_H_
#define PARLOR_TESTS_FUZZ_HEAP_H_

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PARLOR_FUZZ_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PARLOR_FUZZ_HEAP 1
#endif

#ifdef PARLOR_FUZZ_HEAP
// GCC comes without the header.
extern "C" size_t __sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-reserved-identifier)
#endif

namespace parlor::fuzz {

// Of everything in the process, also in libraries that no sanitizer looks into; 0 where nobody counts.
inline size_t HeapInUse() {
#ifdef PARLOR_FUZZ_HEAP
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_HEAP_H_
