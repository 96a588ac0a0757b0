// Who this device is: everything that a client needs to be itself again after a restart. Plain values and
// their JSON form; account_file.h puts it on disk.
#ifndef PARLOR_CLIENT_HOME_ACCOUNT_H_
#define PARLOR_CLIENT_HOME_ACCOUNT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::client {

struct StoredKey {
  std::string kid;
  std::string spki;  // DER

  friend bool operator==(const StoredKey&, const StoredKey&) = default;
};

// What others were judged by when the services were last heard from: so that a start without them judges as
// of then.
struct StoredTrust {
  std::vector<StoredKey> auth_keys;
  std::vector<StoredKey> rooms_keys;
  std::string revocations;
  absl::Time live_at = absl::UnixEpoch();  // server's time

  friend bool operator==(const StoredTrust&, const StoredTrust&) = default;
};

// Times are whole milliseconds.
struct Account {
  std::string server;    // join link
  std::string root_pem;  // the server's root: the only one that is trusted
  std::string user;
  std::string device;
  std::string device_key_pem;  // never leaves this machine
  std::vector<std::string> chain_der;
  absl::Time certificate_expires = absl::UnixEpoch();
  std::string access_token;
  absl::Time access_expires = absl::UnixEpoch();
  std::string refresh_token;
  absl::Duration clock_offset;  // server minus machine
  StoredTrust trust;
  uint16_t port = 0;  // listened on last time, asked for again; 0: none yet

  friend bool operator==(const Account&, const Account&) = default;
};

std::string AccountToJson(const Account& account);

// DATA_LOSS: not JSON, or something is missing or of another type. FAILED_PRECONDITION: written by a newer
// version.
absl::StatusOr<Account> AccountFromJson(absl::string_view text);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_HOME_ACCOUNT_H_
