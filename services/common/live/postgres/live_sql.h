// The tables that replicas share, and all statements on them.
//
//   live_replicas  one row a process: its incarnation, the version of its last write, and its lease
//   live_seats     one row a (scope, person), stamped with who wrote it last and that writer's version; one
//   that is
//                  free is kept for ReplicaStore::kRemembered. Version 0: nobody has written it yet
//   live_letters   what is on its way to a process
//
// None of it is logged: who was where has no place in backups, and replicas write it again after a crash of
// the database, which empties these tables.
//
// The planner does not know what is in a parameter. It takes "above this version" for a third of the rows,
// "of this replica" for as many as others have, and JSON for 100 rows, so it would read all seats to find
// one, at each notification. Statements are so written that only an index is worth while:
//   x BETWEEN y AND y    is x = y, and for the planner half a percent
//   OFFSET 0, FOR UPDATE in a lateral query keep it one lookup for each row outside, instead of a join
//   ORDER BY … LIMIT 1   and not EXISTS, which would drop both, and hope to meet a row soon
//   ctid = ANY (ARRAY(…))  fetches the rows that were found
// And of a table that was not analysed yet it knows nothing at all: any index on a column that is asked for
// looks as good as another. So only the primary key begins with the directory, and
//   directory || '' = …  is not asked of an index
//
// `directory` keeps presence and rooms apart. Times of seats are nanoseconds of the services' clocks; leases
// and ages are judged by the database's clock alone.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_SQL_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_SQL_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "services/common/postgres/pool.h"

