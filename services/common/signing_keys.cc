#include "services/common/signing_keys.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/random.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::service {
namespace {

constexpr char kTimeFormat[] = "%E4Y%m%dT%H%M%SZ";  // %Y alone would take all digits
constexpr size_t kTimeLength = 16;
constexpr size_t kLargestKeyFile = 16 << 10;

std::string MakeKid(absl::Time now) {
  return absl::StrCat(absl::FormatTime(kTimeFormat, now, absl::UTCTimeZone()), "-", RandomId().substr(0, 8));
}

absl::StatusOr<absl::Time> TimeOfKid(const std::string& kid) {
  absl::Time made;
  std::string error;
  if (kid.size() <= kTimeLength || kid[kTimeLength] != '-' ||
      !absl::ParseTime(kTimeFormat, kid.substr(0, kTimeLength), &made, &error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("a signing key's file is called YYYYMMDDTHHMMSSZ-something.pem, not ", kid, ".pem"));
  }
  return made;
}

absl::StatusOr<SigningKey> ReadKey(const std::filesystem::path& path) {
  std::string kid = path.stem().string();
  PARLOR_ASSIGN_OR_RETURN(const absl::Time made, TimeOfKid(kid));
  PARLOR_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path, kLargestKeyFile));
  absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(pem);
  if (!key.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(path.string(), ": ", key.status().message()));
  }
  return SigningKey{std::move(kid), made, *std::move(key)};
}

absl::StatusOr<std::vector<SigningKey>> ReadKeys(const std::filesystem::path& directory) {
  std::vector<SigningKey> keys;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".pem") continue;
    absl::StatusOr<SigningKey> key = ReadKey(entry->path());
    if (absl::IsNotFound(key.status())) continue;  // another replica has just deleted it
    PARLOR_RETURN_IF_ERROR(key.status());
    keys.push_back(*std::move(key));
  }
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot read ", directory.string()));
  }
  return keys;
}

absl::Status WriteNewKey(const std::filesystem::path& directory, absl::Time now) {
  return WriteFileAtomically(directory / (MakeKid(now) + ".pem"), PrivateKey::Generate().ToPem());
}

// Held while keys are made or deleted, so that replicas that share the directory do it once.
class DirectoryLock {
 public:
  static absl::StatusOr<DirectoryLock> Take(const std::filesystem::path& directory) {
    const std::filesystem::path path = directory / ".lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile);
    if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path.string()));
    DirectoryLock lock(fd);
    while (::flock(fd, LOCK_EX) != 0) {
      if (errno != EINTR) return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path.string()));
    }
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SigningKeys>> SigningKeys::Open(const std::filesystem::path& directory,
                                                               const KeyRingOptions& options,
                                                               absl::Time now) {
  if (!options.read_only) PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(directory));
  std::unique_ptr<SigningKeys> keys(new SigningKeys(directory, options));
  PARLOR_RETURN_IF_ERROR(keys->Reload(now));
  return keys;
}

absl::Status SigningKeys::Reload(absl::Time now) {
  return options_.read_only ? Read() : Refresh(now, /*rotate=*/false);
}

absl::Status SigningKeys::Rotate(absl::Time now) {
  if (options_.read_only) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the signing keys in ", directory_.string(), " are read-only here: rotate them where they are kept"));
  }
  return Refresh(now, /*rotate=*/true);
}

std::string SigningKeys::Sign(absl::string_view type, const nlohmann::json& claims, absl::Time now) const {
  const std::shared_ptr<const KeyRing> keys = ring();
  const SigningKey& signer = keys->Signer(now);
  return SignJwt(signer.key, signer.kid, type, claims);
}

VerificationKeys SigningKeys::Verifying(absl::Time now) const {
  return ring()->Verifying(now);
}

std::shared_ptr<const KeyRing> SigningKeys::ring() const {
  absl::MutexLock lock(&mutex_);
  return ring_;
}

absl::Status SigningKeys::Read() {
  PARLOR_ASSIGN_OR_RETURN(std::vector<SigningKey> keys, ReadKeys(directory_));
  if (keys.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("there is no signing key in ", directory_.string(),
                                                      ", and none is made here: it is read-only"));
  }
  Use(std::make_shared<const KeyRing>(std::move(keys), options_));
  return absl::OkStatus();
}

absl::Status SigningKeys::Refresh(absl::Time now, bool rotate) {
  PARLOR_ASSIGN_OR_RETURN(const DirectoryLock lock, DirectoryLock::Take(directory_));
  PARLOR_ASSIGN_OR_RETURN(std::vector<SigningKey> keys, ReadKeys(directory_));
  if (rotate || keys.empty() || KeyRing(keys, options_).RotationDue(now)) {
    PARLOR_RETURN_IF_ERROR(WriteNewKey(directory_, now));
    PARLOR_ASSIGN_OR_RETURN(keys, ReadKeys(directory_));
  }
  auto ring = std::make_shared<const KeyRing>(std::move(keys), options_);
  for (const std::string& kid : ring->Retired(now)) {
    std::error_code error;
    std::filesystem::remove(directory_ / (kid + ".pem"), error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot delete the retired signing key ", kid));
    }
  }
  Use(std::move(ring));
  return absl::OkStatus();
}

void SigningKeys::Use(std::shared_ptr<const KeyRing> ring) {
  absl::MutexLock lock(&mutex_);
  ring_ = std::move(ring);
}

}  // namespace parlor::service
