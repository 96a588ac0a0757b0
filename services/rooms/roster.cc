#include "services/rooms/roster.h"

#include <utility>

namespace parlor::rooms {

void Roster::Add(LocalMemberPtr member, absl::Time renew_at) {
  absl::MutexLock lock(&mutex_);
  renewals_.push({renew_at, member->session});
  rooms_[member->bearer.room_id][member->session] = member;
  members_[member->session] = std::move(member);
}

void Roster::Remove(absl::string_view session) {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(session);
  if (found == members_.end()) return;
  const auto room = rooms_.find(found->second->bearer.room_id);
  room->second.erase(session);
  if (room->second.empty()) rooms_.erase(room);
  doubtful_.erase(session);
  members_.erase(found);
}

LocalMemberPtr Roster::Find(absl::string_view session) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = members_.find(session);
  return found == members_.end() ? nullptr : found->second;
}

std::vector<LocalMemberPtr> Roster::InRoom(absl::string_view room_id) const {
  std::vector<LocalMemberPtr> members;
  absl::ReaderMutexLock lock(&mutex_);
  const auto room = rooms_.find(room_id);
  if (room == rooms_.end()) return members;
  members.reserve(room->second.size());
  for (const auto& [session, member] : room->second) members.push_back(member);
  return members;
}

std::vector<LocalMemberPtr> Roster::All() const {
  std::vector<LocalMemberPtr> members;
  absl::ReaderMutexLock lock(&mutex_);
  members.reserve(members_.size());
  for (const auto& [session, member] : members_) members.push_back(member);
  return members;
}

std::vector<LocalMemberPtr> Roster::TakeDue(absl::Time now, absl::Duration interval) {
  std::vector<LocalMemberPtr> due;
  absl::MutexLock lock(&mutex_);
  while (!renewals_.empty() && renewals_.top().due <= now) {
    std::string session = renewals_.top().session;
    renewals_.pop();
    const auto found = members_.find(session);
    if (found == members_.end()) continue;
    due.push_back(found->second);
    renewals_.push({now + interval, std::move(session)});
  }
  return due;
}

void Roster::Doubt(absl::string_view session) {
  absl::MutexLock lock(&mutex_);
  if (members_.contains(session)) doubtful_.emplace(session);
}

bool Roster::HasDoubts() const {
  absl::ReaderMutexLock lock(&mutex_);
  return !doubtful_.empty();
}

LocalMemberPtr Roster::TakeDoubtful() {
  absl::MutexLock lock(&mutex_);
  if (doubtful_.empty()) return nullptr;
  return members_.at(doubtful_.extract(doubtful_.begin()).value());
}

}  // namespace parlor::rooms
