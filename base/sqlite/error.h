// SQLite's result codes as absl::Status. Pure; thread-safe as far as the connection is.
#ifndef PARLOR_BASE_SQLITE_ERROR_H_
#define PARLOR_BASE_SQLITE_ERROR_H_

#include "absl/status/status.h"

typedef struct sqlite3 sqlite3;  // NOLINT(modernize-use-using): as SQLite declares it

namespace parlor::sqlite {

// The status for `code`, which the last call on `db` returned. It must be asked for before the next call,
// which would overwrite SQLite's own words. Not for SQLITE_OK, SQLITE_ROW and SQLITE_DONE.
//
//   ALREADY_EXISTS       broken UNIQUE or PRIMARY KEY
//   FAILED_PRECONDITION  broken FOREIGN KEY
//   RESOURCE_EXHAUSTED   full disk, or a quota or file size limit that was reached
//   UNAVAILABLE          locked by somebody else beyond the busy timeout
//   PERMISSION_DENIED    the file may not be opened or written
//   DATA_LOSS            damaged, or no database
//   INTERNAL             everything else
absl::Status StatusOf(sqlite3* db, int code);

}  // namespace parlor::sqlite

#endif  // PARLOR_BASE_SQLITE_ERROR_H_
