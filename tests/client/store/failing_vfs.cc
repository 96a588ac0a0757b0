#include "tests/client/store/failing_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace parlor::testing {
namespace {

constexpr int kNever = std::numeric_limits<int>::max();

// What a file held where it was written since its last sync, oldest first.
struct Unsynced {
  sqlite3_int64 size_before = 0;
  std::vector<std::pair<sqlite3_int64, std::string>> overwritten;
};

}  // namespace

struct FailingVfs::State {
  std::string name;
  sqlite3_vfs vfs = {};
  sqlite3_vfs* real = nullptr;

  absl::Mutex mutex;
  int operations ABSL_GUARDED_BY(mutex) = 0;
  int full_after ABSL_GUARDED_BY(mutex) = kNever;
  long long size_limit ABSL_GUARDED_BY(mutex) = std::numeric_limits<long long>::max();
  bool fail_syncs ABSL_GUARDED_BY(mutex) = false;
  int power_until ABSL_GUARDED_BY(mutex) = kNever;
  bool failed ABSL_GUARDED_BY(mutex) = false;
  std::map<std::string, Unsynced> unsynced ABSL_GUARDED_BY(mutex);

  // Counts one operation. False: the power has failed.
  bool Count() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (++operations <= power_until) return true;
    failed = true;
    return false;
  }

  // A write that would leave its file `size` long: SQLITE_OK if it may go on.
  int AdmitWrite(long long size) {
    absl::MutexLock lock(&mutex);
    if (!Count()) return SQLITE_IOERR_WRITE;
    if (operations <= full_after && size <= size_limit) return SQLITE_OK;
    failed = true;
    return SQLITE_FULL;
  }

  // Anything else that changes the disk.
  int Admit(int error) {
    absl::MutexLock lock(&mutex);
    return Count() ? SQLITE_OK : error;
  }
};

namespace {

FailingVfs::State& StateOf(sqlite3_vfs* vfs) {
  return *static_cast<FailingVfs::State*>(vfs->pAppData);
}

// SQLite allocates it, followed by the real VFS's own file.
struct File {
  sqlite3_file base;
  FailingVfs::State* state;
  std::string* path;  // empty: a temporary file

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *real()->pMethods; }
};

File& Of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}

void RememberBefore(File& file, sqlite3_int64 offset, size_t length) {
  sqlite3_int64 size = 0;
  file.methods().xFileSize(file.real(), &size);
  absl::MutexLock lock(&file.state->mutex);
  const auto [entry, first] = file.state->unsynced.try_emplace(*file.path);
  if (first) entry->second.size_before = size;
  if (offset >= size) return;
  std::string old(std::min(length, static_cast<size_t>(size - offset)), '\0');
  file.methods().xRead(file.real(), old.data(), static_cast<int>(old.size()), offset);
  entry->second.overwritten.emplace_back(offset, std::move(old));
}

int Close(sqlite3_file* base) {
  File& file = Of(base);
  const int code = file.methods().xClose(file.real());
  delete file.path;
  return code;
}

int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  return Of(file).methods().xRead(Of(file).real(), out, size, offset);
}

int Write(sqlite3_file* base, const void* data, int size, sqlite3_int64 offset) {
  File& file = Of(base);
  if (const int code = file.state->AdmitWrite(offset + size); code != SQLITE_OK) return code;
  RememberBefore(file, offset, static_cast<size_t>(size));
  return file.methods().xWrite(file.real(), data, size, offset);
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  File& file = Of(base);
  if (const int code = file.state->Admit(SQLITE_IOERR_TRUNCATE); code != SQLITE_OK) return code;
  sqlite3_int64 old_size = 0;
  file.methods().xFileSize(file.real(), &old_size);
  RememberBefore(file, size, old_size > size ? static_cast<size_t>(old_size - size) : 0);
  return file.methods().xTruncate(file.real(), size);
}

