#include "services/common/readiness.h"

#include <utility>

namespace parlor::service {

void Readiness::Add(std::string name, Check check) {
  absl::MutexLock lock(&mutex_);
  checks_.push_back(Named{std::move(name), std::move(check)});
}

void Readiness::StartDraining() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
}

std::vector<Readiness::Failure> Readiness::Failures() const {
  std::vector<Named> checks;
  std::vector<Failure> failures;
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) failures.push_back({"drain", "the server is going down"});
    checks = checks_;
  }
  for (const Named& named : checks) {
    if (const absl::Status status = named.check(); !status.ok()) {
      failures.push_back({named.name, status.ToString()});
    }
  }
  return failures;
}

}  // namespace parlor::service
