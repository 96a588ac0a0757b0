#include "client/cli/arguments.h"

#include <algorithm>
#include <array>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/core/commands.h"
#include "client/ui/command_words.h"

namespace parlor::client {
namespace {

// `send` has a form of its own, and does what `msg` does.
constexpr std::array<absl::string_view, 4> kNotOneShot = {"send", "msg", "typing", "quit"};

// Is a common flag.
constexpr absl::string_view kTakeover = "takeover";

bool NeedsSecret(const CommandSpec& spec) {
  return std::any_of(spec.args.begin(), spec.args.end(),
                     [](const ArgSpec& arg) { return arg.kind == ArgKind::kSecret && arg.required; });
}

}  // namespace

bool IsOneShot(const std::string& command) {
  return FindCommand(command) != nullptr && std::count(kNotOneShot.begin(), kNotOneShot.end(), command) == 0;
}

Arguments::Arguments(CLI::App& app) : app_(app) {
  app_.require_subcommand(0, 1);
  AddCommon();
  AddAccount();
  AddTalk();
  AddTable();
  for (CLI::App* sub : app_.get_subcommands({})) sub->fallthrough();
}

void Arguments::AddCommon() {
  CommonFlags& common = invocation_.common;
  app_.add_option("--server", common.server, "join link of the server, parlor://HOST:PORT/#PIN")
      ->envname("PARLOR_SERVER");
  app_.add_option("--home", common.home,
                  "directory of this account (default: PARLOR_HOME, or ~/.local/share/parlor)");
  app_.add_option("--port", common.port, "to be dialled at; 0: the one of last time, or any")
      ->envname("PARLOR_PORT");
  app_.add_flag("--json", common.json, "print JSON lines (docs/scripting.md)");
  app_.add_flag("--takeover", common.takeover, "be online here instead of on your other device");
  app_.add_option("--wait", common.wait_seconds,
                  "seconds to wait: send for the delivery, other commands for the server")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  app_.add_option("--metrics-file", common.metrics_file,
                  "written for Prometheus, as long as this process runs")
      ->envname("PARLOR_METRICS_FILE");
}

void Arguments::AddAccount() {
  register_ = app_.add_subcommand("register", "make an account and log in");
  login_ = app_.add_subcommand("login", "log this device in");
  for (CLI::App* sub : {register_, login_}) {
    sub->add_option("NAME", invocation_.name, "what others call you")->required();
    sub->add_flag("--password-stdin", invocation_.password_stdin,
                  "the password is the first line of standard input");
  }
  register_->add_option("--invitation", invocation_.invitation, "code, where registration is by invitation");
}

void Arguments::AddTalk() {
  listen_ = app_.add_subcommand("listen", "events as JSON lines out, commands as JSON lines in");
  listen_->add_option("TARGET", invocation_.targets, "rooms to enter at the start, '#room'");
  send_ = app_.add_subcommand("send", "write one message; exit 0 delivered, 3 queued, 4 alone in the room");
  send_->add_option("TARGET", invocation_.target, "'#room' or '@user'")->required();
  send_->add_option("TEXT", invocation_.text, "the message; - reads standard input")->required();
}

void Arguments::AddTable() {
  for (const CommandSpec& spec : Commands()) {
    if (!IsOneShot(spec.name)) continue;
    TableCommand& command = table_.emplace_back();
    command.name = spec.name;
    command.app = app_.add_subcommand(spec.name, spec.help);
    command.app->footer(absl::StrCat("Usage: parlor ", Usage(spec)));
    if (!spec.args.empty()) command.app->add_option("ARGUMENT", command.words, "see the usage below");
    for (const ArgSpec& arg : spec.args) {
      if (arg.required || arg.name == kTakeover) continue;
      command.app->add_option(absl::StrCat("--", arg.name), command.flags[arg.name], arg.help);
    }
    if (NeedsSecret(spec)) {
      command.app->add_flag("--password-stdin", invocation_.password_stdin,
                            "secrets are lines of standard input, in the order of the prompts");
    }
    if (command.name == "devices") {
      devices_revoke_ = command.app->add_subcommand("revoke", "log a device out");
      devices_revoke_->add_option("DEVICE", revoked_device_, "its id, as `parlor devices` shows it")
          ->required();
      devices_revoke_->fallthrough();
    }
  }
}

Invocation Arguments::Take() const {
  Invocation taken = invocation_;
  if (register_->parsed()) taken.verb = Verb::kRegister;
  if (login_->parsed()) taken.verb = Verb::kLogin;
  if (listen_->parsed()) taken.verb = Verb::kListen;
  if (send_->parsed()) taken.verb = Verb::kSend;
  for (const TableCommand& command : table_) {
    if (!command.app->parsed()) continue;
    taken.verb = Verb::kCommand;
    taken.command = command.name;
    taken.words = command.words;
    for (const auto& [name, value] : command.flags) {
      if (!value.empty()) taken.flags[name] = value;
    }
  }
  if (devices_revoke_->parsed()) {
    taken.command = "revoke";
    taken.words = {revoked_device_};
  }
  return taken;
}

}  // namespace parlor::client
