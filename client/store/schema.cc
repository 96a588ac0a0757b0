#include "client/store/schema.h"

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace parlor::client {
namespace {

// Never changed once released: later versions append steps.
//
// A stream is what one start of one device wrote in one conversation. Its marks hold for every message up to
// that number, so that marking costs the same for one message and for a million.
//
// `messages` is ordered by stream and number, so that a burst is appended to a few pages; `history` leads by
// time. Rows of both repeat the conversation rather than look it up. References are not declared on the path
// of every message: nothing they point to is ever removed.
//
// A run is a part of a stream without a gap, told by its ends: the latest run of a stream is found without
// counting.
//
// Integers are signed in SQLite: epochs are kept with the top bit flipped, which keeps their order.
constexpr absl::string_view kVersion1 = R"sql(
CREATE TABLE key_check (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE conversations (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE streams (
  id           INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversations (id),
  device       TEXT NOT NULL,
  epoch        INTEGER NOT NULL,
  sender       TEXT NOT NULL,
  own          INTEGER NOT NULL,
  sent         INTEGER NOT NULL DEFAULT 0,
  delivered    INTEGER NOT NULL DEFAULT 0,
  read         INTEGER NOT NULL DEFAULT 0,
  UNIQUE (conversation, device, epoch)
) STRICT;

CREATE TABLE messages (
  stream       INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  logical      INTEGER NOT NULL,
  stored_at    INTEGER NOT NULL,
  mark         INTEGER NOT NULL,
  proof        INTEGER NOT NULL,
  via          TEXT NOT NULL,
  content      BLOB NOT NULL,
  PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX history ON messages (conversation, time, logical);

CREATE TABLE unread (
  conversation INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  logical      INTEGER NOT NULL,
  stream       INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  PRIMARY KEY (conversation, time, logical, stream, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  stream INTEGER NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
  user     TEXT PRIMARY KEY,
  consent  INTEGER NOT NULL,
  blocked  INTEGER NOT NULL,
  since    INTEGER NOT NULL,
  device   TEXT NOT NULL,
  key_spki BLOB NOT NULL,
  verified INTEGER NOT NULL
) STRICT;
CREATE TABLE contact_addresses (
  user     TEXT NOT NULL REFERENCES contacts (user),
  position INTEGER NOT NULL,
  ip       TEXT NOT NULL,
  port     INTEGER NOT NULL,
  PRIMARY KEY (user, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  topic   TEXT NOT NULL,
  ticket  TEXT NOT NULL,
  entered INTEGER NOT NULL
) STRICT;

CREATE TABLE authors (
  room   TEXT NOT NULL,
  device TEXT NOT NULL,
  user   TEXT NOT NULL,
  chain  BLOB NOT NULL,
  ticket TEXT NOT NULL,
  PRIMARY KEY (room, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name   TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;
)sql";

constexpr absl::string_view kCheckText = "parlor";
constexpr absl::string_view kCheckContext = "key check";

}  // namespace

absl::Status PrepareSchema(sqlite::Database& db) {
  return sqlite::Migrate(db, {kVersion1});
}

absl::Status CheckKey(sqlite::Database& db, const Sealer& sealer) {
  return db.Transaction([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(auto query, db.Prepare("SELECT sealed FROM key_check"));
    PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) {
      PARLOR_ASSIGN_OR_RETURN(auto insert, db.Prepare("INSERT INTO key_check (id, sealed) VALUES (1, ?)"));
      insert.BindBlob(1, sealer.Seal(kCheckText, kCheckContext));
      return insert.Run();
    }
    if (sealer.Open(query.Text(0), kCheckContext).ok()) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "the history was sealed with another key: bring back the key that belongs to it, or move the history "
        "away to start a new one");
  });
}

}  // namespace parlor::client
