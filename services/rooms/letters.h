// What processes of rooms write to each other (live::Directory::Send). Pure.
#ifndef PARLOR_SERVICES_ROOMS_LETTERS_H_
#define PARLOR_SERVICES_ROOMS_LETTERS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace parlor::rooms {

struct Letter {
  enum class Kind {
    kUnknown,  // of a newer version, perhaps
    kList,     // the list of rooms has changed: read it
    kEvent,    // for everybody in a room
  } kind = Kind::kUnknown;
  std::string room_id{};  // of an event
  std::string event{};    // signed room event (tickets.h)
};
std::string EncodeLetter(const Letter& letter);
Letter DecodeLetter(absl::string_view text);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_LETTERS_H_
