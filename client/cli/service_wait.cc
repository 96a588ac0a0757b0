#include "client/cli/service_wait.h"

#include <utility>
#include <variant>

namespace parlor::client {

ServiceWait::ServiceWait(Loop& loop, bool wants_services, absl::Duration patience, Done done)
    : loop_(loop), wants_services_(wants_services), patience_(patience), done_(std::move(done)) {}

void ServiceWait::OnEvent(const Event& event) {
  if (done_ == nullptr) return;
  if (std::holds_alternative<ReadyEvent>(event) && !std::exchange(ready_, true)) {
    if (!wants_services_) return Finish({});
    timer_ = loop_.After(patience_, [this] { Finish(trouble_); });
  }
  const auto* services = std::get_if<ServicesEvent>(&event);
  if (services == nullptr || !ready_) return;
  if (services->up) return Finish({});
  trouble_ = services->reason.empty() ? "no answer" : services->reason;
  if (!services->retry_in.has_value()) Finish(trouble_);
}

void ServiceWait::Finish(const std::string& why_not) {
  const Done done = std::exchange(done_, nullptr);
  if (done == nullptr) return;
  // The timer may be running this.
  loop_.Post([timer = std::shared_ptr<Timer>(std::move(timer_))] {});
  done(why_not);
}

}  // namespace parlor::client
