// parlord: a Parlor server for one machine.
#include <iostream>

#include "CLI/CLI.hpp"
#include "base/status.h"
#include "services/auth/admin/admin_commands.h"
#include "services/common/program/main.h"
#include "services/parlord/parlord.h"

namespace parlor::parlord {
namespace {

absl::StatusOr<int> Admin(ParlordSettings& settings, const auth::AdminRequest& request) {
  PARLOR_RETURN_IF_ERROR(OpenTrustFor(settings).status());
  return auth::RunAdminForExitCode(request, settings.auth, absl::Now(), {std::cin, std::cout, std::cerr});
}

int Main(int argc, char** argv) {
  ParlordSettings settings;
  auth::AdminRequest request;
  CLI::App app("A Parlor server: accounts, presence and rooms in one process.", "parlord");
  AddParlordSettings(app, settings);
  app.fallthrough();  // inherited by the subcommands that are added from here on
  auth::AddAdminCommands(*app.add_subcommand("admin", "change accounts, registration and keys"), request);
  return service::RunMain(app, argc, argv,
                          {.serve = [&] { return Serve(settings); },
                           .admin_address = [&] { return AdminAddressOf(settings); },
                           .complete = [&] { return Complete(settings); }},
                          [&] { return Admin(settings, request); });
}

}  // namespace
}  // namespace parlor::parlord

int main(int argc, char** argv) {
  return parlor::parlord::Main(argc, argv);
}
