#include "client/cli/run.h"

#include <unistd.h>

#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/text/text.h"
#include "client/cli/account_commands.h"
#include "client/cli/chat.h"
#include "client/cli/exit_code.h"
#include "client/cli/home_session.h"
#include "client/cli/listen.h"
#include "client/cli/one_shot.h"
#include "client/cli/password_prompt.h"
#include "client/cli/send_once.h"
#include "client/cli/signal_stop.h"
#include "client/core/status_code.h"
#include "client/home/account_file.h"
#include "client/ui/answer_text.h"
#include "client/ui/command_words.h"
#include "client/ui/event_ref.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {
namespace {

// Whole messages on standard input: as much as one message may have, and a little to see that it is too long.
constexpr size_t kMaxPipedText = 65 * 1024;

void Show(Event event, bool json) {
  if (std::string* ref = MutableRefOf(event)) ref->clear();
  const bool error = std::holds_alternative<ErrorEvent>(event);
  if (json) std::cout << EventToJson(event) << std::endl;
  if (error || !json) {
    (error ? std::cerr : std::cout) << AnswerText(event, absl::LocalTimeZone()) << std::flush;
  }
}

int Fail(const absl::Status& status, bool json, ExitCode exit_code = kExitError) {
  Show(ErrorEvent{CodeName(status.code()), std::string(status.message()), {}, {}}, json);
  return exit_code;
}

HomeSessionOptions SessionOptions(const CommonFlags& common) {
  HomeSessionOptions options;
  options.core.port = common.port;
  options.core.takeover = common.takeover;
  options.metrics_file = common.metrics_file;
  return options;
}

using MakeTask = std::function<std::unique_ptr<Task>(Loop&, TaskHost)>;

// Runs one task over the core of the home.
int RunTask(const Home& home, const Invocation& invocation, const MakeTask& make) {
  AsioLoop loop;
  int exit_code = kExitError;
  std::unique_ptr<Task> task;
  HomeSession session(loop, home,
                      {[&](const Event& event) { task->OnEvent(event); },
                       [&](const absl::Status& why) {
                         if (!why.ok()) exit_code = Fail(why, invocation.common.json);
                         loop.Stop();
                       }},
                      SessionOptions(invocation.common));
  task = make(loop, {[&](Command command) { session.Execute(std::move(command)); },
                     [&](const Event& event) { Show(event, invocation.common.json); },
                     [&](int code) {
                       exit_code = code;
                       session.FinishWhenAlone("done");
                     }});
  const SignalStop signals(loop, [&] { session.Stop("interrupted"); });
  task->Start();
  session.Start();
  loop.Run();
  return exit_code;
}

absl::Status AskSecrets(Command& command, bool from_stdin) {
  for (const ArgSpec* secret : MissingSecrets(command)) {
    PARLOR_ASSIGN_OR_RETURN(
        command.args[secret->name],
        from_stdin ? ReadSecretLine() : AskSecret(absl::StrCat(secret->name, " (", secret->help, "): ")));
  }
  return absl::OkStatus();
}

int RunCommand(const Home& home, const Invocation& invocation) {
  absl::StatusOr<Command> command = ReadCommandWords(invocation.command, invocation.words, invocation.flags);
  if (!command.ok()) return Fail(command.status(), invocation.common.json, kExitUsage);
  const absl::StatusOr<Account> account = LoadAccount(home);
  if (!account.ok()) return Fail(account.status(), invocation.common.json);
  if (command->name == "whoami") {  // needs nobody
    Show(AccountEvent{account->user, account->device, account->server, {}}, invocation.common.json);
    return kExitOk;
  }
  const absl::Status secrets = AskSecrets(*command, invocation.password_stdin);
  if (!secrets.ok()) return Fail(secrets, invocation.common.json);
  return RunTask(home, invocation, [&](Loop& loop, TaskHost host) {
    return std::make_unique<OneShot>(loop, std::move(host), *command, invocation.common.wait());
  });
}

absl::StatusOr<std::string> TextToSend(const Invocation& invocation) {
  std::string text = absl::StrJoin(invocation.text, " ");
  if (text == "-") {
    text.clear();
    for (std::istreambuf_iterator<char> at(std::cin), end; at != end && text.size() < kMaxPipedText; ++at) {
      text += *at;
    }
    if (absl::EndsWith(text, "\n")) text.pop_back();
  }
  if (text.empty()) return absl::InvalidArgumentError("there is nothing to send");
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError("the text is not valid UTF-8; convert it first");
  return text;
}

int RunSend(const Home& home, const Invocation& invocation) {
  const bool json = invocation.common.json;
  const absl::StatusOr<std::string> text = TextToSend(invocation);
  if (!text.ok()) return Fail(text.status(), json);
  Command check{"send", {{"target", invocation.target}, {"text", *text}}, {}};
  const absl::Status valid = Normalize(check);
  if (!valid.ok()) return Fail(valid, json, kExitUsage);
  return RunTask(home, invocation, [&](Loop& loop, TaskHost host) {
    return std::make_unique<SendOnce>(loop, std::move(host), invocation.target, *text,
                                      HomeSessionOptions().patience, invocation.common.wait());
  });
}

int RunEnrolment(const Home& home, const Invocation& invocation) {
  const bool json = invocation.common.json;
  const absl::StatusOr<Account> account =
      invocation.verb == Verb::kRegister ? RegisterCommand(home, invocation) : LoginCommand(home, invocation);
  if (!account.ok()) return Fail(account.status(), json);
  if (!invocation.common.takeover) {
    Show(AccountEvent{account->user, account->device, account->server, {}}, json);
    return kExitOk;
  }
  // Going online once is what takes the other device's place.
  return RunTask(home, invocation, [&](Loop& loop, TaskHost host) {
    return std::make_unique<OneShot>(loop, std::move(host), Command{"takeover", {}, {}},
                                     invocation.common.wait());
  });
}

}  // namespace

int Run(const Invocation& invocation) {
  const bool json = invocation.common.json || invocation.verb == Verb::kListen;
  const absl::StatusOr<std::filesystem::path> path = ChooseHome(invocation.common.home, ProcessEnvironment);
  if (!path.ok()) return Fail(path.status(), json);
  const absl::StatusOr<Home> home = Home::Open(*path);
  if (!home.ok()) return Fail(home.status(), json);
  switch (invocation.verb) {
    case Verb::kRegister:
    case Verb::kLogin:
      return RunEnrolment(*home, invocation);
    case Verb::kCommand:
      return RunCommand(*home, invocation);
    case Verb::kSend:
      return RunSend(*home, invocation);
    case Verb::kListen:
      return RunListen(*home, SessionOptions(invocation.common), invocation.targets);
    case Verb::kChat:
      return invocation.common.json ? RunListen(*home, SessionOptions(invocation.common), {})
                                    : RunChat(*home, SessionOptions(invocation.common));
  }
  return kExitUsage;
}

}  // namespace parlor::client
