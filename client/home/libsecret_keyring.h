// The desktop's keyring by libsecret (the Secret Service on the session's D-Bus).
//
// libsecret and the fifteen libraries behind it are loaded when a keyring is asked, not linked: the program
// starts where none of them is installed, and starts faster where they are.
#ifndef PARLOR_CLIENT_HOME_LIBSECRET_KEYRING_H_
#define PARLOR_CLIENT_HOME_LIBSECRET_KEYRING_H_

#include <memory>

#include "absl/time/time.h"
#include "client/home/home.h"
#include "client/home/sealing_key.h"

namespace parlor::client {

// How long a keyring may take to answer: it is asked while a person waits for the program to start, and one
// that asks for a password itself is answered "no" rather than waited for.
inline constexpr absl::Duration kKeyringPatience = absl::Seconds(2);

// Null where there is none to ask: PARLOR_KEYRING is "off", there is no DBUS_SESSION_BUS_ADDRESS, or
// libsecret-1.so.0 is not installed.
std::unique_ptr<Keyring> FindKeyring(const Environment& environment,
                                     absl::Duration patience = kKeyringPatience);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_LIBSECRET_KEYRING_H_
