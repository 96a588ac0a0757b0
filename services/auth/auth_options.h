// Everything that auth can be told.
#ifndef PARLOR_SERVICES_AUTH_AUTH_OPTIONS_H_
#define PARLOR_SERVICES_AUTH_AUTH_OPTIONS_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/crypto/certificate.h"
#include "services/auth/maintenance.h"
#include "services/auth/password/hash_gate.h"
#include "services/auth/password/password_hasher.h"
#include "services/auth/rules/login_throttle.h"
#include "services/common/key_ring.h"
#include "services/common/trusted_proxies.h"

namespace CLI {
class App;
}

namespace parlor::auth {

struct AuthOptions {
  // ---- set by whoever wires the process
  std::string database;  // "postgresql://…", or the path of an SQLite file, made if there is none
  std::filesystem::path keys_directory;  // signing keys, shared by all replicas; made if there is none
  std::string server_id;                 // issuer of tokens and certificates
  std::optional<Authority> people;       // the people's CA; required
  const service::TrustedProxies* proxies = nullptr;  // null: trusts none; outlives the module

  // ---- settings: AddAuthSettings gives each a flag
  Argon2Parameters argon2;
  HashGateOptions hash_gate;
  // Logins and registrations that wait for a thread. At 50 a second and core these are 1.3 s on 2 cores;
  // beyond, people are told to come back.
  size_t waiting_logins = 128;
  LoginThrottleOptions throttle;
  service::KeyRingOptions keys;
  int database_connections = 8;  // PostgreSQL only, which allows 100 in all by default
  MaintenanceOptions maintenance;
};

// Flags with their environment variables (services/common/config.h). `options` outlives parsing.
void AddAuthSettings(CLI::App& app, AuthOptions& options);

// INVALID_ARGUMENT names the setting that makes no sense.
absl::Status Validate(const AuthOptions& options);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_AUTH_OPTIONS_H_
