// The secrets of a server whose services run one by one: `<directory>/` has a folder for each of those who
// are to read it, so that nobody is given more than it needs.
//
//   authority/            trust/ (services/common/trust.h) and database-password: for this program alone
//   service/              root.pem, service.pem, service.key: for the services and the gateway
//   people-ca/            people-ca.pem, people-ca.key: for auth
//   database/             pgpass: for the services, as libpq reads it
//   postgres/             password: for PostgreSQL
//   public/               root.pem, server-id: for everybody
//
// Folders are 0700 and secrets 0600, apart from postgres/: PostgreSQL's images have users of their own, so
// that it is open to everybody to whom it is mounted, as Docker's own secrets are.
#ifndef PARLOR_SERVICES_SETUP_SECRETS_H_
#define PARLOR_SERVICES_SETUP_SECRETS_H_

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::setup {

// Makes what is missing, renews the service certificate when it is due, and copies authority/ to those who
// read it. What is there stays, so that it may run at every start. The server's id comes back.
//
// FAILED_PRECONDITION when a part of authority/ is gone, or all of it while others still have copies: nothing
// is made anew over it, since a new root is another server. ABORTED while another one is at it.
absl::StatusOr<std::string> EnsureSecrets(const std::filesystem::path& directory,
                                          const std::string& database_user, absl::Time now);

}  // namespace parlor::setup

#endif  // PARLOR_SERVICES_SETUP_SECRETS_H_
