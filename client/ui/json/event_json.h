// Events as JSON lines: what `parlor listen --json` prints, and what the owner of a home tells the other
// processes of the same person. Pure; thread-safe.
#ifndef PARLOR_CLIENT_UI_JSON_EVENT_JSON_H_
#define PARLOR_CLIENT_UI_JSON_EVENT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/core/events.h"

namespace parlor::client {

// The value of "event".
const char* EventName(const Event& event);

// One line without its newline: {"event":…}. Times are RFC 3339 with milliseconds, in UTC. Bytes that are no
// UTF-8 become U+FFFD.
std::string EventToJson(const Event& event);

// INVALID_ARGUMENT: no JSON object, no event of this version, or a field that is missing or of another type.
// Fields of newer versions are passed over.
absl::StatusOr<Event> EventFromJson(absl::string_view line);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_JSON_EVENT_JSON_H_