// The disk that is simulated has it now; waiting for the real one would only cost time.
int Sync(sqlite3_file* base, int /*flags*/) {
  File& file = Of(base);
  absl::MutexLock lock(&file.state->mutex);
  if (!file.state->Count() || file.state->fail_syncs) return SQLITE_IOERR_FSYNC;
  file.state->unsynced.erase(*file.path);
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Of(file).methods().xFileSize(Of(file).real(), size);
}
int Lock(sqlite3_file* file, int level) {
  return Of(file).methods().xLock(Of(file).real(), level);
}
int Unlock(sqlite3_file* file, int level) {
  return Of(file).methods().xUnlock(Of(file).real(), level);
}
int CheckReservedLock(sqlite3_file* file, int* out) {
  return Of(file).methods().xCheckReservedLock(Of(file).real(), out);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Of(file).methods().xFileControl(Of(file).real(), operation, argument);
}
int SectorSize(sqlite3_file* file) {
  return Of(file).methods().xSectorSize(Of(file).real());
}
int DeviceCharacteristics(sqlite3_file* file) {
  return Of(file).methods().xDeviceCharacteristics(Of(file).real());
}
int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return Of(file).methods().xShmMap(Of(file).real(), region, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Of(file).methods().xShmLock(Of(file).real(), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) {
  Of(file).methods().xShmBarrier(Of(file).real());
}
int ShmUnmap(sqlite3_file* file, int remove) {
  return Of(file).methods().xShmUnmap(Of(file).real(), remove);
}

// Version 2: with shared memory, which WAL needs, but without memory-mapped pages, which pass no write by us.
constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

int Open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* base, int flags, int* out_flags) {
  FailingVfs::State& state = StateOf(vfs);
  auto* file = new (base) File{{nullptr}, &state, nullptr};
  const int code = state.real->xOpen(state.real, path, file->real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  file->path = new std::string(path == nullptr ? "" : path);
  file->base.pMethods = &kMethods;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs* vfs, int size, char* out) {
  FailingVfs::State& state = StateOf(vfs);
  {
    absl::MutexLock lock(&state.mutex);
    if (state.failed) return state.operations > state.power_until ? EIO : ENOSPC;
  }
  return state.real->xGetLastError(state.real, size, out);
}

// A log that is deleted was copied back and synced before: forgetting its writes loses nothing.
int Delete(sqlite3_vfs* vfs, const char* path, int /*sync*/) {
  FailingVfs::State& state = StateOf(vfs);
  if (state.Admit(SQLITE_IOERR_DELETE) != SQLITE_OK) return SQLITE_IOERR_DELETE;
  {
    absl::MutexLock lock(&state.mutex);
    state.unsynced.erase(path);
  }
  return state.real->xDelete(state.real, path, 0);
}

}  // namespace

FailingVfs::FailingVfs() : state_(std::make_unique<State>()) {
  static int counter = 0;
  state_->name = absl::StrCat("failing-", ++counter);
  state_->real = sqlite3_vfs_find(nullptr);
  // What is not replaced goes to the real one: its other methods do not look at the VFS they are given.
  state_->vfs = *state_->real;
  state_->vfs.zName = state_->name.c_str();
  state_->vfs.pNext = nullptr;
  state_->vfs.pAppData = state_.get();
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.xOpen = Open;
  state_->vfs.xDelete = Delete;
  state_->vfs.xGetLastError = GetLastError;
  sqlite3_vfs_register(&state_->vfs, 0);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
}

const char* FailingVfs::name() const {
  return state_->name.c_str();
}

void FailingVfs::FillDiskAfter(int operations) {
  absl::MutexLock lock(&state_->mutex);
  state_->full_after = state_->operations + operations;
}

void FailingVfs::LimitFileSize(long long bytes) {
  absl::MutexLock lock(&state_->mutex);
  state_->size_limit = bytes;
}

void FailingVfs::FailSyncs(bool fail) {
  absl::MutexLock lock(&state_->mutex);
  state_->fail_syncs = fail;
}

void FailingVfs::FreeDisk() {
  absl::MutexLock lock(&state_->mutex);
  state_->full_after = kNever;
  state_->size_limit = std::numeric_limits<long long>::max();
  state_->failed = false;
}

void FailingVfs::CutPowerAfter(int operations) {
  absl::MutexLock lock(&state_->mutex);
  state_->power_until = state_->operations + operations;
}

void FailingVfs::Restore() {
  absl::MutexLock lock(&state_->mutex);
  for (auto& [path, unsynced] : state_->unsynced) {
    if (path.empty() || !std::filesystem::exists(path)) continue;
    std::FILE* file = std::fopen(path.c_str(), "r+b");
    if (file == nullptr) std::abort();
    for (auto old = unsynced.overwritten.rbegin(); old != unsynced.overwritten.rend(); ++old) {
      if (std::fseek(file, static_cast<long>(old->first), SEEK_SET) != 0 ||
          std::fwrite(old->second.data(), 1, old->second.size(), file) != old->second.size()) {
        std::abort();
      }
    }
    std::fclose(file);
    std::filesystem::resize_file(path, static_cast<uintmax_t>(unsynced.size_before));
  }
  state_->unsynced.clear();
  state_->power_until = kNever;
  state_->failed = false;
}

int FailingVfs::operations() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->operations;
}

bool FailingVfs::failed() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->failed;
}

}  // namespace parlor::testing
