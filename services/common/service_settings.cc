#include "services/common/service_settings.h"

#include "CLI/CLI.hpp"
#include "services/common/config.h"

namespace parlor::service {

void AddLoggingSettings(CLI::App& app, LoggingOptions& options) {
  AddSetting(app, "--log-level", options.level, "trace, debug, info, warning, error or off");
  AddSetting(app, "--log-format", options.format, "json, human, or auto: human on a terminal");
}

void AddServiceSettings(CLI::App& app, ServiceSettings& settings) {
  AddConfigFile(app);
  AddSetting(app, "--listen", settings.listen, "HOST:PORT for gRPC; port 0 takes a free one");
  AddSetting(app, "--admin", settings.admin,
             "HOST:PORT for /metrics, /healthz and /readyz, without a password");
  AddSwitch(app, "--insecure", settings.insecure, "No TLS: only behind a proxy on the same machine");
  AddSetting(app, "--trusted-proxies", settings.trusted_proxies,
             "Networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8")
      ->delimiter(',');
  AddSetting(app, "--drain", settings.drain, "Time that calls and streams have to end after SIGTERM");
  AddLoggingSettings(app, settings.logging);
}

void AddTlsSettings(CLI::App& app, TlsFiles& files) {
  AddSetting(app, "--tls-chain", files.chain, "PEM file: own certificate, services CA, root");
  AddSetting(app, "--tls-key", files.key, "PEM file: the key of the certificate");
  AddSetting(app, "--tls-root", files.root, "PEM file: the root certificate");
}

}  // namespace parlor::service
