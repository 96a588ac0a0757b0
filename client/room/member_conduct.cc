#include "client/room/member_conduct.h"

namespace parlor::client {

MemberConduct& MemberConducts::Of(const std::string& user, absl::Time now) {
  if (all_.size() >= kMax && !all_.contains(user)) {
    std::erase_if(all_, [&](const auto& entry) { return entry.second.blank(now); });
    if (all_.size() >= kMax) all_.erase(all_.begin());
  }
  return all_[user];
}

MemberConduct* MemberConducts::Find(const std::string& user) {
  const auto found = all_.find(user);
  return found == all_.end() ? nullptr : &found->second;
}

}  // namespace parlor::client
