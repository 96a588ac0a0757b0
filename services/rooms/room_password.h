// Passwords of rooms: shared among people, so hashed with salt, but cheaper than an account's. Guessing is
// bounded by the joins a minute that one person has (RoomLimits).
#ifndef PARLOR_SERVICES_ROOMS_ROOM_PASSWORD_H_
#define PARLOR_SERVICES_ROOMS_ROOM_PASSWORD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::rooms {

// Argon2id (RFC 9106). The parameters stand in each hash, so that they may change at any time.
struct RoomPasswordCost {
  // KiB. A hash takes 5 ms on one core of a small machine; OWASP's 19 MiB are for accounts.
  uint32_t memory_kib = 4096;
  uint32_t passes = 3;
};

// Blocking: for the blocking pool, whose size bounds the memory to `size * memory_kib`. Thread-safe.
absl::StatusOr<std::string> HashRoomPassword(absl::string_view password, const RoomPasswordCost& cost = {});

// PERMISSION_DENIED when the password does not fit. Blocking, as above.
absl::Status CheckRoomPassword(absl::string_view password, const std::string& hash);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_PASSWORD_H_
