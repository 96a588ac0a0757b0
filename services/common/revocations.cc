#include "services/common/revocations.h"

#include <utility>

#include "base/crypto/jwt.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::service {

// One observer. The mutex is held during its call, so that the end of the observation can wait for it.
struct Revocations::Slot {
  absl::Mutex calling;
  Observer observer ABSL_GUARDED_BY(calling);
};

Revocations::Observation::~Observation() {
  absl::MutexLock lock(&slot_->calling);
  slot_->observer = nullptr;
}

Revocations::Revocations(std::string issuer, const KeySet* keys)
    : issuer_(std::move(issuer)), keys_(keys), list_(std::make_shared<const List>()) {}

absl::Status Revocations::Update(absl::string_view token, absl::Time now) {
  if (list()->token == token) return absl::OkStatus();
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json claims,
                          VerifyJwt(token, kRevocationsType, *keys_->Get(), issuer_, now));
  const auto version = claims.find("ver");
  const auto devices = claims.find("dev");
  if (version == claims.end() || !version->is_number_integer() || devices == claims.end() ||
      !devices->is_array()) {
    return absl::UnauthenticatedError("the revocation list has no version or no list of devices");
  }
  auto fresh = std::make_shared<List>();
  fresh->version = version->get<int64_t>();
  fresh->token = std::string(token);
  for (const nlohmann::json& device : *devices) {
    if (!device.is_string()) return absl::UnauthenticatedError("the revocation list names no devices");
    fresh->devices.insert(device.get<std::string>());
  }
  std::vector<std::shared_ptr<Slot>> slots;
  {
    absl::MutexLock lock(&mutex_);
    if (fresh->version <= list_->version) return absl::OkStatus();
    list_ = std::move(fresh);
    std::erase_if(slots_, [](const std::weak_ptr<Slot>& slot) { return slot.expired(); });
    for (const std::weak_ptr<Slot>& slot : slots_) {
      if (auto alive = slot.lock()) slots.push_back(std::move(alive));
    }
  }
  for (const std::shared_ptr<Slot>& slot : slots) {
    absl::MutexLock lock(&slot->calling);
    if (slot->observer) slot->observer();
  }
  return absl::OkStatus();
}

bool Revocations::IsRevoked(absl::string_view device) const {
  return list()->devices.contains(device);
}

std::string Revocations::token() const {
  return list()->token;
}

int64_t Revocations::version() const {
  return list()->version;
}

std::unique_ptr<Revocations::Observation> Revocations::Observe(Observer observer) {
  auto slot = std::make_shared<Slot>();
  {
    absl::MutexLock lock(&slot->calling);
    slot->observer = std::move(observer);
  }
  absl::MutexLock lock(&mutex_);
  slots_.push_back(slot);
  return std::make_unique<Observation>(std::move(slot));
}

std::shared_ptr<const Revocations::List> Revocations::list() const {
  absl::ReaderMutexLock lock(&mutex_);
  return list_;
}

}  // namespace parlor::service
