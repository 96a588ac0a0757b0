// The settings that every service program has. Flags, variables and file: config.h.
#ifndef PARLOR_SERVICES_COMMON_SERVICE_SETTINGS_H_
#define PARLOR_SERVICES_COMMON_SERVICE_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/common/logging.h"

namespace CLI {
class App;
}

namespace parlor::service {

// Adds --log-level and --log-format.
void AddLoggingSettings(CLI::App& app, LoggingOptions& options);

// What every service program has.
struct ServiceSettings {
  std::string listen = "[::]:7447";      // gRPC
  std::string admin = "127.0.0.1:9447";  // metrics and health; loopback unless told otherwise
  bool insecure = false;                 // no TLS: only behind a proxy that ends it on the same machine
  std::vector<std::string> trusted_proxies = {};  // whose X-Forwarded-For is believed
  absl::Duration drain = absl::Seconds(10);       // from SIGTERM to the end of the last call
  LoggingOptions logging = {};
};
// And --config.
void AddServiceSettings(CLI::App& app, ServiceSettings& settings);

// What a service that does not make its own trust is given.
struct TlsFiles {
  std::string chain;  // PEM: leaf, services CA, root
  std::string key;    // PEM
  std::string root;   // PEM
};
void AddTlsSettings(CLI::App& app, TlsFiles& files);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_SERVICE_SETTINGS_H_
