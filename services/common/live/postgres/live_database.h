// Opens the live directory that fits what an operator named.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "services/common/live/in_process_directory.h"
#include "services/common/live/replicated_directory.h"

namespace parlor::live {

// Who measures a directory that is shared. Thread-safe.
class LiveObserver {
 public:
  virtual ~LiveObserver() = default;

  // To be asked for its stats() until it ends.
  virtual void Watch(std::weak_ptr<const ReplicatedDirectory> directory) = 0;
  virtual void OnCommit(absl::Duration took) = 0;
};

struct LiveOptions {
  std::string
      database;  // "postgresql://…": shared by all processes that name it; anything else: this one's own
  std::string name;  // "presence": directories of different names do not see each other
  DirectoryOptions directory = {};
  LiveObserver* observer = nullptr;  // outlives the directory; null: nobody measures
};

// Brings the tables to the newest version. `clock` outlives the directory, which is to be started.
absl::StatusOr<std::shared_ptr<Directory>> OpenDirectory(const LiveOptions& options, const Clock* clock);

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_DATABASE_H_
