// Options as a command line makes them.
#ifndef PARLOR_TESTS_SERVICES_COMMON_PARSED_SETTINGS_H_
#define PARLOR_TESTS_SERVICES_COMMON_PARSED_SETTINGS_H_

#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"

namespace parlor::testing {

// `add` declares the flags, as services do (AddRoomsSettings). Throws CLI::ParseError.
template <typename Options>
Options ParsedSettings(void (*add)(CLI::App&, Options&), std::vector<std::string> arguments,
                       Options options = {}) {
  CLI::App app;
  add(app, options);
  app.parse(std::move(arguments));
  return options;
}

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_PARSED_SETTINGS_H_
