#include "bench/client/person_role.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/latencies.h"
#include "bench/client/person.h"
#include "bench/client/traffic.h"
#include "services/parlord/parlord.h"
#include "services/parlord/parlord_settings.h"

namespace parlor::bench {
namespace {

using client::Event;

std::function<bool(const Event&)> RoomChange(const std::string& change) {
  return [change](const Event& event) {
    const auto* room = std::get_if<client::RoomEvent>(&event);
    return room != nullptr && room->change == change;
  };
}

std::string Plain(const absl::Status& status) {
  return status.ok() ? "{}" : ErrorAnswer(status);
}

std::string PersonsAnswer(Person& person, const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  const std::string& what = words[0];
  const std::string target = words.size() > 1 ? words[1] : "";
  double seconds = 0;
  if (what == "usage") return ToJson(person.UsageNow()).dump();
  if (what == "create") return Plain(person.Do({what, {{"room", target}}, {}}, RoomChange("entered")));
  if (what == "join") return Plain(person.Do({what, {{"room", target}}, {}}, RoomChange("linked")));
  if (what == "greet")
    return Plain(person.Do({"send", {{"target", target}, {"text", "hello"}}, {}}, IsDelivered));
  if (words.size() == 3 && absl::SimpleAtod(words[2], &seconds)) {
    if (what == "one-by-one") return SendOneByOne(person, target, absl::Seconds(seconds));
    if (what == "many") return SendMany(person, target, absl::Seconds(seconds));
  }
  return ErrorAnswer(absl::InvalidArgumentError(absl::StrCat("a person does not know: ", line)));
}

// A role ends with its standard input, parlord with a signal.
void EndWithInput() {
  std::string ignored;
  while (std::getline(std::cin, ignored)) {
  }
  ::kill(::getpid(), SIGTERM);
}

}  // namespace

absl::Status RunServerRole(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.size() > 2) return absl::InvalidArgumentError("DIRECTORY [ADDRESS]");
  parlord::ParlordSettings settings;
  settings.data = arguments[0];
  settings.service.listen = absl::StrCat(arguments.size() > 1 ? arguments[1] : "127.0.0.1", ":0");
  settings.service.admin = "127.0.0.1:0";
  settings.service.logging.level = "error";
  PARLOR_RETURN_IF_ERROR(Complete(settings));
  // Before the thread: it inherits that the signal is not for it.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::thread(&EndWithInput).detach();
  return parlord::Serve(settings);
}

absl::Status RunPersonRole(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) return absl::InvalidArgumentError("DIRECTORY LINK NAME");
  PARLOR_ASSIGN_OR_RETURN(const JoinLink link, ParseJoinLink(arguments[1]));
  const std::string& name = arguments[2];
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Person> person,
                          Person::Join(std::filesystem::path(arguments[0]) / name, link, name));
  ServeParent("online", [&](const std::string& line) { return PersonsAnswer(*person, line); });
  return absl::OkStatus();
}

}  // namespace parlor::bench
