// The tables of the client's store, and their history.
#ifndef PARLOR_CLIENT_STORE_SCHEMA_H_
#define PARLOR_CLIENT_STORE_SCHEMA_H_

#include "absl/status/status.h"
#include "base/sqlite/database.h"
#include "client/store/sealer.h"

namespace parlor::client {

// Brings a new or older file to this program's version. FAILED_PRECONDITION: it is of a newer one.
absl::Status PrepareSchema(sqlite::Database& db);

// The first sealer leaves a mark in the file that only its key opens. FAILED_PRECONDITION: this is another.
absl::Status CheckKey(sqlite::Database& db, const Sealer& sealer);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_SCHEMA_H_
