// The line interface: a conversation above, a line being typed below. Bytes of the keyboard and events in,
// commands and bytes for the screen out; knows neither terminal nor socket, so that tests type and read.
//
// In a script (not interactive) whole lines come in and plain lines go out, without escape sequences; each
// waits for the answer to the one before it, and the end of the input quits.
#ifndef PARLOR_CLIENT_UI_LINE_LINE_INTERFACE_H_
#define PARLOR_CLIENT_UI_LINE_LINE_INTERFACE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/core/commands.h"
#include "client/core/events.h"
#include "client/loop/loop.h"
#include "client/ui/command_words.h"
#include "client/ui/line/completion.h"
#include "client/ui/line/delivery_notes.h"
#include "client/ui/line/event_lines.h"
#include "client/ui/line/key_decoder.h"
#include "client/ui/line/line_editor.h"
#include "client/ui/line/prompt_screen.h"
#include "client/ui/line/style.h"
#include "client/ui/line/typing.h"
#include "client/ui/line_splitter.h"

namespace parlor::client {

struct LineInterfaceOptions {
  bool interactive = true;  // a terminal that takes escape sequences
  Style style;
  absl::TimeZone zone = absl::LocalTimeZone();
  absl::Duration note_delay = absl::Milliseconds(300);  // delivery marks of a burst become one line
  size_t max_held_lines = 10'000;                       // that wait for an answer; more are refused
  size_t max_names = 5'000;                             // remembered for completion
};

// Loop thread only.
class LineInterface {
 public:
  struct Outputs {
    std::function<void(Command)> execute;
    std::function<void(absl::string_view)> write;  // to the terminal
  };

  LineInterface(Loop& loop, Outputs outputs, LineInterfaceOptions options);
  ~LineInterface();

  void Start();  // shows the prompt
  void OnInput(absl::string_view bytes);
  void OnInputEnd();
  void OnResize(int columns, int rows);
  void OnEvent(const Event& event);
  void Finish();  // takes the prompt away and leaves the terminal as it was

  // What a message without a prefix goes to: "#room", "@user" or nothing.
  const std::string& target() const { return context_.target; }

 private:
  // line_interface.cc: the screen, and what happens
  void Print(absl::string_view lines, bool bell = false);
  void DrawPrompt();
  void RedrawPrompt();
  std::string Prompt() const;
  void OnTypingTimer();
  void PrintNotesSoon();
  void Learn(const Event& event);
  void LearnRoom(const RoomEvent& event);
  void OnAnswer(const Event& event);
  void MarkRead(const MessageEvent& message);
  void SayTyping();

  // line_commands.cc: what is typed
  void OnKey(const Key& key);
  void CompleteWord();
  void OnLine(std::string line);
  void HandleLine(const std::string& line);
  void HandleCommand(absl::string_view line);
  void HandleText(const std::string& text);
  void RunCommand(Command command);
  void AskNextSecret();
  void TakeSecret(std::string secret);
  void ShowHelp(absl::string_view about);
  std::string Execute(Command command);  // the ref that it got
  bool MustWait(const std::string& line) const;
  void ReleaseHeld();
  void Quit();
  void Say(absl::string_view note);

  Loop& loop_;
  const Outputs outputs_;
  const LineInterfaceOptions options_;
  EventRenderer renderer_;
  LineSplitter lines_;  // not interactive
  KeyDecoder keys_;
  LineEditor editor_;
  PromptScreen screen_;
  bool prompt_shown_ = false;
  bool finished_ = false;
  bool input_ended_ = false;
  bool quitting_ = false;

  bool ready_ = false;
  std::string self_;
  CommandContext context_;
  Vocabulary vocabulary_;
  std::set<std::string> inside_;  // rooms

  uint64_t next_ref_ = 1;
  std::map<std::string, Command> unanswered_;  // by ref; without sends
  std::deque<std::string> held_;
  std::optional<Command> secret_for_;  // a command whose secrets are being asked for

  DeliveryNotes notes_;
  std::unique_ptr<Timer> notes_timer_;
  TypingOthers typing_others_;
  TypingSelf typing_self_;
  std::unique_ptr<Timer> typing_timer_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_LINE_INTERFACE_H_
