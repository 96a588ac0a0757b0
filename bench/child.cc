#include "bench/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <iostream>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

// For a role to end once its input is closed.
constexpr absl::Duration kPatience = absl::Seconds(20);

// Between fork and exec of a program with threads only async-signal-safe calls are allowed: everything is
// made before.
[[noreturn]] void BecomeRole(char* const* argv, int in, int out, const ChildPlace& place) {
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(126);
  if (!place.network.empty() && setns(open(place.network.c_str(), O_RDONLY | O_CLOEXEC), CLONE_NEWNET) != 0) {
    _exit(126);
  }
  if (place.cpu.has_value()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(*place.cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0) _exit(126);
  }
  execv("/proc/self/exe", argv);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Child>> Child::Start(const std::string& role,
                                                    const std::vector<std::string>& arguments,
                                                    const ChildPlace& place) {
  std::vector<std::string> words = {"parlor-bench", "--role", role};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int to_child[2];
  int from_child[2];
  if (pipe2(to_child, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  if (pipe2(from_child, O_CLOEXEC) != 0) {
    close(to_child[0]);
    close(to_child[1]);
    return absl::ErrnoToStatus(errno, "pipe");
  }
  const pid_t pid = fork();
  if (pid == 0) BecomeRole(argv.data(), to_child[0], from_child[1], place);
  close(to_child[0]);
  close(from_child[1]);
  if (pid < 0) {
    close(to_child[1]);
    close(from_child[0]);
    return absl::ErrnoToStatus(errno, "fork");
  }
  std::unique_ptr<Child> child(new Child(pid, to_child[1], from_child[0]));
  PARLOR_ASSIGN_OR_RETURN(child->greeting_, child->ReadLine());
  return child;
}

Child::~Child() {
  close(to_);
  // Its end closes the pipe.
  pollfd pipe{from_, 0, 0};
  if (poll(&pipe, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) == 0) kill(pid_, SIGKILL);
  close(from_);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

absl::StatusOr<std::string> Child::Ask(const std::string& line) {
  PARLOR_RETURN_IF_ERROR(Tell(line));
  return Answer();
}

absl::Status Child::Tell(const std::string& line) {
  const std::string out = line + "\n";
  for (size_t sent = 0; sent < out.size();) {
    const ssize_t n = write(to_, out.data() + sent, out.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "write to a child of the benchmark");
    sent += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Child::ReadLine() {
  for (;;) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    const ssize_t n = read(from_, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "read from a child of the benchmark");
    if (n == 0) return absl::AbortedError("a child of the benchmark ended early; see its message above");
    unread_.append(buffer, static_cast<size_t>(n));
  }
}

absl::StatusOr<double> Child::ResidentBytes() const {
  PARLOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat("/proc/", pid_, "/statm"), 4096));
  const std::vector<std::string> fields = absl::StrSplit(text, ' ');
  int64_t pages = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &pages)) return absl::InternalError("no statm");
  return static_cast<double>(pages * sysconf(_SC_PAGESIZE));
}

absl::StatusOr<double> Child::PeakResidentBytes() const {
  PARLOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat("/proc/", pid_, "/status"), 65'536));
  constexpr absl::string_view kField = "VmHWM:";
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    int64_t kib = 0;
    if (absl::ConsumePrefix(&line, kField) && absl::ConsumeSuffix(&line, "kB") &&
        absl::SimpleAtoi(line, &kib)) {
      return static_cast<double>(kib << 10);
    }
  }
  return absl::InternalError("no VmHWM");
}

absl::StatusOr<absl::Duration> Child::CpuTime() const {
  PARLOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat("/proc/", pid_, "/stat"), 4096));
  // The program's name, in brackets, may hold spaces: fields are counted from behind it; utime is the 12th,
  // stime the 13th.
  const std::vector<std::string> fields = absl::StrSplit(text.substr(text.rfind(')') + 2), ' ');
  int64_t user = 0;
  int64_t system = 0;
  if (fields.size() < 13 || !absl::SimpleAtoi(fields[11], &user) || !absl::SimpleAtoi(fields[12], &system)) {
    return absl::InternalError("no stat");
  }
  return absl::Seconds(static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

void ServeParent(const std::string& greeting, const std::function<std::string(const std::string&)>& answer) {
  std::cout << greeting << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    if (answer) std::cout << answer(line) << std::endl;
  }
}

absl::Duration OwnCpuTime() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

absl::Status PinTo(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) return absl::ErrnoToStatus(errno, "sched_setaffinity");
  return absl::OkStatus();
}

}  // namespace parlor::bench
