// The command line of `parlor` (DESIGN §7): what it takes, and what it means.
#ifndef PARLOR_CLIENT_CLI_ARGUMENTS_H_
#define PARLOR_CLIENT_CLI_ARGUMENTS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace CLI {
class App;
}

namespace parlor::client {

enum class Verb { kChat, kRegister, kLogin, kListen, kSend, kCommand };

struct CommonFlags {
  std::string server;  // join link; needed at the first contact only
  std::string home;
  uint16_t port = 0;  // 0: the one of last time, or any
  bool json = false;
  bool takeover = false;
  double wait_seconds = 10;
  std::string metrics_file;  // empty: none

  absl::Duration wait() const { return absl::Seconds(wait_seconds); }
};

struct Invocation {
  Verb verb = Verb::kChat;
  CommonFlags common;

  std::string name;             // register, login
  bool password_stdin = false;  // them, and commands that need a password
  std::string invitation;       // register

  std::vector<std::string> targets;  // listen
  std::string target;                // send
  std::vector<std::string> text;     // send

  std::string command;                       // kCommand: of the command table
  std::vector<std::string> words;            // its arguments
  std::map<std::string, std::string> flags;  // those that came as --name VALUE
};

// Declares everything on `app`, which CLI11 then parses. Both outlive the parser.
class Arguments {
 public:
  explicit Arguments(CLI::App& app);
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  // After the app has parsed.
  Invocation Take() const;

 private:
  struct TableCommand {
    CLI::App* app;
    std::string name;
    std::vector<std::string> words;
    std::map<std::string, std::string> flags;  // all; empty ones were not given
  };

  void AddCommon();
  void AddAccount();
  void AddTalk();
  void AddTable();

  CLI::App& app_;
  Invocation invocation_;
  CLI::App* register_ = nullptr;
  CLI::App* login_ = nullptr;
  CLI::App* listen_ = nullptr;
  CLI::App* send_ = nullptr;
  CLI::App* devices_revoke_ = nullptr;
  std::string revoked_device_;
  std::deque<TableCommand> table_;  // options hold references into it
};

// Whether a command of the table is one of `parlor COMMAND`: those that make no sense for a moment are not.
bool IsOneShot(const std::string& command);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_ARGUMENTS_H_
