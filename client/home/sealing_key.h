// The key that seals the history (client/store/sealer.h): in the desktop keyring, or in a 0600 file in the
// home where there is none. Once chosen it stays where it is: a second key would make the history unreadable.
#ifndef PARLOR_CLIENT_HOME_SEALING_KEY_H_
#define PARLOR_CLIENT_HOME_SEALING_KEY_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/home/home.h"

namespace parlor::client {

// Where the person's desktop keeps secrets. Blocking, but not for long. UNAVAILABLE: it does not answer.
class Keyring {
 public:
  virtual ~Keyring() = default;

  // The secret called `id`; nothing if there is none.
  virtual absl::StatusOr<std::optional<std::string>> Find(const std::string& id) = 0;
  // `secret` is text; kept over logins of the desktop.
  virtual absl::Status Keep(const std::string& id, const std::string& secret) = 0;
};

// The key, made at the first call: kSealingKeySize bytes. `keyring` null: there is none, or it is not to be
// used. The owner of the home only.
//
// The first time a keyring that does not answer means a file. Later:
//   UNAVAILABLE          the key is in the keyring, which does not answer now
//   FAILED_PRECONDITION  the key is in the keyring, and there is none here
//   DATA_LOSS            the keyring has lost the key, the file is damaged, or there is a history but no key
absl::StatusOr<std::string> LoadSealingKey(const Home& home, Keyring* keyring);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_SEALING_KEY_H_
