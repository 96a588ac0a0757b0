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

void AddConfigFile(CLI::App& app) {
  app.config_formatter(std::make_shared<FileBelowEnvironment>());
  app.set_config("--config", "", "File with settings, one `name = value` a line")->envname("PARLOR_CONFIG");
}

}  // namespace parlor::service
