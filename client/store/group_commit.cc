#include "client/store/group_commit.h"

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// SQLite rolls the whole transaction back by itself after some errors (a full disk, damage): whatever is not
// clearly the job's own "no" may have been one of them.
bool IsJobsOwnRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

absl::Status Explained(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return absl::ResourceExhaustedError(absl::StrCat(
      "the disk is full: free some space and try again; nothing was stored (", status.message(), ")"));
}

// A savepoint costs a copy of every page that is touched after it: most jobs succeed, and need none.
absl::Status CommitTogether(Store& store, std::vector<PendingJob>& jobs) {
  return store.Transaction([&]() -> absl::Status {
    for (PendingJob& pending : jobs) {
      const uint64_t writes = store.writes();
      pending.status = pending.job(store);
      const bool nothing_to_undo = store.writes() == writes && IsJobsOwnRefusal(pending.status);
      if (!pending.status.ok() && !nothing_to_undo) return pending.status;
    }
    return absl::OkStatus();
  });
}

absl::Status CommitWithSavepoints(Store& store, std::vector<PendingJob>& jobs) {
  return store.Transaction([&]() -> absl::Status {
    for (PendingJob& pending : jobs) {
      pending.status = store.Savepoint([&] { return pending.job(store); });
      if (!pending.status.ok() && !IsJobsOwnRefusal(pending.status)) return pending.status;
    }
    return absl::OkStatus();
  });
}

void CommitOneByOne(Store& store, std::vector<PendingJob>& jobs) {
  for (PendingJob& pending : jobs) {
    pending.status = Explained(store.Transaction([&] { return pending.job(store); }));
  }
}

}  // namespace

void CommitGroup(Store& store, std::vector<PendingJob>& jobs) {
  if (jobs.size() == 1) return CommitOneByOne(store, jobs);
  absl::Status committed = CommitTogether(store, jobs);
  if (IsJobsOwnRefusal(committed)) committed = CommitWithSavepoints(store, jobs);
  if (committed.ok()) return;
  // Waiting for another process once for each job would help nobody.
  if (absl::IsUnavailable(committed)) {
    for (PendingJob& pending : jobs) pending.status = committed;
    return;
  }
  CommitOneByOne(store, jobs);
}

}  // namespace parlor::client
