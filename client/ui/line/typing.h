// Who is typing, and when to say that one is. Pure; times are the loop's uptime. Figures: IRCv3's typing.
#ifndef PARLOR_CLIENT_UI_LINE_TYPING_H_
#define PARLOR_CLIENT_UI_LINE_TYPING_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace parlor::client {

inline constexpr absl::Duration kTypingEvery = absl::Seconds(3);
inline constexpr absl::Duration kTypingLasts = absl::Seconds(6);
// Shown; of a room full of typing people the others are not remembered.
inline constexpr size_t kMaxTyping = 32;

class TypingOthers {
 public:
  void Add(const std::string& target, const std::string& user, absl::Duration now) {
    if (until_.size() < kMaxTyping || until_.contains({target, user}))
      until_[{target, user}] = now + kTypingLasts;
  }
  // They have sent what they typed.
  void Remove(const std::string& target, const std::string& user) { until_.erase({target, user}); }
  // Forgets those whose time is over; true if there were any.
  bool Expire(absl::Duration now) {
    return std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; }) > 0;
  }
  bool empty() const { return until_.empty(); }

  std::vector<std::string> In(const std::string& target) const {
    std::vector<std::string> users;
    for (const auto& [key, until] : until_) {
      if (key.first == target) users.push_back(key.second);
    }
    return users;
  }

 private:
  std::map<std::pair<std::string, std::string>, absl::Duration> until_;  // (target, user)
};

class TypingSelf {
 public:
  // Whether to tell `target` now that this person is typing; if so it counts as told.
  bool Tell(const std::string& target, absl::Duration now) {
    const auto told = told_at_.find(target);
    if (told != told_at_.end() && now - told->second < kTypingEvery) return false;
    if (told_at_.size() >= kMaxTyping) told_at_.clear();
    told_at_[target] = now;
    return true;
  }

 private:
  std::map<std::string, absl::Duration> told_at_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_TYPING_H_
