// One transaction for many jobs, such that one that fails takes no other with it.
#ifndef PARLOR_CLIENT_STORE_GROUP_COMMIT_H_
#define PARLOR_CLIENT_STORE_GROUP_COMMIT_H_

#include <vector>

#include "absl/status/status.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"

namespace parlor::client {

struct PendingJob {
  StoreWorker::Job job;
  StoreWorker::Done done;
  absl::Status status;  // set by CommitGroup
};

// Runs the jobs in order and commits them: all in one transaction; should one fail after it has changed
// something, again with a savepoint each; should the disk be full, again in a transaction each. A job's
// status is OK only if what it did is committed.
void CommitGroup(Store& store, std::vector<PendingJob>& jobs);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_GROUP_COMMIT_H_
