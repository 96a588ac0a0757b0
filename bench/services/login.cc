#include "bench/services/login.h"

#include <argon2.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/people.h"
#include "bench/services/shared_data.h"
#include "bench/services/workers.h"
#include "services/auth/auth_options.h"

namespace parlor::bench {
namespace {

constexpr double kGoal = 0.9;
// Each logs in some ten times, below the number of devices at which the oldest is ended.
constexpr int kAccounts = 256;
// For each hash that runs: one is hashed, the others wait or are on their way.
constexpr int kLoginsPerHash = 4;
constexpr absl::Duration kWarmUp = absl::Milliseconds(500);

absl::Status HashOnce(const auth::Argon2Parameters& cost) {
  constexpr absl::string_view kPassword = "a rather long one, 000000";
  constexpr absl::string_view kSalt = "sixteen bytes of";
  std::array<unsigned char, 32> hash;
  const int code = argon2id_hash_raw(cost.passes, cost.memory_kib, cost.parallelism, kPassword.data(),
                                     kPassword.size(), kSalt.data(), kSalt.size(), hash.data(), hash.size());
  return code == ARGON2_OK ? absl::OkStatus() : absl::InternalError(argon2_error_message(code));
}

absl::StatusOr<std::vector<Figure>> RunLogin(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Child> server, Child::Start("auth-server", {data->path()}));
  People people({server->greeting(), data->trust().tls.root_pem, data->server_id()});
  const auth::AuthOptions defaults;
  const int hashes = static_cast<int>(auth::HashGate(defaults.hash_gate).limit());
  const int at_once = kLoginsPerHash * hashes;
  PARLOR_RETURN_IF_ERROR(ForEach(at_once, kAccounts, "registered", [&](int person) {
                           return people.Register(person);
                         }).status());

  Figure figure;
  figure.benchmark = "login";
  figure.name = "logins";
  figure.unit = "1/s";
  figure.goal = AtLeast(kGoal);
  std::atomic<int> next = 0;
  std::vector<double> seconds;
  absl::Duration floor_cpu;
  int64_t hashed = 0;
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration cpu_before, server->CpuTime());
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const Repeated ours, Repeat(at_once, kWarmUp, options.duration, [&](int) {
                              return people.LogIn(next++ % kAccounts).status();
                            }));
    const absl::Duration own_before = OwnCpuTime();
    PARLOR_ASSIGN_OR_RETURN(const Repeated floor, Repeat(hashes, kWarmUp, options.duration,
                                                         [&](int) { return HashOnce(defaults.argon2); }));
    floor_cpu += OwnCpuTime() - own_before;
    hashed += floor.all;
    figure.runs.push_back({ours.per_second, floor.per_second});
    seconds.insert(seconds.end(), ours.seconds.begin(), ours.seconds.end());
  }
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration cpu_after, server->CpuTime());
  figure.detail = {
      {"in_flight", at_once},
      {"hashes_at_once", hashes},
      {"argon2_memory_kib", defaults.argon2.memory_kib},
      {"argon2_passes", defaults.argon2.passes},
      {"p50_ms", 1e3 * Quantile(seconds, 0.5)},
      {"p99_ms", 1e3 * Quantile(seconds, 0.99)},
      {"server_cpu_ms_a_login", absl::ToDoubleMilliseconds(cpu_after - cpu_before) / next},
      {"floor_cpu_ms_a_hash", absl::ToDoubleMilliseconds(floor_cpu) / static_cast<double>(hashed)},
      {"retries", people.retries()}};
  return std::vector<Figure>{std::move(figure)};
}

}  // namespace

Benchmark LoginBenchmark() {
  return {"login", "logins over TLS, against argon2id alone on as many threads", RunLogin};
}

}  // namespace parlor::bench
