#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/encoding.h"

namespace parlor {

std::string RandomBytes(size_t size) {
  std::string out(size, '\0');
  size_t have = 0;
  while (have < size) {
    const ssize_t n = getrandom(out.data() + have, size - have, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) std::abort();
    have += static_cast<size_t>(n);
  }
  return out;
}

uint64_t RandomUint64() {
  uint64_t value = 0;
  std::memcpy(&value, RandomBytes(sizeof(value)).data(), sizeof(value));
  return value;
}

std::string RandomId() {
  return Base32(RandomBytes(16));
}

}  // namespace parlor
