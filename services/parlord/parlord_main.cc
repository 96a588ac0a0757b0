// parlord: a Parlor server for one machine.
#include <iostream>

#include "CLI/CLI.hpp"
#include "base/status.h"
#include "services/auth/admin/admin_commands.h"
#include "services/common/admin/healthcheck.h"
#include "services/parlord/parlord.h"

namespace parlor::parlord {
namespace {

constexpr int kWrongUsage = 2;

absl::Status Admin(ParlordSettings& settings, const auth::AdminRequest& request, int& exit_code) {
  PARLOR_RETURN_IF_ERROR(OpenTrustFor(settings).status());
  exit_code =
      auth::RunAdminForExitCode(request, settings.auth, absl::Now(), {std::cin, std::cout, std::cerr});
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  ParlordSettings settings;
  auth::AdminRequest request;
  CLI::App app("A Parlor server: accounts, presence and rooms in one process.", "parlord");
  app.fallthrough();  // settings may stand behind a subcommand, too
  AddParlordSettings(app, settings);
  CLI::App* admin = app.add_subcommand("admin", "change accounts, registration and keys");
  auth::AddAdminCommands(*admin, request);
  CLI::App* healthcheck = app.add_subcommand("healthcheck", "exit 0 if the server is ready");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }

  absl::Status status = Complete(settings);
  int exit_code = 0;
  if (status.ok() && healthcheck->parsed()) return service::RunHealthcheck(AdminAddressOf(settings));
  if (status.ok()) status = admin->parsed() ? Admin(settings, request, exit_code) : Serve(settings);
  if (status.ok()) return exit_code;
  std::cerr << "parlord: " << std::string(status.message()) << "\n";
  return 1;
}

}  // namespace
}  // namespace parlor::parlord

int main(int argc, char** argv) {
  return parlor::parlord::Main(argc, argv);
}
