// The programmable face: events out, commands in, one JSON object a line.
#ifndef PARLOR_CLIENT_UI_JSON_JSON_INTERFACE_H_
#define PARLOR_CLIENT_UI_JSON_JSON_INTERFACE_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/core/commands.h"
#include "client/core/events.h"
#include "client/ui/line_splitter.h"

namespace parlor::client {

// Loop thread only.
class JsonInterface {
 public:
  // `execute` takes a command, `print` one line with its newline.
  JsonInterface(std::function<void(Command)> execute, std::function<void(absl::string_view)> print);

  // A line that is no command is answered by an error event, and that is all that happens.
  void OnInput(absl::string_view bytes) { lines_.Feed(bytes); }
  void OnInputEnd() { lines_.End(); }

  void OnEvent(const Event& event);

 private:
  void OnLine(absl::string_view line);

  const std::function<void(Command)> execute_;
  const std::function<void(absl::string_view)> print_;
  LineSplitter lines_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_JSON_JSON_INTERFACE_H_
