#include "services/common/program/main.h"

#include <iostream>

#include "CLI/CLI.hpp"
#include "base/status.h"
#include "services/common/admin/healthcheck.h"

namespace parlor::service {
namespace {

absl::StatusOr<int> Run(const CLI::App& app, const CLI::App& healthcheck, const Commands& commands,
                        const std::function<absl::StatusOr<int>()>& other) {
  if (commands.complete) PARLOR_RETURN_IF_ERROR(commands.complete());
  if (healthcheck.parsed()) {
    PARLOR_ASSIGN_OR_RETURN(const std::string admin, commands.admin_address());
    return RunHealthcheck(admin);
  }
  if (!app.get_subcommands().empty()) return other();
  PARLOR_RETURN_IF_ERROR(commands.serve());
  return 0;
}

}  // namespace

int RunMain(CLI::App& app, int argc, char** argv, const Commands& commands,
            const std::function<absl::StatusOr<int>()>& other) {
  app.fallthrough();  // settings may stand behind the subcommand, too
  const CLI::App* healthcheck = app.add_subcommand("healthcheck", "exit 0 if it is ready to serve");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  const absl::StatusOr<int> code = Run(app, *healthcheck, commands, other);
  if (code.ok()) return *code;
  std::cerr << app.get_name() << ": " << std::string(code.status().message()) << "\n";
  return kFailed;
}

}  // namespace parlor::service
