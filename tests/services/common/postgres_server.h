// A real PostgreSQL 15 (Debian's package) for tests: its own data directory under the temporary directory, a
// free port on loopback, no fsync. It ends with the process that started it, however that ends.
//
//   TEST(Accounts, …) {
//     PARLOR_WITH_POSTGRES(postgres);                    // PostgresServer&; skips when there is none
//     const std::string uri = postgres.CreateDatabase();  // fresh and empty
#ifndef PARLOR_TESTS_SERVICES_COMMON_POSTGRES_SERVER_H_
#define PARLOR_TESTS_SERVICES_COMMON_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tests/skip.h"

namespace parlor::testing {

class PostgresServer {
 public:
  // A running server, within about 2 s. NOT_FOUND when PostgreSQL is not installed. Start it on the main
  // thread: it ends with the thread that started it.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Start();

  // Stops it and deletes the data.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The URI of a new, empty database. Thread-safe. Ends the process if it cannot be made.
  std::string CreateDatabase();

  int port() const { return port_; }

  absl::Status Stop();    // fast shutdown: sessions are ended, data is kept
  absl::Status Kill();    // kill -9 of the server and all its sessions; data is kept
  absl::Status Freeze();  // SIGSTOP to the server and its sessions: connections stand, nothing is answered
  absl::Status Thaw();
  absl::Status Restart();  // after Stop or Kill, on the same port; returns when it answers

 private:
  PostgresServer(std::string directory, int port) : directory_(std::move(directory)), port_(port) {}
  absl::Status Launch();
  absl::Status WaitUntilItAnswers();
  absl::Status End(int signal);
  absl::Status SignalAll(int signal) const;
  std::string UriOf(const std::string& database) const;

  const std::string directory_;
  const int port_;
  pid_t pid_ = -1;
  std::atomic<int> databases_{0};
};

// The one server of this test process, started at the first call; null when PostgreSQL is not installed.
// A server that is installed but does not start ends the process.
PostgresServer* SharedPostgres();

}  // namespace parlor::testing

// Declares `name` as a reference to this process's PostgreSQL, or skips the test.
#define PARLOR_WITH_POSTGRES(name)                                                        \
  if (::parlor::testing::SharedPostgres() == nullptr) {                                   \
    PARLOR_SKIP("postgres", "PostgreSQL 15 is not installed (scripts/deps installs it)"); \
  }                                                                                       \
  ::parlor::testing::PostgresServer& name = *::parlor::testing::SharedPostgres()

#endif  // PARLOR_TESTS_SERVICES_COMMON_POSTGRES_SERVER_H_
