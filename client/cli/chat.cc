#include "client/cli/chat.h"

#include <unistd.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <utility>

#include "client/cli/exit_code.h"
#include "client/cli/signal_stop.h"
#include "client/loop/asio_loop.h"
#include "client/ui/line/line_interface.h"
#include "client/ui/line/raw_terminal.h"
#include "client/ui/standard_streams.h"

namespace parlor::client {
namespace {

LineInterfaceOptions InterfaceOptions() {
  const std::string term = ProcessEnvironment("TERM").value_or("");
  LineInterfaceOptions options;
  options.interactive =
      ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 && !term.empty() && term != "dumb";
  if (options.interactive) options.style = StyleFor(term, ProcessEnvironment("NO_COLOR").value_or(""));
  return options;
}

class Chatting {
 public:
  Chatting(const Home& home, const HomeSessionOptions& session_options, const LineInterfaceOptions& options,
           std::unique_ptr<RawTerminal> terminal)
      : terminal_(std::move(terminal)),
        interface_(loop_,
                   {[this](Command command) { session_.Execute(std::move(command)); },
                    [this](absl::string_view bytes) { output_->Write(bytes); }},
                   options),
        session_(loop_, home,
                 {[this](const Event& event) { interface_.OnEvent(event); },
                  [this](const absl::Status& why) { OnEnded(why); }},
                 session_options),
        output_(std::make_unique<OutputWriter>(
            loop_, STDOUT_FILENO, [this](const absl::Status&) { session_.Stop("nobody reads the output"); })),
        input_(loop_, STDIN_FILENO,
               {[this](absl::string_view bytes) { interface_.OnInput(bytes); },
                [this] { interface_.OnInputEnd(); }}),
        signals_(loop_, [this] { session_.Stop("interrupted"); }),
        resized_(loop_.context(), SIGWINCH) {}

  int Run() {
    if (terminal_ != nullptr) WatchSize();
    interface_.Start();
    session_.Start();
    loop_.Run();
    interface_.Finish();
    output_.reset();
    terminal_.reset();  // before anything is said on standard error
    if (!why_.ok()) std::cerr << "parlor: " << why_.message() << std::endl;
    return why_.ok() ? kExitOk : kExitError;
  }

 private:
  void WatchSize() {
    const TerminalSize size = terminal_->size();
    interface_.OnResize(size.columns, size.rows);
    resized_.async_wait([this](const asio::error_code& error, int) {
      if (!error) WatchSize();
    });
  }

  void OnEnded(const absl::Status& why) {
    why_ = why;
    loop_.Stop();
  }

  AsioLoop loop_;
  absl::Status why_;
  std::unique_ptr<RawTerminal> terminal_;  // null: plain lines
  LineInterface interface_;
  HomeSession session_;
  std::unique_ptr<OutputWriter> output_;
  InputReader input_;
  SignalStop signals_;
  asio::signal_set resized_;
};

}  // namespace

int RunChat(const Home& home, const HomeSessionOptions& session_options) {
  LineInterfaceOptions options = InterfaceOptions();
  std::unique_ptr<RawTerminal> terminal;
  if (options.interactive) {
    absl::StatusOr<std::unique_ptr<RawTerminal>> opened = RawTerminal::Open(STDIN_FILENO);
    if (opened.ok()) terminal = *std::move(opened);
    options.interactive = terminal != nullptr;
  }
  return Chatting(home, session_options, options, std::move(terminal)).Run();
}

}  // namespace parlor::client
