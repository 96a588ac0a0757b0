// The floor of `echo` as a pair of processes, for every benchmark that needs it.
#ifndef PARLOR_BENCH_CLIENT_TLS_ECHO_H_
#define PARLOR_BENCH_CLIENT_TLS_ECHO_H_

#include <filesystem>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/child.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// One side each on two processors, where there are two, so that neither waits for the other's time slice.
inline constexpr int kServerCpu = 0;
inline int ClientCpu() {
  return std::thread::hardware_concurrency() > 1 ? 1 : 0;
}

class TlsEcho {
 public:
  // Makes devices in `directory` (devices.h).
  static absl::StatusOr<std::unique_ptr<TlsEcho>> Start(const std::filesystem::path& directory);

  absl::StatusOr<nlohmann::json> Measure(absl::Duration duration);  // RoundTrips

 private:
  std::unique_ptr<Child> server_;
  std::unique_ptr<Child> client_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_TLS_ECHO_H_
