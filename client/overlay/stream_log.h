// Which messages of one stream are here: all from one number to another, and some beyond a gap. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_STREAM_LOG_H_
#define PARLOR_CLIENT_OVERLAY_STREAM_LOG_H_

#include <cstdint>
#include <optional>

#include "absl/container/btree_set.h"

namespace parlor::client::overlay {

struct Range {
  uint64_t from = 0;
  uint64_t to = 0;  // inclusive
};

class StreamLog {
 public:
  // Nothing before `from` is owed to this member.
  explicit StreamLog(uint64_t from = 1) : up_to_(from - 1) {}

  bool Knows(uint64_t number) const { return number <= up_to_ || beyond_.contains(number); }

  // False: it was here already, or is not owed.
  bool Add(uint64_t number) {
    if (Knows(number)) return false;
    beyond_.insert(number);
    Close();
    return true;
  }

  // Everything up to there is here, or will never be.
  void SkipTo(uint64_t number) {
    if (number <= up_to_) return;
    up_to_ = number;
    beyond_.erase(beyond_.begin(), beyond_.upper_bound(number));
    Close();
  }

  // The first numbers that are missing of those up to `announced`, or before one that came.
  std::optional<Range> Gap(uint64_t announced) const {
    if (!beyond_.empty()) return Range{up_to_ + 1, *beyond_.begin() - 1};
    if (announced > up_to_) return Range{up_to_ + 1, announced};
    return std::nullopt;
  }

  uint64_t up_to() const { return up_to_; }
  uint64_t highest() const { return beyond_.empty() ? up_to_ : *beyond_.rbegin(); }
  size_t held() const { return beyond_.size(); }

 private:
  void Close() {
    while (!beyond_.empty() && *beyond_.begin() == up_to_ + 1) {
      ++up_to_;
      beyond_.erase(beyond_.begin());
    }
  }

  uint64_t up_to_;
  absl::btree_set<uint64_t> beyond_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_STREAM_LOG_H_
