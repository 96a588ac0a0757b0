// The memory that a password hash computes in, kept for the next one: what was used a moment ago is mapped,
// and the part of it that fits is in the processor's caches.
#ifndef PARLOR_SERVICES_AUTH_PASSWORD_HASH_MEMORY_H_
#define PARLOR_SERVICES_AUTH_PASSWORD_HASH_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace parlor::auth {

// One thread at a time.
class HashMemory {
 public:
  HashMemory() = default;
  HashMemory(const HashMemory&) = delete;
  HashMemory& operator=(const HashMemory&) = delete;
  ~HashMemory() { Release(); }

  // `size` bytes, valid until the next call: those of the call before if it asked for as many. Null if there
  // is no memory.
  uint8_t* Get(size_t size);

 private:
  void Release();

  void* bytes_ = nullptr;
  size_t size_ = 0;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_PASSWORD_HASH_MEMORY_H_
