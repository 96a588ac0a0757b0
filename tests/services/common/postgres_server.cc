#include "tests/services/common/postgres_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <pqxx/pqxx>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"

// libpqxx 6.4 loses the result of a query (2 KiB) when it throws because the connection broke during it;
// tests that kill sessions would fail for that. LeakSanitizer asks for this by name.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libpqxx-6.4.so\n";
}

namespace parlor::testing {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin";
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

// PostgreSQL refuses to run as root; Debian's package brings the user `postgres` along.
struct RunAs {
  bool change = false;
  uid_t uid = 0;
  gid_t gid = 0;
};

absl::StatusOr<RunAs> UserForPostgres() {
  if (::geteuid() != 0) return RunAs{};
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr) return absl::NotFoundError("there is no user postgres");
  return RunAs{true, user->pw_uid, user->pw_gid};
}

// Only async-signal-safe calls: the parent may have threads.
[[noreturn]] void Become(const RunAs& user, char* const* argv, int log) {
  const bool changed =
      !user.change || (::setgroups(0, nullptr) == 0 && ::setgid(user.gid) == 0 && ::setuid(user.uid) == 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // After setuid, which would clear it. SIGQUIT is PostgreSQL's "immediate shutdown".
  if (!changed || ::prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0) {
    ::_exit(127);
  }
  ::execv(argv[0], argv);
  ::_exit(127);
}

absl::StatusOr<pid_t> Spawn(std::vector<std::string> arguments, const std::string& log_path) {
  PARLOR_ASSIGN_OR_RETURN(const RunAs user, UserForPostgres());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", log_path));
  const absl::Cleanup close_log = [log] { ::close(log); };
  const pid_t pid = ::fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot fork");
  if (pid == 0) Become(user, argv.data(), log);
  return pid;
}

std::string LogTail(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

absl::Status MakeCluster(const std::string& directory) {
  const std::string log = directory + "/initdb.log";
  PARLOR_ASSIGN_OR_RETURN(
      const pid_t pid,
      Spawn({absl::StrCat(kPrograms, "/initdb"), "-D", directory + "/data", "--username=parlor",
             "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
            log));
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) {
    return absl::InternalError(absl::StrCat("initdb failed: ", LogTail(log)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  const absl::Cleanup close_fd = [fd] { ::close(fd); };
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "cannot find a free port");
  }
  return ntohs(address.sin_port);
}

absl::StatusOr<std::string> MakeDirectory() {
  PARLOR_ASSIGN_OR_RETURN(const RunAs user, UserForPostgres());
  std::string path = (std::filesystem::temp_directory_path() / "parlor-postgres-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, "cannot make a directory");
  if (user.change && ::chown(path.c_str(), user.uid, user.gid) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot give away ", path));
  }
  return path;
}

struct ProcessState {
  char state = 0;  // 'Z' for a zombie
  pid_t parent = -1;
};

// From /proc/<pid>/stat: "pid (name) state parent …", where the name may hold spaces.
ProcessState StateOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  ProcessState result;
  if (name_end == std::string::npos) return result;
  std::sscanf(line.c_str() + name_end + 1, " %c %d", &result.state, &result.parent);
  return result;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (StateOf(name).parent == parent) children.push_back(std::stoi(name));
  }
  return children;
}

bool IsGone(pid_t pid) {
  const char state = StateOf(std::to_string(pid)).state;
  return state == 0 || state == 'Z' || state == 'X';
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Start() {
  if (::access(absl::StrCat(kPrograms, "/postgres").c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("PostgreSQL is not installed in ", kPrograms));
  }
  PARLOR_ASSIGN_OR_RETURN(std::string directory, MakeDirectory());
  PARLOR_ASSIGN_OR_RETURN(const int port, FreePort());
  std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(directory), port));
  PARLOR_RETURN_IF_ERROR(MakeCluster(server->directory_));
  PARLOR_RETURN_IF_ERROR(server->Launch());
  return server;
}

PostgresServer::~PostgresServer() {
  if (pid_ > 0 && !End(SIGQUIT).ok()) {
    if (const absl::Status killed = Kill(); !killed.ok()) {
      std::fprintf(stderr, "%s\n", killed.ToString().c_str());
    }
  }
  std::error_code ignored;  // what is left in the temporary directory harms nobody
  std::filesystem::remove_all(directory_, ignored);
}

absl::Status PostgresServer::Launch() {
  PARLOR_ASSIGN_OR_RETURN(
      pid_,
      Spawn({absl::StrCat(kPrograms, "/postgres"), "-D", directory_ + "/data", "-p", absl::StrCat(port_),
             "-c", "listen_addresses=127.0.0.1", "-c", absl::StrCat("unix_socket_directories=", directory_),
             "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"},
            directory_ + "/postgres.log"));
  return WaitUntilItAnswers();
}

absl::Status PostgresServer::WaitUntilItAnswers() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    try {
      const pqxx::connection connection(UriOf("postgres"));
      return absl::OkStatus();
    } catch (const pqxx::broken_connection&) {
      absl::SleepFor(kPollInterval);  // not up yet
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      break;
    }
  }
  return absl::InternalError(
      absl::StrCat("PostgreSQL did not start: ", LogTail(directory_ + "/postgres.log")));
}

