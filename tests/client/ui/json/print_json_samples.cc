// Prints what validate_lines.py looks at: every kind of event, full and minimal, or every command of the
// table.
#include <iostream>

#include "absl/strings/string_view.h"
#include "client/ui/json/command_json.h"
#include "client/ui/json/event_json.h"
#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

void PrintEvents() {
  for (const auto& events : {FullEvents(), MinimalEvents()}) {
    for (const Event& event : events) std::cout << EventToJson(event) << "\n";
  }
}

std::string Sample(const ArgSpec& arg) {
  switch (arg.kind) {
    case ArgKind::kTarget:
      return "#lobby";
    case ArgKind::kNumber:
      return "50";
    case ArgKind::kChoice:
      return arg.choices[0];
    default:
      return "word";
  }
}

void PrintCommands() {
  for (const CommandSpec& spec : Commands()) {
    Command minimal{spec.name, {}, {}};
    Command full{spec.name, {}, "1"};
    for (const ArgSpec& arg : spec.args) {
      full.args[arg.name] = Sample(arg);
      if (arg.required) minimal.args[arg.name] = Sample(arg);
    }
    std::cout << CommandToJson(full) << "\n" << CommandToJson(minimal) << "\n";
  }
}

}  // namespace
}  // namespace parlor::client

int main(int argc, char** argv) {
  const absl::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "events") {
    parlor::client::PrintEvents();
  } else if (kind == "commands") {
    parlor::client::PrintCommands();
  } else {
    std::cerr << "usage: print_json_samples events|commands\n";
    return 2;
  }
}
