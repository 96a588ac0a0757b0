// parlor-setup: what has to be there before services that run one by one can start, and the link with which
// people join them.
#include <cstdio>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "services/common/config.h"
#include "services/common/program/main.h"
#include "services/setup/public_link.h"
#include "services/setup/secrets.h"
#include "services/setup/wait.h"

namespace parlor::setup {
namespace {

struct Settings {
  std::string directory;
  std::string database_user = "parlor";
  std::string public_host = "localhost";
  uint16_t public_port = kDefaultServerPort;
  std::string root;
  std::string wait_for;
};

constexpr absl::Duration kPatience = absl::Minutes(1);

absl::Status MakeSecrets(const Settings& settings) {
  PARLOR_ASSIGN_OR_RETURN(const std::string server_id,
                          EnsureSecrets(settings.directory, settings.database_user, absl::Now()));
  std::printf("The secrets of server %s are in place.\n", server_id.c_str());
  return absl::OkStatus();
}

absl::Status PrintLink(const Settings& settings) {
  if (!settings.wait_for.empty()) {
    PARLOR_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(settings.wait_for));
    PARLOR_RETURN_IF_ERROR(WaitUntilAnswered(address, kPatience));
  }
  PARLOR_ASSIGN_OR_RETURN(const std::string link,
                          PublicLink(settings.public_host, settings.public_port, settings.root));
  std::printf("%s\n", link.c_str());
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Prepares a Parlor server whose services run one by one.", "parlor-setup");
  app.require_subcommand(1);
  CLI::App* secrets =
      app.add_subcommand("secrets", "make the keys, certificates and passwords that are missing");
  service::AddSetting(*secrets, "--directory", settings.directory,
                      "where they are kept, a folder for each reader")
      ->required();
  service::AddSetting(*secrets, "--database-user", settings.database_user, "whose password is made");
  CLI::App* link = app.add_subcommand("link", "print the join link");
  service::AddSetting(*link, "--public", settings.public_host,
                      "HOST or HOST:PORT at which people reach the server");
  service::AddSetting(*link, "--public-port", settings.public_port, "its port where --public has none");
  service::AddSetting(*link, "--root", settings.root, "PEM file: the root certificate")->required();
  service::AddSetting(*link, "--wait-for", settings.wait_for,
                      "HOST:PORT of the gateway: print it once somebody answers there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : service::kWrongUsage;
  }
  const absl::Status status = secrets->parsed() ? MakeSecrets(settings) : PrintLink(settings);
  if (status.ok()) return 0;
  std::cerr << app.get_name() << ": " << std::string(status.message()) << "\n";
  return service::kFailed;
}

}  // namespace
}  // namespace parlor::setup

int main(int argc, char** argv) {
  return parlor::setup::Main(argc, argv);
}