std::string PostgresServer::UriOf(const std::string& database) const {
  return absl::StrCat("postgresql://parlor@127.0.0.1:", port_, "/", database, "?connect_timeout=10");
}

std::string PostgresServer::CreateDatabase() {
  const std::string name = absl::StrCat("test_", databases_.fetch_add(1));
  try {
    pqxx::connection connection(UriOf("postgres"));
    pqxx::nontransaction(connection).exec("CREATE DATABASE " + name);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cannot create a test database: %s\n", error.what());
    std::abort();
  }
  return UriOf(name);
}

absl::Status PostgresServer::End(int signal) {
  if (pid_ <= 0) return absl::FailedPreconditionError("PostgreSQL is not running");
  ::kill(pid_, signal);
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return absl::OkStatus();
    }
    absl::SleepFor(kPollInterval);
  }
  return absl::DeadlineExceededError("PostgreSQL did not stop");
}

absl::Status PostgresServer::Stop() {
  return End(SIGINT);
}

absl::Status PostgresServer::Kill() {
  if (pid_ <= 0) return absl::FailedPreconditionError("PostgreSQL is not running");
  // Stopped first: it would make new children, or clean up, while the old ones are being killed. They are
  // sessions of their own, so no process group holds them all.
  ::kill(pid_, SIGSTOP);
  const std::vector<pid_t> children = ChildrenOf(pid_);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  PARLOR_RETURN_IF_ERROR(End(SIGKILL));
  const absl::Time deadline = absl::Now() + kPatience;
  for (const pid_t child : children) {
    while (!IsGone(child)) {
      if (absl::Now() > deadline) return absl::DeadlineExceededError("a PostgreSQL session survives kill -9");
      absl::SleepFor(kPollInterval);
    }
  }
  return absl::OkStatus();
}

absl::Status PostgresServer::SignalAll(int signal) const {
  if (pid_ <= 0) return absl::FailedPreconditionError("PostgreSQL is not running");
  ::kill(pid_, signal);
  for (const pid_t child : ChildrenOf(pid_)) ::kill(child, signal);
  return absl::OkStatus();
}

absl::Status PostgresServer::Freeze() {
  return SignalAll(SIGSTOP);
}

absl::Status PostgresServer::Thaw() {
  return SignalAll(SIGCONT);
}

absl::Status PostgresServer::Restart() {
  if (pid_ > 0) return absl::FailedPreconditionError("PostgreSQL is running: stop it first");
  return Launch();
}

PostgresServer* SharedPostgres() {
  static const std::unique_ptr<PostgresServer> shared = []() -> std::unique_ptr<PostgresServer> {
    auto started = PostgresServer::Start();
    if (started.ok()) return *std::move(started);
    if (absl::IsNotFound(started.status())) return nullptr;
    std::fprintf(stderr, "%s\n", started.status().ToString().c_str());
    std::abort();
  }();
  return shared.get();
}

}  // namespace parlor::testing
