// A network of several sides, each behind a TUN device: every packet takes its time, and some are lost. For
// kernels without netem, and the same everywhere.
#ifndef PARLOR_BENCH_NET_RELAY_H_
#define PARLOR_BENCH_NET_RELAY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/net/delay_line.h"
#include "bench/net/ipv4.h"
#include "bench/net/tun_device.h"

namespace parlor::bench {

class Relay {
 public:
  struct Side {
    std::string device;
    Ipv4 address = 0;  // packets to it leave by this device
  };
  struct Counts {
    DelayLine::Counts lines;
    uint64_t forwarded = 0;
    uint64_t refused = 0;  // by the kernel, at the other side
    uint64_t strange = 0;  // to nobody of these, or not IPv4
  };

  // Makes the devices. Each side has luck of its own, so that what one sends does not change another's;
  // `line.seed` is the first one's.
  static absl::StatusOr<std::unique_ptr<Relay>> Make(const std::vector<Side>& sides,
                                                     const DelayLine::Options& line);

  // Relays until SIGTERM or SIGINT, which this thread must have blocked.
  absl::Status Run();
  Counts counts() const;

 private:
  struct Port {
    std::unique_ptr<TunDevice> device;
    DelayLine line;  // of what comes from here
  };

  Relay();
  // Null: none of these.
  const TunDevice* DeviceFor(absl::string_view packet) const;
  void Receive(Port& port);
  void Deliver(Port& port, DelayLine::Time now);

  std::vector<Port> ports_;
  absl::flat_hash_map<Ipv4, const TunDevice*> by_address_;
  std::vector<char> buffer_;
  Counts counts_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_RELAY_H_
