// How values are kept in SQLite's signed 64-bit integers. Pure; thread-safe.
#ifndef PARLOR_CLIENT_STORE_COLUMNS_H_
#define PARLOR_CLIENT_STORE_COLUMNS_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace parlor::client {

// Keeps the order of unsigned numbers.
inline constexpr uint64_t kTopBit = uint64_t{1} << 63;
inline int64_t EpochColumn(uint64_t epoch) {
  return static_cast<int64_t>(epoch ^ kTopBit);
}
inline uint64_t EpochOf(int64_t column) {
  return static_cast<uint64_t>(column) ^ kTopBit;
}

// Messages are numbered up to here; what asks for more than that asks for all.
inline constexpr uint64_t kMaxNumber = std::numeric_limits<int64_t>::max() - 1;
inline int64_t NumberColumn(uint64_t number) {
  return static_cast<int64_t>(std::min(number, kMaxNumber));
}

inline int64_t TimeColumn(absl::Time time) {
  return absl::ToUnixMillis(time);
}
inline absl::Time TimeOf(int64_t column) {
  return absl::FromUnixMillis(column);
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_COLUMNS_H_
