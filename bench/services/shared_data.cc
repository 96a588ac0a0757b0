#include "bench/services/shared_data.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "bench/child.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {
namespace {

constexpr absl::Duration kTokenLifetime = absl::Hours(24);

struct Opened {
  service::Trust trust;
  std::unique_ptr<service::SigningKeys> keys;
};

absl::StatusOr<Opened> OpenFiles(const std::filesystem::path& path) {
  const absl::Time now = absl::Now();
  PARLOR_ASSIGN_OR_RETURN(service::Trust trust, service::OpenTrust(path / "trust", now));
  PARLOR_ASSIGN_OR_RETURN(auto keys, service::SigningKeys::Open(path / "keys", {}, now));
  return Opened{std::move(trust), std::move(keys)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<SharedData>> SharedData::Make() {
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<ScratchDirectory> own, ScratchDirectory::Make());
  const std::filesystem::path path = own->path();
  PARLOR_ASSIGN_OR_RETURN(Opened opened, OpenFiles(path));
  return std::unique_ptr<SharedData>(
      new SharedData(path, std::move(own), std::move(opened.trust), std::move(opened.keys)));
}

absl::StatusOr<std::unique_ptr<SharedData>> SharedData::Open(const std::string& path) {
  PARLOR_ASSIGN_OR_RETURN(Opened opened, OpenFiles(path));
  return std::unique_ptr<SharedData>(
      new SharedData(path, nullptr, std::move(opened.trust), std::move(opened.keys)));
}

SharedData::SharedData(std::filesystem::path path, std::unique_ptr<ScratchDirectory> own,
                       service::Trust trust, std::unique_ptr<service::SigningKeys> keys)
    : path_(std::move(path)), own_(std::move(own)), trust_(std::move(trust)), keys_(std::move(keys)) {}

absl::StatusOr<std::filesystem::path> SharedData::Subdirectory(const std::string& name) const {
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(path_ / name));
  return path_ / name;
}

VerificationKeys SharedData::verification_keys() const {
  return keys_->Verifying(absl::Now());
}

std::string SharedData::AccessToken(const std::string& user) const {
  const absl::Time now = absl::Now();
  nlohmann::json claims = {{"iss", server_id()}, {"sub", user}, {"dev", absl::StrCat(user, "-phone")}};
  SetTimeClaim(claims, "exp", now + kTokenLifetime);
  return keys_->Sign(kAccessTokenType, claims, now);
}

Role SharedDataRole() {
  return {"shared-data", [](const std::vector<std::string>&) -> absl::Status {
            PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
            ServeParent(data->path());
            return absl::OkStatus();
          }};
}

}  // namespace parlor::bench
