#include "base/sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/base/sqlite/test_database.h"

namespace parlor::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

mode_t ModeOf(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

std::vector<std::string> Names(Database& db) {
  std::vector<std::string> names;
  absl::StatusOr<Statement> query = db.Prepare("SELECT name FROM people ORDER BY name");
  EXPECT_TRUE(query.ok()) << query.status();
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    EXPECT_TRUE(row.ok()) << row.status();
    if (!row.ok() || !*row) return names;
    names.push_back(query->Text(0));
  }
}

absl::Status Add(Database& db, absl::string_view name) {
  absl::StatusOr<Statement> insert = db.Prepare("INSERT INTO people (name) VALUES (?)");
  if (!insert.ok()) return insert.status();
  insert->BindText(1, name);
  return insert->Run();
}

class PeopleTest : public DatabaseTest {
 protected:
  PeopleTest() : db_(Open()) {
    EXPECT_TRUE(db_.Execute("CREATE TABLE people (name TEXT PRIMARY KEY, blob BLOB, number INTEGER);"
                            "CREATE TABLE pets (id INTEGER PRIMARY KEY, owner TEXT REFERENCES people (name)"
                            "                   DEFERRABLE INITIALLY DEFERRED, tag TEXT UNIQUE)")
                    .ok());
  }

  Database db_;
};

TEST_F(DatabaseTest, IsOpenedAsPromised) {
  Database db = Open();
  EXPECT_EQ(Number(db, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(Number(db, "PRAGMA synchronous"), 2);
  auto mode = db.Prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode.ok());
  ASSERT_TRUE(mode->Step().value());
  EXPECT_EQ(mode->Text(0), "wal");
  Database fast = Open({.full_sync = false});
  EXPECT_EQ(Number(fast, "PRAGMA synchronous"), 1);
}

TEST_F(DatabaseTest, IsClosedToOthersWithItsLog) {
  const mode_t old_mask = ::umask(0);
  Database db = Open();
  ASSERT_TRUE(db.Execute("CREATE TABLE t (x)").ok());
  ::umask(old_mask);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(ModeOf(path().string() + suffix), 0600u) << suffix;
    ASSERT_EQ(::chmod((path().string() + suffix).c_str(), 0666), 0);
  }
  Database again = Open();
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(ModeOf(path().string() + suffix), 0600u) << suffix;
}

TEST_F(DatabaseTest, InMemoryIsPrivateToItsConnection) {
  auto one = Database::Open(":memory:");
  auto other = Database::Open(":memory:");
  ASSERT_TRUE(one.ok() && other.ok());
  ASSERT_TRUE(one->Execute("CREATE TABLE t (x)").ok());
  EXPECT_EQ(Number(*one, "SELECT count(*) FROM sqlite_schema"), 1);
  EXPECT_EQ(Number(*other, "SELECT count(*) FROM sqlite_schema"), 0);
  EXPECT_FALSE(std::filesystem::exists(":memory:"));
}

