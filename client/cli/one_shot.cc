#include "client/cli/one_shot.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/exit_code.h"
#include "client/ui/event_ref.h"

namespace parlor::client {
namespace {

constexpr char kRef[] = "one-shot";

// Answered from this machine's disk.
constexpr std::array<absl::string_view, 4> kLocal = {"whoami", "history", "outbox", "read"};

// Says itself what it thinks of services that are away.
constexpr absl::string_view kDoctor = "doctor";

bool IsLocal(const std::string& command) {
  return std::count(kLocal.begin(), kLocal.end(), command) != 0;
}

}  // namespace

OneShot::OneShot(Loop& loop, TaskHost host, Command command, absl::Duration patience)
    : loop_(loop),
      host_(std::move(host)),
      command_(std::move(command)),
      wait_(loop, !IsLocal(command_.name), patience,
            [this](const std::string& why_not) { OnServices(why_not); }) {
  command_.ref = kRef;
}

void OneShot::OnEvent(const Event& event) {
  if (finished_) return;
  if (std::holds_alternative<ClosedEvent>(event)) {
    host_.show(ErrorEvent{"aborted", "ended before there was an answer", command_.name, {}});
    return Finish(kExitError);
  }
  if (RefOf(event) == kRef) {
    host_.show(event);
    return Finish(std::holds_alternative<ErrorEvent>(event) ? kExitError : kExitOk);
  }
  wait_.OnEvent(event);
}

void OneShot::OnServices(const std::string& why_not) {
  if (!why_not.empty() && command_.name != kDoctor) {
    host_.show(ErrorEvent{
        "unavailable", absl::StrCat("the server cannot be used now: ", why_not), command_.name, {}});
    return Finish(kExitError);
  }
  timeout_ = loop_.After(kAnswerTimeout, [this] {
    host_.show(ErrorEvent{"deadline_exceeded", "there was no answer in time; try again", command_.name, {}});
    Finish(kExitError);
  });
  host_.execute(command_);
}

void OneShot::Finish(int exit_code) {
  if (std::exchange(finished_, true)) return;
  loop_.Post([timer = std::shared_ptr<Timer>(std::move(timeout_))] {});  // it may be running this
  host_.finish(exit_code);
}

}  // namespace parlor::client
