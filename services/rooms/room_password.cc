#include "services/rooms/room_password.h"

#include <argon2.h>

#include "absl/strings/str_cat.h"
#include "base/random.h"

namespace parlor::rooms {
namespace {

constexpr uint32_t kLanes = 1;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

}  // namespace

absl::StatusOr<std::string> HashRoomPassword(absl::string_view password, const RoomPasswordCost& cost) {
  const std::string salt = RandomBytes(kSaltBytes);
  std::string encoded(
      argon2_encodedlen(cost.passes, cost.memory_kib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int result =
      argon2id_hash_encoded(cost.passes, cost.memory_kib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (result != ARGON2_OK) {
    return absl::InternalError(absl::StrCat("cannot hash the password: ", argon2_error_message(result)));
  }
  encoded.resize(encoded.find('\0'));
  return encoded;
}

absl::Status CheckRoomPassword(absl::string_view password, const std::string& hash) {
  const int result = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (result == ARGON2_OK) return absl::OkStatus();
  if (result == ARGON2_VERIFY_MISMATCH) {
    return absl::PermissionDeniedError("the password of the room is wrong");
  }
  return absl::InternalError(absl::StrCat("cannot check the password: ", argon2_error_message(result)));
}

}  // namespace parlor::rooms
