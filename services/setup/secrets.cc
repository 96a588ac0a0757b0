#include "services/setup/secrets.h"

#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/random.h"
#include "base/status.h"
#include "services/common/trust.h"

namespace parlor::setup {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<FileLock> Lock(const fs::path& authority) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<FileLock> lock, FileLock::TryTake(authority / "lock"));
  if (lock.has_value()) return *std::move(lock);
  return absl::AbortedError(
      absl::StrCat(authority.string(), " is in use by another parlor-setup: try again"));
}

absl::Status CheckNotLost(const fs::path& trust, const fs::path& server_id) {
  std::error_code error;
  if (fs::exists(trust, error) || !fs::exists(server_id, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      trust.string(), " is gone, but ", server_id.string(),
      " says that this server has run before: bring it back from a backup. (To begin as another server, with "
      "which everybody has to register anew, remove that file too.)"));
}

// Leaves alone a file that holds this already: those who watch it see no change.
absl::Status WriteIfOther(const fs::path& path, const std::string& contents, mode_t mode) {
  const absl::StatusOr<std::string> held = ReadFile(path);
  if (held.ok() && *held == contents) return absl::OkStatus();
  return WriteFileAtomically(path, contents, mode);
}

absl::Status Copy(const fs::path& from, const fs::path& to, const std::string& name, mode_t mode) {
  PARLOR_ASSIGN_OR_RETURN(const std::string contents, ReadFile(from / name));
  return WriteIfOther(to / name, contents, mode);
}

absl::Status HandOut(const fs::path& trust, const fs::path& directory, const std::string& server_id) {
  const fs::path service = directory / "service";
  const fs::path people = directory / "people-ca";
  const fs::path everybody = directory / "public";
  PARLOR_RETURN_IF_ERROR(Copy(trust, service, "service.key", kPrivateFile));
  PARLOR_RETURN_IF_ERROR(Copy(trust, service, "service.pem", kPublicFile));
  PARLOR_RETURN_IF_ERROR(Copy(trust, service, "root.pem", kPublicFile));
  PARLOR_RETURN_IF_ERROR(Copy(trust, people, "people-ca.key", kPrivateFile));
  PARLOR_RETURN_IF_ERROR(Copy(trust, people, "people-ca.pem", kPublicFile));
  PARLOR_RETURN_IF_ERROR(Copy(trust, everybody, "root.pem", kPublicFile));
  return WriteIfOther(everybody / "server-id", absl::StrCat(server_id, "\n"), kPublicFile);
}

absl::StatusOr<std::string> EnsureDatabasePassword(const fs::path& path) {
  absl::StatusOr<std::string> password = ReadFile(path);
  if (!absl::IsNotFound(password.status())) return password;
  const std::string made = RandomId();
  PARLOR_RETURN_IF_ERROR(WriteFileAtomically(path, made));
  return made;
}

absl::Status HandOutDatabasePassword(const fs::path& directory, const std::string& user) {
  PARLOR_ASSIGN_OR_RETURN(const std::string password,
                          EnsureDatabasePassword(directory / "authority" / "database-password"));
  PARLOR_RETURN_IF_ERROR(WriteIfOther(directory / "postgres" / "password", password, kPublicFile));
  const std::string escaped = absl::StrReplaceAll(user, {{"\\", "\\\\"}, {":", "\\:"}});
  return WriteIfOther(directory / "database" / "pgpass", absl::StrCat("*:*:*:", escaped, ":", password, "\n"),
                      kPrivateFile);
}

absl::Status MakeFolders(const fs::path& directory) {
  for (const char* name : {"authority", "service", "people-ca", "database", "postgres", "public"}) {
    PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(directory / name));
  }
  for (const char* name : {"postgres", "public"}) {
    const fs::path open = directory / name;
    if (::chmod(open.c_str(), 0755) == 0) continue;
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", open.string(), " to its readers"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EnsureSecrets(const fs::path& directory, const std::string& database_user,
                                          absl::Time now) {
  PARLOR_RETURN_IF_ERROR(MakeFolders(directory));
  PARLOR_ASSIGN_OR_RETURN(const FileLock lock, Lock(directory / "authority"));
  const fs::path trust = directory / "authority" / "trust";
  PARLOR_RETURN_IF_ERROR(CheckNotLost(trust, directory / "public" / "server-id"));
  PARLOR_ASSIGN_OR_RETURN(const service::Trust opened, service::OpenTrust(trust, now));
  PARLOR_RETURN_IF_ERROR(HandOut(trust, directory, opened.tls.server_id));
  PARLOR_RETURN_IF_ERROR(HandOutDatabasePassword(directory, database_user));
  return opened.tls.server_id;
}

}  // namespace parlor::setup
