#include "services/common/postgres/errors.h"

#include <pqxx/pqxx>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace parlor::service::postgres {
namespace {

struct Meaning {
  absl::string_view prefix;  // of an SQLSTATE (PostgreSQL manual, appendix A)
  absl::StatusCode code;
};

// The first prefix that fits decides.
constexpr Meaning kMeanings[] = {
    {"23505", absl::StatusCode::kAlreadyExists},     // unique_violation
    {"23", absl::StatusCode::kFailedPrecondition},   // other integrity violations
    {"40003", absl::StatusCode::kUnavailable},       // statement_completion_unknown
    {"40", absl::StatusCode::kAborted},              // serialization_failure, deadlock_detected
    {"57014", absl::StatusCode::kDeadlineExceeded},  // query_canceled: statement_timeout
    {"55P03", absl::StatusCode::kDeadlineExceeded},  // lock_not_available: lock_timeout
    {"25P03", absl::StatusCode::kDeadlineExceeded},  // idle_in_transaction_session_timeout
    {"25006", absl::StatusCode::kUnavailable},       // read_only_sql_transaction: a standby
    {"57P", absl::StatusCode::kUnavailable},         // shutting down, crashed, starting
    {"08", absl::StatusCode::kUnavailable},          // connection exceptions
    {"53", absl::StatusCode::kResourceExhausted},    // too many connections, disk full, out of memory
    {"22021", absl::StatusCode::kInvalidArgument},   // character_not_in_repertoire: a NUL, invalid UTF-8
};

absl::StatusCode CodeOf(absl::string_view state) {
  for (const Meaning& meaning : kMeanings) {
    if (!state.empty() && absl::StartsWith(state, meaning.prefix)) return meaning.code;
  }
  return absl::StatusCode::kInternal;
}

// What a person is told; it names no table, host or statement.
absl::string_view MessageFor(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kAlreadyExists:
      return "this already exists";
    case absl::StatusCode::kFailedPrecondition:
      return "this does not fit what the database holds";
    case absl::StatusCode::kUnavailable:
      return "the database cannot be reached now: try again";
    case absl::StatusCode::kAborted:
      return "somebody else changed this at the same moment: try again";
    case absl::StatusCode::kDeadlineExceeded:
      return "the database took too long: try again";
    case absl::StatusCode::kResourceExhausted:
      return "the database is full or has too many connections";
    case absl::StatusCode::kInvalidArgument:
      return "the database takes only valid UTF-8 text without NUL characters";
    default:
      return "the database refused a statement";
  }
}

absl::Status Describe(absl::StatusCode code, absl::string_view detail, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kDetailPayload, absl::Cord(absl::StripTrailingAsciiWhitespace(detail)));
  return status;
}

absl::Status Describe(absl::StatusCode code, absl::string_view detail) {
  return Describe(code, detail, MessageFor(code));
}

}  // namespace

absl::Status FromException(const std::exception& error) {
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    return Describe(CodeOf(sql->sqlstate()), sql->what());
  }
  if (dynamic_cast<const pqxx::in_doubt_error*>(&error) != nullptr) {
    return Describe(absl::StatusCode::kUnavailable, error.what(),
                    "the database's answer was lost: this may have happened or not");
  }
  // These are no sql_error in libpqxx 6 and bring no SQLSTATE along.
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error) != nullptr) {
    return Describe(absl::StatusCode::kUnavailable, error.what());
  }
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) {
    return Describe(absl::StatusCode::kAborted, error.what());
  }
  if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) {
    return Describe(absl::StatusCode::kResourceExhausted, error.what());
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) {
    return Describe(absl::StatusCode::kUnavailable, error.what());
  }
  return Describe(absl::StatusCode::kInternal, error.what());
}

absl::Status ConnectionLost(absl::string_view detail) {
  return Describe(absl::StatusCode::kUnavailable, detail);
}

absl::Status Guarded(absl::FunctionRef<absl::Status()> body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return FromException(error);
  }
}

}  // namespace parlor::service::postgres
