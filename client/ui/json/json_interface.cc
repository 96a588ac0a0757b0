#include "client/ui/json/json_interface.h"

#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/ui/json/command_json.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {

JsonInterface::JsonInterface(std::function<void(Command)> execute,
                             std::function<void(absl::string_view)> print)
    : execute_(std::move(execute)),
      print_(std::move(print)),
      lines_(kMaxCommandLineBytes,
             {[this](absl::string_view line) { OnLine(line); },
              [this] {
                OnEvent(ErrorEvent{"invalid_argument",
                                   absl::StrCat("a line has at most ", kMaxCommandLineBytes, " bytes"),
                                   {},
                                   {}});
              }}) {}

void JsonInterface::OnLine(absl::string_view line) {
  if (absl::StripAsciiWhitespace(line).empty()) return;
  std::variant<Command, ErrorEvent> parsed = CommandFromJson(line);
  if (const auto* error = std::get_if<ErrorEvent>(&parsed)) return OnEvent(*error);
  execute_(std::get<Command>(std::move(parsed)));
}

void JsonInterface::OnEvent(const Event& event) {
  print_(absl::StrCat(EventToJson(event), "\n"));
}

}  // namespace parlor::client
