// What processes of presence write to each other (live::Directory::Send): what one person says to another
// whose stream is held elsewhere. Pure.
#ifndef PARLOR_SERVICES_PRESENCE_LETTERS_H_
#define PARLOR_SERVICES_PRESENCE_LETTERS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::presence {

struct Letter {
  std::string session;        // that it is for
  std::string from;           // canonical name of the sender
  v1::ConnectResponse frame;  // what that session is to be given: a signal, or typing
};
std::string EncodeLetter(const Letter& letter);
// Nothing for what EncodeLetter did not write.
std::optional<Letter> DecodeLetter(absl::string_view text);

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_LETTERS_H_
