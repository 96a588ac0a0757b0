// A disk that fails on command: SQLite's own VFS, whose writes and syncs can be made to fail.
#ifndef PARLOR_TESTS_BASE_SQLITE_FAILING_VFS_H_
#define PARLOR_TESTS_BASE_SQLITE_FAILING_VFS_H_

namespace parlor::sqlite {

// Registered while it lives; at most one at a time. Thread-safe.
//
//   FailingVfs disk;
//   auto db = Database::Open(path, {.vfs = disk.name()});
//   disk.FailWrites(SQLITE_FULL);
class FailingVfs {
 public:
  FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();

  const char* name() const;

  // Every write after the next `good` ones fails with `code`.
  void FailWrites(int code, int good = 0);
  void FailSyncs(int code);
  void Heal();
};

}  // namespace parlor::sqlite

#endif  // PARLOR_TESTS_BASE_SQLITE_FAILING_VFS_H_
