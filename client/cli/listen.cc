#include "client/cli/listen.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <utility>

#include "client/cli/exit_code.h"
#include "client/cli/signal_stop.h"
#include "client/core/status_code.h"
#include "client/loop/asio_loop.h"
#include "client/ui/json/json_interface.h"
#include "client/ui/standard_streams.h"

namespace parlor::client {
namespace {

class Listening {
 public:
  Listening(const Home& home, const HomeSessionOptions& options, std::vector<std::string> targets)
      : targets_(std::move(targets)),
        interface_([this](Command command) { session_.Execute(std::move(command)); },
                   [this](absl::string_view line) { output_->Write(line); }),
        session_(loop_, home,
                 {[this](const Event& event) { OnEvent(event); },
                  [this](const absl::Status& why) { OnEnded(why); }},
                 options),
        output_(std::make_unique<OutputWriter>(loop_, STDOUT_FILENO,
                                               [this](const absl::Status& why) { OnOutputFailed(why); })),
        input_(loop_, STDIN_FILENO,
               {[this](absl::string_view bytes) { interface_.OnInput(bytes); },
                [this] { interface_.OnInputEnd(); }}),
        signals_(loop_, [this] { session_.Stop("interrupted"); }) {}

  int Run() {
    session_.Start();
    loop_.Run();
    return exit_code_;
  }

 private:
  void OnEvent(const Event& event) {
    interface_.OnEvent(event);
    if (!std::holds_alternative<ReadyEvent>(event) || std::exchange(joined_, true)) return;
    for (const std::string& target : targets_) {
      if (target[0] == '#') session_.Execute({"join", {{"room", target}}, {}});
    }
  }

  void OnEnded(const absl::Status& why) {
    if (!why.ok()) {
      interface_.OnEvent(ErrorEvent{CodeName(why.code()), std::string(why.message()), {}, {}});
      std::cerr << "parlor: " << why.message() << std::endl;
      exit_code_ = kExitError;
    }
    loop_.Stop();
  }

  void OnOutputFailed(const absl::Status& why) {
    std::cerr << "parlor: " << why.message() << std::endl;
    exit_code_ = kExitError;
    session_.Stop("nobody reads the output");
  }

  AsioLoop loop_;
  const std::vector<std::string> targets_;
  bool joined_ = false;
  int exit_code_ = kExitOk;
  JsonInterface interface_;
  HomeSession session_;
  std::unique_ptr<OutputWriter> output_;
  InputReader input_;
  SignalStop signals_;
};

}  // namespace

int RunListen(const Home& home, const HomeSessionOptions& options, const std::vector<std::string>& targets) {
  return Listening(home, options, targets).Run();
}

}  // namespace parlor::client
