// Who has read which message, and how long the last of them took.
#ifndef PARLOR_BENCH_BROKER_ARRIVALS_H_
#define PARLOR_BENCH_BROKER_ARRIVALS_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::bench {

inline constexpr size_t kTextSize = 100;  // bytes

// A text of kTextSize bytes that tells which message it is, in letters that every protocol takes.
std::string TextOf(size_t message);
// None: it is not such a text.
std::optional<size_t> MessageOf(absl::string_view text);

class Arrivals {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Of messages 0 to `messages` - 1, each for readers 0 to `readers` - 1.
  Arrivals(size_t readers, size_t messages);

  void Said(size_t message, Time now);
  // Counts once, however often it comes; what nobody has said, or is not among these, does not count.
  void Read(size_t message, size_t reader, Time now);

  // Everybody has read everything.
  bool complete() const { return missing_ == 0; }
  // Messages that are missing, each for every reader who misses it.
  size_t missed() const { return missing_; }
  // From being said until the last reader had read it, microseconds, of messages that reached everybody.
  std::vector<double> Micros() const;

 private:
  struct Message {
    std::optional<Time> said;
    Time last_read;
    size_t still = 0;  // readers who have not read it
    std::vector<bool> read;
  };

  std::vector<Message> messages_;
  size_t missing_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_ARRIVALS_H_
