#include "services/auth/store/open_store.h"

#include <utility>

#include "base/status.h"
#include "services/auth/store/account_sql.h"
#include "services/auth/store/sql_account_store.h"

namespace parlor::auth {

absl::StatusOr<std::unique_ptr<AccountStore>> OpenAccountStore(const service::SqlOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(auto database, service::OpenSql(options, sql::Schema()));
  return std::make_unique<SqlAccountStore>(std::move(database));
}

}  // namespace parlor::auth
