// Two devices of a server that nobody runs: what links need, without services.
#ifndef PARLOR_BENCH_CLIENT_DEVICES_H_
#define PARLOR_BENCH_CLIENT_DEVICES_H_

#include <filesystem>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/home/account.h"
#include "client/link/network.h"

namespace parlor::bench {

inline constexpr char kListener[] = "ann";
inline constexpr char kDialler[] = "bob";

// Makes both, certified by one authority; their homes are kListener and kDialler in `directory`.
absl::Status MakeDevices(const std::filesystem::path& directory);

// What one of them shows, and whom it takes.
struct Device {
  client::Account account;
  client::LinkIdentity identity;
  client::PeerJudge judge;
};
absl::StatusOr<Device> LoadDevice(const std::filesystem::path& home);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_DEVICES_H_