namespace parlor::live {

inline const std::vector<absl::string_view>& LiveMigrations() {
  static const auto* const steps = new std::vector<absl::string_view>{R"sql(
CREATE SEQUENCE live_incarnations;
CREATE UNLOGGED TABLE live_replicas (
  directory   TEXT NOT NULL,
  name        TEXT NOT NULL,
  incarnation BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  lease       TIMESTAMPTZ NOT NULL,
  has_left    BOOLEAN NOT NULL DEFAULT FALSE,
  lapse_seen  BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (directory, name));
CREATE UNLOGGED TABLE live_seats (
  directory     TEXT NOT NULL,
  scope         TEXT COLLATE "C" NOT NULL,
  person        TEXT COLLATE "C" NOT NULL,
  device        TEXT NOT NULL DEFAULT '',
  session       TEXT NOT NULL DEFAULT '',
  replica       TEXT NOT NULL DEFAULT '',
  details       TEXT NOT NULL DEFAULT '',
  reconnecting  BOOLEAN NOT NULL DEFAULT FALSE,
  since         BIGINT NOT NULL DEFAULT 0,
  claimed_since BIGINT NOT NULL DEFAULT 0,
  taken         BOOLEAN NOT NULL DEFAULT FALSE,
  leaving       SMALLINT NOT NULL DEFAULT 0,
  note          TEXT NOT NULL DEFAULT '',
  at            BIGINT NOT NULL DEFAULT 0,
  writer        TEXT NOT NULL DEFAULT '',
  version       BIGINT NOT NULL DEFAULT 0,
  written       TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (directory, scope, person))
  WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX live_seats_by_version ON live_seats (writer, version);
CREATE INDEX live_seats_by_replica ON live_seats (replica) WHERE taken;
CREATE INDEX live_seats_free ON live_seats (written) WHERE NOT taken;
CREATE UNLOGGED TABLE live_letters (
  id        BIGSERIAL PRIMARY KEY,
  directory TEXT NOT NULL,
  recipient TEXT NOT NULL,
  body      TEXT NOT NULL,
  sent      TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE INDEX live_letters_by_recipient ON live_letters (directory, recipient, id);
)sql"};
  return *steps;
}

// The columns of a seat, in the order in which rows are read.
#define PARLOR_LIVE_SEAT(alias)                                                                    \
  alias ".scope, " alias ".person, " alias ".device, " alias ".session, " alias ".replica, " alias \
        ".details, " alias ".reconnecting, " alias ".since, " alias ".claimed_since, " alias       \
        ".taken, " alias ".leaving, " alias ".note, " alias ".at, " alias ".version"

inline const std::vector<service::postgres::Prepared>& LiveStatements() {
  static const auto* const statements = new std::vector<service::postgres::Prepared>{
      // $1 directory, $2 name, $3 seconds. A version is above all of earlier incarnations.
      {"live_register", R"sql(
INSERT INTO live_replicas (directory, name, incarnation, version, lease)
SELECT $1, $2, n, n << 32, clock_timestamp() + make_interval(secs => $3)
FROM (SELECT nextval('live_incarnations') AS n) AS drawn
ON CONFLICT (directory, name) DO UPDATE SET
  incarnation = excluded.incarnation, version = GREATEST(live_replicas.version, excluded.version),
  lease = excluded.lease, has_left = FALSE, lapse_seen = FALSE
RETURNING incarnation, version)sql"},
      // $1 directory, $2 name, $3 incarnation, $4 seconds, $5 how many versions to take
      {"live_renew", R"sql(
UPDATE live_replicas SET version = version + $5, lease = clock_timestamp() + make_interval(secs => $4)
WHERE directory = $1 AND name = $2 AND incarnation = $3 AND lease > clock_timestamp()
RETURNING version)sql"},
      {"live_leave", R"sql(
UPDATE live_replicas SET lease = clock_timestamp(), has_left = TRUE
WHERE directory = $1 AND name = $2 AND incarnation = $3)sql"},

      // ---- writing; keys are [{"s": scope, "p": person}, …]
      {"live_lock_scope", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))"},
      {"live_count", R"sql(
SELECT k.scope, (SELECT count(*) FROM live_seats AS s
                 WHERE s.directory = $1 AND s.scope BETWEEN k.scope AND k.scope AND s.taken)
FROM json_array_elements_text($2::json) AS k(scope))sql"},
      // Locks seats, and makes those that are not there, one by one and in one order for all, so that nobody
      // waits in a circle: DO UPDATE locks, also where its condition is false and it writes nothing.
      {"live_hold_seats", R"sql(
INSERT INTO live_seats (directory, scope, person)
SELECT $1, k.s, k.p FROM json_to_recordset($2::json) AS k(s TEXT, p TEXT)
ORDER BY k.s COLLATE "C", k.p COLLATE "C"
ON CONFLICT (directory, scope, person) DO UPDATE SET version = live_seats.version WHERE FALSE)sql"},
      // After it: a statement sees what was there when it began, and not what it then had to wait for.
      {"live_held_seats", "SELECT " PARLOR_LIVE_SEAT("seat") R"sql(
FROM json_to_recordset($2::json) AS k(s TEXT, p TEXT)
CROSS JOIN LATERAL (
  SELECT * FROM live_seats AS s WHERE s.directory = $1 AND s.scope = k.s AND s.person = k.p
  OFFSET 0) AS seat)sql"},
      // They are held; ON CONFLICT is the way to them that needs no plan.
      {"live_write_seats", R"sql(
INSERT INTO live_seats (
  directory, scope, person, device, session, replica, details, reconnecting, since, claimed_since, taken, leaving,
  note, at, writer, version, written)
SELECT $1, r.s, r.p, r.device, r.session, r.replica, r.details, r.reconnecting, r.since, r.claimed_since, r.taken,
  r.leaving, r.note, r.at, $3, $4::bigint, now()
FROM json_to_recordset($2::json) AS r(
  s TEXT, p TEXT, device TEXT, session TEXT, replica TEXT, details TEXT, reconnecting BOOLEAN, since BIGINT,
  claimed_since BIGINT, taken BOOLEAN, leaving SMALLINT, note TEXT, at BIGINT)
ON CONFLICT (directory, scope, person) DO UPDATE SET
  device = excluded.device, session = excluded.session, replica = excluded.replica, details = excluded.details,
  reconnecting = excluded.reconnecting, since = excluded.since, claimed_since = excluded.claimed_since,
  taken = excluded.taken, leaving = excluded.leaving, note = excluded.note, at = excluded.at,
  writer = excluded.writer, version = excluded.version, written = excluded.written)sql"},
      // $2 letters [{"r": recipient, "b": body}, …], $3 the sender
      {"live_send", R"sql(
INSERT INTO live_letters (directory, recipient, body)
SELECT $1, replica.name, l.b
FROM json_to_recordset($2::json) AS l(r TEXT, b TEXT)
JOIN live_replicas AS replica ON replica.directory = $1 AND replica.lease > clock_timestamp()
  AND CASE WHEN l.r = '' THEN replica.name <> $3 ELSE replica.name = l.r END)sql"},
      {"live_notify", "SELECT pg_notify($1, $2)"},

      // ---- reading
      {"live_versions", R"sql(
SELECT name, incarnation, version, lease > clock_timestamp() FROM live_replicas WHERE directory = $1)sql"},
      // $2 [{"w": writer, "v": version that was seen, "n": the newest}, …]
      {"live_news", "SELECT " PARLOR_LIVE_SEAT("seat") R"sql(
FROM json_to_recordset($2::json) AS seen(w TEXT, v BIGINT, n BIGINT)
CROSS JOIN LATERAL (
  SELECT * FROM live_seats AS s
  WHERE s.writer = seen.w AND s.version > seen.v AND s.version <= seen.n AND s.directory || '' = $1
  OFFSET 0) AS seat)sql"},
      // $2, $3 the last one of the page before, $4 at most so many
      {"live_page", "SELECT " PARLOR_LIVE_SEAT("seat") R"sql(
FROM live_seats AS seat
WHERE seat.directory = $1 AND seat.taken AND (seat.scope, seat.person) > ($2, $3)
ORDER BY seat.scope, seat.person
LIMIT $4)sql"},
      {"live_receive", R"sql(
DELETE FROM live_letters WHERE directory = $1 AND recipient = $2 RETURNING id, body)sql"},

      // ---- those who ended; $2 whether lapsed leases count, too
      {"live_orphans", R"sql(
SELECT EXISTS (
  SELECT FROM live_replicas AS r
  WHERE r.directory = $1 AND r.lease < clock_timestamp() AND (r.has_left OR $2)
    AND (NOT (r.lapse_seen OR r.has_left)
         OR (SELECT TRUE FROM live_seats AS s
             WHERE s.replica BETWEEN r.name AND r.name AND s.taken
             ORDER BY s.replica LIMIT 1))))sql"},
      {"live_see_lapses", R"sql(
UPDATE live_replicas SET lapse_seen = TRUE
WHERE directory = $1 AND name IN (
  SELECT name FROM live_replicas
  WHERE directory = $1 AND lease < clock_timestamp() AND NOT lapse_seen AND NOT has_left AND $2
  FOR UPDATE SKIP LOCKED))sql"},
      // $3 the adopter, $4 its version, $5 now, $6 at most so many. It waits for nobody, so in any order.
      {"live_adopt", R"sql(
UPDATE live_seats AS seat SET
  replica = $3, since = CASE WHEN seat.reconnecting THEN seat.since ELSE $5 END, reconnecting = TRUE, at = $5,
  writer = $3, version = $4, written = now()
WHERE seat.ctid = ANY (ARRAY(
  SELECT orphan.place FROM live_replicas AS r
  CROSS JOIN LATERAL (
    SELECT s.ctid AS place, s.directory AS of FROM live_seats AS s
    WHERE s.replica BETWEEN r.name AND r.name AND s.taken
    ORDER BY s.replica
    LIMIT $6
    FOR UPDATE SKIP LOCKED) AS orphan
  WHERE r.directory = $1 AND r.lease < clock_timestamp() AND (r.has_left OR $2) AND orphan.of = $1
  LIMIT $6))
RETURNING )sql" PARLOR_LIVE_SEAT("seat")},

      // $1 seconds that free seats and ended replicas are remembered; letters are for a minute. What somebody
      // holds is in use again, or goes the next time: whoever waited here could be waited for.
      {"live_purge_seats", R"sql(
DELETE FROM live_seats WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM live_seats WHERE NOT taken AND written < now() - make_interval(secs => $1)
  ORDER BY written
  LIMIT $2
  FOR UPDATE SKIP LOCKED)))sql"},
      {"live_purge_replicas", R"sql(
DELETE FROM live_replicas AS r
WHERE r.lease < now() - make_interval(secs => $1)
  AND (SELECT TRUE FROM live_seats AS s
       WHERE s.replica BETWEEN r.name AND r.name AND s.taken
       ORDER BY s.replica LIMIT 1) IS NULL)sql"},
      {"live_purge_letters", R"sql(
DELETE FROM live_letters WHERE id IN (
  SELECT id FROM live_letters WHERE sent < now() - interval '1 minute' FOR UPDATE SKIP LOCKED))sql"},
  };
  return *statements;
}

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_LIVE_SQL_H_
