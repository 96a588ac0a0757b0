#include "base/sqlite/error.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace parlor::sqlite {
namespace {

// What the operating system said last about the database (SQLITE_FCNTL_FILE_POINTER) or its log
// (SQLITE_FCNTL_JOURNAL_POINTER).
int LastErrno(sqlite3* db, int which_file) {
  sqlite3_file* file = nullptr;
  int error = 0;
  if (sqlite3_file_control(db, "main", which_file, &file) == SQLITE_OK && file != nullptr &&
      file->pMethods != nullptr) {
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  return error;
}

// SQLite reports ENOSPC on a write as SQLITE_FULL, but other calls and the other limits as I/O errors. Its
// sqlite3_system_errno() knows nothing of a commit that failed, so the files are asked too.
bool NoSpaceLeft(sqlite3* db) {
  for (const int error : {sqlite3_system_errno(db), LastErrno(db, SQLITE_FCNTL_JOURNAL_POINTER),
                          LastErrno(db, SQLITE_FCNTL_FILE_POINTER)}) {
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) return true;
  }
  return false;
}

struct Meaning {
  absl::StatusCode code;
  absl::string_view advice;
};

Meaning MeaningOf(sqlite3* db, int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {absl::StatusCode::kAlreadyExists, ""};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {absl::StatusCode::kFailedPrecondition, ""};
    default:
      break;
  }
  constexpr int kPrimaryCode = 0xff;
  switch (code & kPrimaryCode) {
    case SQLITE_FULL:
      return {absl::StatusCode::kResourceExhausted, "no space left; free some and try again"};
    case SQLITE_IOERR:
      if (NoSpaceLeft(db)) {
        return {absl::StatusCode::kResourceExhausted, "no space left; free some and try again"};
      }
      return {absl::StatusCode::kInternal, "reading or writing failed; see the system's log"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {absl::StatusCode::kUnavailable, "in use by another program; try again"};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {absl::StatusCode::kPermissionDenied, "check owner and permissions of file and directory"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {absl::StatusCode::kDataLoss, "damaged or not a database; restore it from a backup"};
    default:
      return {absl::StatusCode::kInternal, ""};
  }
}

}  // namespace

absl::Status StatusOf(sqlite3* db, int code) {
  // A connection that could not even be allocated has no file name and no words of its own.
  const char* file = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  // A copy: to find the meaning the connection is asked more.
  const std::string words = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  const Meaning meaning = MeaningOf(db, code);
  return absl::Status(
      meaning.code,
      absl::StrCat("database ", file == nullptr || *file == '\0' ? "in memory" : file, ": ", words,
                   " (SQLite ", code, ")", meaning.advice.empty() ? "" : ": ", meaning.advice));
}

}  // namespace parlor::sqlite
