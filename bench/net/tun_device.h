// A network device whose other end is this process: what the kernel sends there is read here, and back.
#ifndef PARLOR_BENCH_NET_TUN_DEVICE_H_
#define PARLOR_BENCH_NET_TUN_DEVICE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace parlor::bench {

class TunDevice {
 public:
  static constexpr size_t kMaxPacket = 65'535;

  // Makes the device in the network namespace of this process; it may be moved to another one, and is gone
  // with this object. PERMISSION_DENIED: this user may not. ALREADY_EXISTS: there is one of that name.
  static absl::StatusOr<std::unique_ptr<TunDevice>> Make(const std::string& name);
  ~TunDevice();
  TunDevice(const TunDevice&) = delete;
  TunDevice& operator=(const TunDevice&) = delete;

  int file() const { return file_; }  // to wait for
  // A packet of IP, in `buffer`; none: there is none now.
  std::optional<absl::string_view> Read(absl::Span<char> buffer) const;
  // False: the kernel does not take it; the device is down, or too much waits there.
  bool Write(absl::string_view packet) const;

 private:
  explicit TunDevice(int file) : file_(file) {}

  const int file_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_TUN_DEVICE_H_
