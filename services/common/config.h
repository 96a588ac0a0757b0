// Settings: every flag is also an environment variable and a line in the file that --config names.
//
//   --listen HOST:PORT     PARLOR_LISTEN=HOST:PORT     listen = "HOST:PORT"
//
// The command line wins over the environment, the environment over the file, the file over the default, which
// --help shows.
#ifndef PARLOR_SERVICES_COMMON_CONFIG_H_
#define PARLOR_SERVICES_COMMON_CONFIG_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::service {

// "--publish-delay" gives "PARLOR_PUBLISH_DELAY".
std::string EnvironmentName(absl::string_view flag);

// A setting with a value: text, numbers, paths, lists. `value` holds the default and outlives parsing.
template <typename T>
CLI::Option* AddSetting(CLI::App& app, const std::string& flag, T& value, const std::string& help) {
  return app.add_option(flag, value, help)->envname(EnvironmentName(flag))->capture_default_str();
}
// "10s", "5m", "1h30m"; never negative.
CLI::Option* AddSetting(CLI::App& app, const std::string& flag, absl::Duration& value,
                        const std::string& help);

// A setting that is on or off: `--flag`, `--flag=false`.
CLI::Option* AddSwitch(CLI::App& app, const std::string& flag, bool& value, const std::string& help);

// Adds --config FILE (TOML-like, as CLI11 reads it).
void AddConfigFile(CLI::App& app);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_CONFIG_H_
