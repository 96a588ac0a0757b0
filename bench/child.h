// A part of a benchmark in a process of its own, so that its memory and processor time are its own, too.
#ifndef PARLOR_BENCH_CHILD_H_
#define PARLOR_BENCH_CHILD_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::bench {

// Where a child runs: as its parent does, but for what is given.
struct ChildPlace {
  std::optional<int> cpu;  // on this processor alone
  std::string network;     // in this network namespace, a file: /proc/PID/ns/net
};

class Child {
 public:
  // Runs this program again as `parlor-bench --role NAME ARGUMENTS…` and waits until it prints a line, which
  // is greeting(): a port, mostly. Its standard error is ours. Takes file descriptors that are not closed on
  // exec along: opens none but its two pipes.
  static absl::StatusOr<std::unique_ptr<Child>> Start(const std::string& role,
                                                      const std::vector<std::string>& arguments,
                                                      const ChildPlace& place = {});
  // Closes its standard input, at which a role ends, and waits for it; one that does not end within 20 s is
  // killed.
  ~Child();

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const std::string& greeting() const { return greeting_; }
  // A line to its standard input, and the line that it answers: at once, or so that several children work at
  // the same time.
  absl::StatusOr<std::string> Ask(const std::string& line);
  absl::Status Tell(const std::string& line);
  absl::StatusOr<std::string> Answer() { return ReadLine(); }

  absl::StatusOr<double> ResidentBytes() const;      // of /proc/PID/statm
  absl::StatusOr<double> PeakResidentBytes() const;  // since it started
  absl::StatusOr<absl::Duration> CpuTime() const;    // user and system, all threads

 private:
  Child(pid_t pid, int to, int from) : pid_(pid), to_(to), from_(from) {}
  absl::StatusOr<std::string> ReadLine();

  const pid_t pid_;
  int to_;
  const int from_;
  std::string unread_;
  std::string greeting_;
};

// For roles: says the greeting, then answers each line of standard input with answer(line) until it is
// closed.
void ServeParent(const std::string& greeting,
                 const std::function<std::string(const std::string& line)>& answer = nullptr);

// Of this process: user and system, all threads.
absl::Duration OwnCpuTime();

// Keeps the calling thread, and those that it starts, on one processor.
absl::Status PinTo(int cpu);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CHILD_H_
