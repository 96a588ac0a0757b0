#include "services/common/config.h"

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace parlor::service {
namespace {

// CLI11 lets the file win over the environment. In a container it is the variable that somebody set on
// purpose.
class FileBelowEnvironment final : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> settings = CLI::ConfigTOML::from_config(input);
    std::erase_if(settings, [](const CLI::ConfigItem& item) {
      return std::getenv(EnvironmentName(item.name).c_str()) != nullptr;
    });
    return settings;
  }
};

void AddConfigFile(CLI::App& app) {
  app.config_formatter(std::make_shared<FileBelowEnvironment>());
  app.set_config("--config", "", "File with settings, one `name = value` a line")->envname("PARLOR_CONFIG");
}

}  // namespace

std::string EnvironmentName(absl::string_view flag) {
  std::string name = absl::AsciiStrToUpper(absl::StripPrefix(flag, "--"));
  std::replace(name.begin(), name.end(), '-', '_');
  return "PARLOR_" + name;
}

CLI::Option* AddSetting(CLI::App& app, const std::string& flag, absl::Duration& value,
                        const std::string& help) {
  const auto parse = [&value, flag](const std::string& text) {
    absl::Duration parsed;
    if (!absl::ParseDuration(text, &parsed) || parsed < absl::ZeroDuration()) {
      throw CLI::ValidationError(flag, "'" + text + "' is no duration: write 500ms, 10s, 5m or 1h30m");
    }
    value = parsed;
  };
  return app.add_option_function<std::string>(flag, parse, help)
      ->envname(EnvironmentName(flag))
      ->type_name("DURATION")
      ->default_str(absl::FormatDuration(value));
}

CLI::Option* AddSwitch(CLI::App& app, const std::string& flag, bool& value, const std::string& help) {
  return app.add_flag(flag, value, help)
      ->envname(EnvironmentName(flag))
      ->default_str(value ? "true" : "false");
}

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
