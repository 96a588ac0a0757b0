// What callers write into requests, checked and brought into the form that is kept. Pure; thread-safe.
// Every error is INVALID_ARGUMENT and says which field has to be what.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_FIELDS_H_
#define PARLOR_SERVICES_ROOMS_ROOM_FIELDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/rooms/room_limits.h"

namespace parlor::rooms {

// The canonical name of a room, or of a person, that a request names.
absl::StatusOr<std::string> RoomNameField(absl::string_view name);
absl::StatusOr<std::string> UserNameField(absl::string_view name);

// At most 200 characters, on one line; what no terminal may be sent is dropped.
absl::StatusOr<std::string> TopicField(absl::string_view topic);

// 1 to 128 characters.
absl::Status CheckPasswordField(absl::string_view password);

// 0 asks for the default.
absl::StatusOr<uint32_t> CapacityField(uint32_t capacity, const RoomLimits& limits);

// 1 to 1,000; 0 means 100.
absl::StatusOr<size_t> PageSizeField(uint32_t page_size);

// Page tokens hold the last name of the page before.
std::string PageToken(absl::string_view last_name);
absl::StatusOr<std::string> PageTokenField(absl::string_view token);

// For searching: NFKC, case-folded. "Straße", "STRASSE" and "ｓｔｒａｓｓｅ" are one.
std::string FoldForSearch(absl::string_view text);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_FIELDS_H_
