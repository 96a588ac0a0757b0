#include "tests/base/sqlite/failing_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>

namespace parlor::sqlite {
namespace {

constexpr char kName[] = "parlor-failing";

// SQLite calls plain functions, so what they look at is global.
std::atomic<int> write_code = SQLITE_OK;
std::atomic<int> good_writes = 0;
std::atomic<int> sync_code = SQLITE_OK;

// A file's methods, some of them replaced, and where the original ones are. SQLite has one table for
// databases and one, without locks, for logs and journals.
struct Methods {
  sqlite3_io_methods replaced;
  const sqlite3_io_methods* real;
};
Methods database_methods;
Methods log_methods;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs vfs;

const sqlite3_io_methods* RealMethods(const sqlite3_file* file) {
  return reinterpret_cast<const Methods*>(file->pMethods)->real;
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (write_code != SQLITE_OK && good_writes-- <= 0) return write_code;
  return RealMethods(file)->xWrite(file, data, size, offset);
}

int Sync(sqlite3_file* file, int flags) {
  return sync_code != SQLITE_OK ? sync_code.load() : RealMethods(file)->xSync(file, flags);
}

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
  if (code != SQLITE_OK) return code;
  // The file keeps its layout and gets another table.
  Methods& methods = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? database_methods : log_methods;
  methods = {.replaced = *file->pMethods, .real = file->pMethods};
  methods.replaced.xWrite = Write;
  methods.replaced.xSync = Sync;
  file->pMethods = &methods.replaced;
  return SQLITE_OK;
}

}  // namespace

FailingVfs::FailingVfs() {
  Heal();
  real_vfs = sqlite3_vfs_find(nullptr);
  vfs = *real_vfs;
  vfs.zName = kName;
  vfs.pNext = nullptr;
  vfs.xOpen = Open;
  if (sqlite3_vfs_register(&vfs, /*makeDflt=*/0) != SQLITE_OK) std::abort();
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&vfs);
}

const char* FailingVfs::name() const {
  return kName;
}

void FailingVfs::FailWrites(int code, int good) {
  good_writes = good;
  write_code = code;
}

void FailingVfs::FailSyncs(int code) {
  sync_code = code;
}

void FailingVfs::Heal() {
  write_code = SQLITE_OK;
  sync_code = SQLITE_OK;
}

}  // namespace parlor::sqlite
