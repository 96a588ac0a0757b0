#include "services/auth/maintenance.h"

#include <algorithm>
#include <array>

#include "base/status.h"
#include "services/auth/rules/limits.h"
#include "spdlog/spdlog.h"

namespace parlor::auth {

Maintenance::Maintenance(const MaintenanceParts& parts, const MaintenanceOptions& options)
    : parts_(parts), options_(options), thread_(&Maintenance::Run, this) {}

Maintenance::~Maintenance() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Maintenance::Run() {
  std::array<Task, 3> tasks = {
      Task{"reading the signing keys", options_.key_interval, &Maintenance::ReloadKeys},
      Task{"publishing the revocation list", options_.revocation_interval, &Maintenance::PublishRevocations},
      Task{"forgetting what has ended", options_.sweep_interval, &Maintenance::Sweep}};
  absl::Duration pause = absl::ZeroDuration();
  while (WaitForTurn(pause)) {
    for (Task& task : tasks) {
      task.left -= pause;
      if (task.left > absl::ZeroDuration()) continue;
      RunTask(task);
      task.left = task.interval;
    }
    pause = std::min_element(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) {
              return a.left < b.left;
            })->left;
  }
}

bool Maintenance::WaitForTurn(absl::Duration pause) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause);
}

void Maintenance::RunTask(Task& task) {
  const absl::Status status = (this->*task.run)(parts_.clock->Now());
  if (!status.ok() && !task.failing) spdlog::error("{} fails: {}", task.what, status.ToString());
  if (status.ok() && task.failing) spdlog::info("{} works again", task.what);
  task.failing = !status.ok();
}

absl::Status Maintenance::PublishRevocations(absl::Time now) {
  return parts_.revocations->Publish(now);
}

absl::Status Maintenance::ReloadKeys(absl::Time now) {
  PARLOR_RETURN_IF_ERROR(parts_.signing_keys->Reload(now));
  parts_.keys->Set(parts_.signing_keys->Verifying(now));
  return absl::OkStatus();
}

absl::Status Maintenance::Sweep(absl::Time now) {
  return parts_.store->Sweep(now - kRefreshIdleLimit, now - kRevocationRetention, now);
}

}  // namespace parlor::auth
