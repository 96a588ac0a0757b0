#include "services/auth/password/hash_memory.h"

#include <sys/mman.h>

namespace parlor::auth {

uint8_t* HashMemory::Get(size_t size) {
  if (size != size_) {
    Release();
    void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    madvise(mapped, size, MADV_HUGEPAGE);  // an improvement where the system has them
    bytes_ = mapped;
    size_ = size;
  }
  return static_cast<uint8_t*>(bytes_);
}

void HashMemory::Release() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
  bytes_ = nullptr;
  size_ = 0;
}

}  // namespace parlor::auth
