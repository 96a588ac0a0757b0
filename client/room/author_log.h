// The order of one author's messages of one start in one room: nothing twice, nothing out of order, gaps
// known. Pure.
#ifndef PARLOR_CLIENT_ROOM_AUTHOR_LOG_H_
#define PARLOR_CLIENT_ROOM_AUTHOR_LOG_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace parlor::client {

// Messages that wait for earlier ones. At the bound the gap is given up.
inline constexpr size_t kMaxHeldMessages = 1'000;
inline constexpr size_t kMaxHeldBytes = 8 * 1024 * 1024;

// A gap that nobody could fill by then is shown as one.
inline constexpr absl::Duration kGapPatience = absl::Seconds(5);

// T needs: uint64_t number(); size_t size().
template <typename T>
class AuthorLog {
 public:
  AuthorLog() = default;
  // What the store holds without a gap.
  AuthorLog(uint64_t first, uint64_t last) : first_(first), last_(last) {}

  enum class Place {
    kNext,   // in order now; more may follow from Take()
    kHeld,   // waits for earlier ones
    kOlder,  // before what is known without a gap: for a newcomer, or what a gap lacked after all
    kKnown,  // was here already, or a twin of one that was
  };

  // The first one ever seen starts the order, wherever it counts from.
  Place Put(T item, absl::Time now) {
    const uint64_t number = item.number();
    if (last_ == 0) {
      first_ = number;
      last_ = number - 1;
    }
    if (number < first_) {
      if (WasHandedOut(number)) return Place::kKnown;
      HandedOut(number, number);
      ready_.push_back(std::move(item));
      return Place::kOlder;
    }
    if (number <= last_) return Place::kKnown;
    if (number == last_ + 1) {
      Append(std::move(item));
      Drain();
      return Place::kNext;
    }
    if (held_.contains(number)) return Place::kKnown;
    if (held_.empty()) gap_since_ = now;
    held_bytes_ += item.size();
    held_.emplace(number, std::move(item));
    if (held_.size() > kMaxHeldMessages || held_bytes_ > kMaxHeldBytes) GiveUpGap();
    return Place::kHeld;
  }

  // In order; each is handed out once.
  std::vector<T> Take() { return std::exchange(ready_, {}); }

  // The numbers missing before the first held message.
  std::optional<std::pair<uint64_t, uint64_t>> Gap() const {
    if (held_.empty()) return std::nullopt;
    return std::pair{last_ + 1, held_.begin()->first - 1};
  }

  // When a gap will be given up; InfiniteFuture without one.
  absl::Time deadline() const { return held_.empty() ? absl::InfiniteFuture() : gap_since_ + kGapPatience; }

  void OnTimer(absl::Time now) {
    while (now >= deadline()) {
      GiveUpGap();
      gap_since_ = now;
    }
  }

  // Everything from first() to last() was handed out, in order.
  uint64_t first() const { return first_; }
  uint64_t last() const { return last_; }

 private:
  void Append(T item) {
    last_ = item.number();
    ready_.push_back(std::move(item));
  }

  void Drain() {
    while (!held_.empty() && held_.begin()->first == last_ + 1) {
      held_bytes_ -= held_.begin()->second.size();
      Append(std::move(held_.extract(held_.begin()).mapped()));
    }
  }

  bool WasHandedOut(uint64_t number) const {
    const auto after = older_.upper_bound(number);
    return after != older_.begin() && std::prev(after)->second >= number;
  }

  // Stretches that touch are one; one that touches what is known without a gap is part of it.
  void HandedOut(uint64_t first, uint64_t last) {
    auto after = older_.upper_bound(first);
    if (after != older_.begin() && std::prev(after)->second + 1 == first) {
      first = std::prev(after)->first;
      older_.erase(std::prev(after));
    }
    if (after != older_.end() && after->first == last + 1) {
      last = after->second;
      older_.erase(after);
    }
    if (last + 1 == first_) {
      first_ = first;
      return;
    }
    older_.emplace(first, last);
    if (older_.size() > kMaxHeldMessages) older_.erase(older_.begin());
  }

  // What is known without a gap begins anew behind it.
  void GiveUpGap() {
    const uint64_t first = first_;
    const uint64_t last = last_;
    first_ = held_.begin()->first;
    last_ = first_ - 1;
    HandedOut(first, last);
    Drain();
  }

  uint64_t first_ = 0;
  uint64_t last_ = 0;  // 0: nothing known
  // Handed out, of those before first_: the first and the last of each stretch; the latest stretches.
  std::map<uint64_t, uint64_t> older_;
  std::map<uint64_t, T> held_;
  size_t held_bytes_ = 0;
  absl::Time gap_since_;
  std::vector<T> ready_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_AUTHOR_LOG_H_
