// Whether this process should get work: named checks, asked by /readyz (services/common/admin/admin_http.h).
#ifndef PARLOR_SERVICES_COMMON_READINESS_H_
#define PARLOR_SERVICES_COMMON_READINESS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace parlor::service {

// Thread-safe.
class Readiness {
 public:
  // Answers at once, or within a second or two (a database's ping). Called on the admin server's thread.
  using Check = std::function<absl::Status()>;

  // Checks stay until this object ends: what they look at outlives it, or the admin server is stopped first.
  void Add(std::string name, Check check);

  // From now on not ready, for good.
  void StartDraining();

  struct Failure {
    std::string name;
    std::string reason;  // with details that are for those who run the server
  };
  // Runs every check; empty: ready.
  std::vector<Failure> Failures() const;

 private:
  struct Named {
    std::string name;
    Check check;
  };
  mutable absl::Mutex mutex_;
  std::vector<Named> checks_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_READINESS_H_
