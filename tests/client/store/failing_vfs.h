// A disk that fails on demand, under SQLite: for tests.
#ifndef PARLOR_TESTS_CLIENT_STORE_FAILING_VFS_H_
#define PARLOR_TESTS_CLIENT_STORE_FAILING_VFS_H_

#include <memory>
#include <string>

namespace parlor::testing {

// A shim over the default VFS, registered while it lives. It counts what would change the disk (writes,
// syncs, truncations) of all files that are opened through it. Syncs are counted, not carried out.
// Thread-safe.
class FailingVfs {
 public:
  FailingVfs();
  ~FailingVfs();  // no database may be open on it any more
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  const char* name() const;  // for sqlite::Options::vfs

  // The disk is full for everything after `operations` more of them: writes fail with ENOSPC.
  void FillDiskAfter(int operations);
  // Writes of files that would then be longer than this fail with ENOSPC.
  void LimitFileSize(long long bytes);
  // Syncs fail while `fail` holds, and make nothing durable.
  void FailSyncs(bool fail);
  // There is room again.
  void FreeDisk();

  // The power fails after `operations` more of them: from then on everything fails. Restore() below decides
  // what the disk then holds.
  void CutPowerAfter(int operations);
  // After all databases were closed: takes back every write that was not synced before the power failed.
  // (Names of files are taken as durable at once.)
  void Restore();

  int operations() const;  // so far
  bool failed() const;     // at least once since the last FreeDisk or Restore

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_CLIENT_STORE_FAILING_VFS_H_
