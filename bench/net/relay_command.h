// parlor-bench relay: the network between namespaces that bench/net/namespaces.py makes.
#ifndef PARLOR_BENCH_NET_RELAY_COMMAND_H_
#define PARLOR_BENCH_NET_RELAY_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/net/relay.h"

namespace parlor::bench {

// "NAME=ADDRESS"
absl::StatusOr<Relay::Side> ParseSide(const std::string& text);

class RelayCommand {
 public:
  explicit RelayCommand(CLI::App& app);

  bool parsed() const { return command_->parsed(); }
  // Says "ready" once the devices are there, relays until SIGTERM or SIGINT, and says in a line of JSON what
  // became of the packets.
  int Run() const;

 private:
  absl::Status Relays() const;

  CLI::App* const command_;
  std::vector<std::string> sides_;
  double delay_ms_ = 0;
  double loss_ = 0;
  uint64_t seed_ = 1;
  size_t limit_ = DelayLine::Options().limit;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_RELAY_COMMAND_H_
