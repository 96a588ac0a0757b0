#include "services/auth/auth_options.h"

#include "base/status.h"
#include "services/common/config.h"

namespace parlor::auth {

void AddAuthSettings(CLI::App& app, AuthOptions& options) {
  using service::AddSetting;
  AddSetting(app, "--argon2-memory-kib", options.argon2.memory_kib, "memory of one password hash, KiB");
  AddSetting(app, "--argon2-passes", options.argon2.passes, "passes over that memory");
  AddSetting(app, "--argon2-parallelism", options.argon2.parallelism, "lanes of one password hash");
  AddSetting(app, "--hashes-at-once", options.hash_gate.running,
             "password hashes computed at once; 0: one a core");
  AddSetting(app, "--waiting-logins", options.waiting_logins,
             "logins and registrations that may wait for their turn");
  AddSetting(app, "--login-free-failures", options.throttle.free_failures_per_account,
             "wrong passwords of one account before delays begin");
  AddSetting(app, "--login-free-failures-address", options.throttle.free_failures_per_address,
             "wrong passwords from one address before delays begin");
  AddSetting(app, "--login-max-delay", options.throttle.max_delay, "longest delay between wrong passwords");
  AddSetting(app, "--key-rotation", options.keys.rotate_after, "age at which a signing key gets a successor");
  AddSetting(app, "--auth-connections", options.database_connections,
             "connections to PostgreSQL that auth uses");
}

absl::Status Validate(const AuthOptions& options) {
  if (options.database.empty()) return absl::InvalidArgumentError("auth has no database: give one");
  if (options.keys_directory.empty()) {
    return absl::InvalidArgumentError("auth has no directory for its signing keys: give one");
  }
  if (!options.people.has_value() || options.server_id.empty()) {
    return absl::InvalidArgumentError("auth has no people's CA: give its certificate and key");
  }
  if (options.keys.rotate_after < options.keys.publish_delay + options.keys.token_lifetime) {
    return absl::InvalidArgumentError("signing keys rotate too fast: --key-rotation must be 20m or longer");
  }
  if (options.throttle.free_failures_per_account < 1 || options.throttle.free_failures_per_address < 1) {
    return absl::InvalidArgumentError("free failures of logins must be 1 or more: everybody mistypes");
  }
  if (options.throttle.max_delay < options.throttle.first_delay ||
      options.throttle.max_delay > options.throttle.forget_after) {
    return absl::InvalidArgumentError("--login-max-delay must be from 1s to 15m");
  }
  if (options.database_connections < 1) {
    return absl::InvalidArgumentError("--auth-connections must be 1 or more");
  }
  return Validate(options.argon2);
}

}  // namespace parlor::auth