TEST_F(DatabaseTest, SaysWhatCannotBeOpened) {
  EXPECT_EQ(Database::Open(path() / "missing" / "x.db").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Database::Open(path().parent_path()).status().code(), absl::StatusCode::kFailedPrecondition);
  std::filesystem::create_symlink("nowhere", path().parent_path() / "link");
  EXPECT_EQ(Database::Open(path().parent_path() / "link").status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(PeopleTest, ValuesComeBackAsTheyWent) {
  const std::string bytes("\0\xff\xfe\0", 4);
  const std::string text("a\0ü", 4);
  const struct {
    std::string text;
    std::string blob;
    int64_t number;
  } rows[] = {{"", "", 0},
              {text, bytes, std::numeric_limits<int64_t>::min()},
              {std::string(100'000, 'x'), std::string(100'000, '\0'), std::numeric_limits<int64_t>::max()}};
  for (const auto& row : rows) {
    auto insert = db_.Prepare("INSERT INTO people VALUES (?, ?, ?)");
    ASSERT_TRUE(insert.ok());
    insert->BindText(1, row.text);
    insert->BindBlob(2, row.blob);
    insert->Bind(3, row.number);
    ASSERT_TRUE(insert->Run().ok());
    auto query =
        db_.Prepare("SELECT name, blob, number, typeof(name), typeof(blob) FROM people WHERE name = ?");
    ASSERT_TRUE(query.ok());
    query->BindText(1, row.text);
    ASSERT_TRUE(query->Step().value());
    EXPECT_EQ(query->Text(0), row.text);
    EXPECT_EQ(query->Text(1), row.blob);
    EXPECT_EQ(query->Int(2), row.number);
    EXPECT_EQ(query->Text(3), "text");
    EXPECT_EQ(query->Text(4), "blob");
    EXPECT_FALSE(query->Step().value());
  }
}

TEST_F(PeopleTest, AnEmptyViewIsNotNull) {
  auto query = db_.Prepare("SELECT ?1 IS NULL, ?2 IS NULL, ?3 IS NULL, ?3, ?4");
  ASSERT_TRUE(query.ok());
  query->BindText(1, absl::string_view());
  query->BindBlob(2, absl::string_view());
  query->BindNull(3);
  query->Bind(4, 42);
  ASSERT_TRUE(query->Step().value());
  EXPECT_EQ(query->Int(0), 0);
  EXPECT_EQ(query->Int(1), 0);
  EXPECT_EQ(query->Int(2), 1);
  EXPECT_TRUE(query->IsNull(3));
  EXPECT_EQ(query->Int(3), 0);
  EXPECT_EQ(query->Text(3), "");
  EXPECT_FALSE(query->IsNull(4));
  EXPECT_EQ(query->Text(4), "42");
}

TEST_F(PeopleTest, AStatementComesBackFreshAfterItsScope) {
  ASSERT_TRUE(Add(db_, "ann").ok());
  ASSERT_TRUE(Add(db_, "bob").ok());
  const char sql[] = "SELECT name FROM people WHERE name = ? OR ? IS NULL ORDER BY name";
  {
    auto query = db_.Prepare(sql);
    ASSERT_TRUE(query.ok());
    query->BindText(1, "bob");
    query->BindText(2, "");
    ASSERT_TRUE(query->Step().value());  // left in the middle
    EXPECT_EQ(query->Text(0), "bob");
  }
  auto query = db_.Prepare(sql);
  ASSERT_TRUE(query.ok());
  ASSERT_TRUE(query->Step().value());
  EXPECT_EQ(query->Text(0), "ann") << "the old binding is still there";
}

TEST_F(PeopleTest, AStatementRunsAgainWithNewBindings) {
  auto insert = db_.Prepare("INSERT INTO people (name) VALUES (?)");
  ASSERT_TRUE(insert.ok());
  for (const char* name : {"ann", "bob", "ann", "cy"}) {
    insert->BindText(1, name);
    const absl::Status status = insert->Run();
    EXPECT_TRUE(status.ok() || absl::IsAlreadyExists(status)) << status;
  }
  EXPECT_THAT(Names(db_), ElementsAre("ann", "bob", "cy"));
}

TEST_F(PeopleTest, AStatementMoves) {
  auto prepared = db_.Prepare("SELECT 7");
  ASSERT_TRUE(prepared.ok());
  {
    Statement query = *std::move(prepared);
    ASSERT_TRUE(query.Step().value());
    EXPECT_EQ(query.Int(0), 7);
  }
  EXPECT_EQ(Number(db_, "SELECT 7"), 7) << "given back once the new owner is gone";
}

TEST_F(PeopleTest, ABindingThatFailsMakesEveryStepFail) {
  auto insert = db_.Prepare("INSERT INTO people (name) VALUES (?)");
  ASSERT_TRUE(insert.ok());
  insert->BindText(1, "ann");
  insert->Bind(2, 5);
  EXPECT_EQ(insert->Step().status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(insert->Step().status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(Names(db_), ElementsAre());
}

TEST_F(PeopleTest, ErrorsHaveTheirCodes) {
  ASSERT_TRUE(Add(db_, "ann").ok());
  ASSERT_TRUE(db_.Execute("INSERT INTO pets VALUES (1, 'ann', 'rex')").ok());
  const struct {
    const char* sql;
    absl::StatusCode code;
  } cases[] = {
      {"INSERT INTO people (name) VALUES ('ann')", absl::StatusCode::kAlreadyExists},
      {"INSERT INTO pets VALUES (1, 'ann', 'tom')", absl::StatusCode::kAlreadyExists},
      {"INSERT INTO pets VALUES (2, 'ann', 'rex')", absl::StatusCode::kAlreadyExists},
      {"INSERT INTO pets VALUES (3, 'nobody', 'leo')", absl::StatusCode::kFailedPrecondition},
      {"CREATE TABLE s (x CHECK (x > 0)); INSERT INTO s VALUES (-1)", absl::StatusCode::kInternal},
      {"SELEKT", absl::StatusCode::kInternal},
      {"INSERT INTO people (name) VALUES (\"x\")", absl::StatusCode::kInternal},
  };
  for (const auto& c : cases) {
    const absl::Status status = db_.Execute(c.sql);
    EXPECT_EQ(status.code(), c.code) << c.sql << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path().string()));
  }
}

TEST_F(PeopleTest, PrepareTakesExactlyOneStatement) {
  for (const char* sql : {"", "  ", "-- nothing", "SELECT 1; SELECT 2"}) {
    EXPECT_EQ(db_.Prepare(sql).status().code(), absl::StatusCode::kInternal) << sql;
  }
  EXPECT_EQ(db_.Prepare(absl::string_view()).status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(db_.Prepare("SELECT 1; \n").ok());
}

TEST_F(PeopleTest, TheCacheIsBoundedAndKeepsWhatIsInUse) {
  auto held = db_.Prepare("SELECT 'held'");
  ASSERT_TRUE(held.ok());
  ASSERT_TRUE(held->Step().value());
  for (size_t i = 0; i < 3 * Database::kMaxCachedStatements; ++i) {
    ASSERT_EQ(Number(db_, absl::StrCat("SELECT ", i)), static_cast<int64_t>(i));
  }
  EXPECT_EQ(held->Text(0), "held");
}

TEST_F(PeopleTest, CountsChangesAndIds) {
  ASSERT_TRUE(db_.Execute("INSERT INTO people (name) VALUES ('ann'), ('bob'), ('cy')").ok());
  EXPECT_EQ(db_.changes(), 3);
  ASSERT_TRUE(db_.Execute("DELETE FROM people WHERE name = 'nobody'").ok());
  EXPECT_EQ(db_.changes(), 0);
  ASSERT_TRUE(db_.Execute("INSERT INTO pets (id, owner) VALUES (77, 'ann')").ok());
  EXPECT_EQ(db_.last_insert_id(), 77);
}

TEST_F(PeopleTest, ADatabaseMoves) {
  ASSERT_TRUE(Add(db_, "ann").ok());
  Database moved = std::move(db_);
  EXPECT_THAT(Names(moved), ElementsAre("ann"));
  auto other = Database::Open(":memory:");
  ASSERT_TRUE(other.ok());
  moved = *std::move(other);
  EXPECT_EQ(Number(moved, "SELECT count(*) FROM sqlite_schema"), 0);
}

TEST_F(PeopleTest, TransactionCommits) {
  ASSERT_TRUE(db_.Transaction([&]() -> absl::Status { return Add(db_, "ann"); }).ok());
  Database other = Open();
  EXPECT_THAT(Names(other), ElementsAre("ann"));
}

TEST_F(PeopleTest, TransactionRollsBackWhenTheBodyFails) {
  const absl::Status status = db_.Transaction([&]() -> absl::Status {
    EXPECT_TRUE(Add(db_, "ann").ok());
    return absl::CancelledError("no");
  });
  EXPECT_EQ(status, absl::CancelledError("no"));
  EXPECT_THAT(Names(db_), ElementsAre());
  EXPECT_TRUE(db_.Transaction([&]() -> absl::Status { return Add(db_, "bob"); }).ok());
}

TEST_F(PeopleTest, TransactionRollsBackWhenTheBodyThrows) {
  const auto throwing = [&]() -> absl::Status {
    EXPECT_TRUE(Add(db_, "ann").ok());
    throw std::runtime_error("no");
  };
  EXPECT_THROW((void)db_.Transaction(throwing), std::runtime_error);
  EXPECT_THAT(Names(db_), ElementsAre());
  EXPECT_TRUE(Add(db_, "bob").ok()) << "no transaction is left open";
}

TEST_F(PeopleTest, TransactionRollsBackWhenTheCommitFails) {
  // The foreign key is deferred: the insert succeeds and only the commit finds nobody of that name.
  const absl::Status status = db_.Transaction(
      [&]() -> absl::Status { return db_.Execute("INSERT INTO pets (owner) VALUES ('nobody')"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(Number(db_, "SELECT count(*) FROM pets"), 0);
  EXPECT_TRUE(db_.Transaction([&]() -> absl::Status { return Add(db_, "ann"); }).ok());
}

TEST_F(PeopleTest, ANestedTransactionIsRefusedAndTheOuterOneGoesOn) {
  const absl::Status outer = db_.Transaction([&]() -> absl::Status {
    const absl::Status inner = db_.Transaction([&]() -> absl::Status { return Add(db_, "inner"); });
    EXPECT_EQ(inner.code(), absl::StatusCode::kInternal) << inner;
    return Add(db_, "outer");
  });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_THAT(Names(db_), ElementsAre("outer"));
}

using DatabaseDeathTest = DatabaseTest;

TEST_F(DatabaseDeathTest, AbortsWhenAStatementIsAskedForTwice) {
  Database db = Open();
  auto first = db.Prepare("SELECT 1");
  ASSERT_TRUE(first.ok());
  EXPECT_DEATH((void)db.Prepare("SELECT 1"), "while in use: SELECT 1");
}

TEST_F(DatabaseDeathTest, AbortsWhenClosedWithAStatementInUse) {
  const auto close_too_early = [&] {
    auto db = std::make_unique<Database>(Open());
    auto query = db->Prepare("SELECT 1");
    db.reset();
  };
  EXPECT_DEATH(close_too_early(), "while in use by: SELECT 1");
}

}  // namespace
}  // namespace parlor::sqlite
