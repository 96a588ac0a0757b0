#include "bench/client/quic_floor.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/bare_quic.h"
#include "bench/client/devices.h"
#include "bench/client/latencies.h"

namespace parlor::bench {
namespace {

constexpr int kTick = 100;  // milliseconds: how soon a server notices that it should stop

absl::Status Connect(BareQuic& quic, uint16_t port) {
  PARLOR_RETURN_IF_ERROR(quic.Dial(port));
  while (!quic.ready()) PARLOR_RETURN_IF_ERROR(quic.Step(kTick));
  return absl::OkStatus();
}

absl::Status PingPong(BareQuic& quic, RoundTrips& trips) {
  do {
    trips.Begin();
    PARLOR_RETURN_IF_ERROR(quic.Send());
    while (quic.TakeFrames() == 0) PARLOR_RETURN_IF_ERROR(quic.Step(kTick));
  } while (trips.End());
  return absl::OkStatus();
}

std::string AnswerTo(const std::string& line, BareQuic& quic) {
  double seconds = 0;
  if (!absl::SimpleAtod(line, &seconds)) return ErrorAnswer(absl::InvalidArgumentError("SECONDS"));
  RoundTrips trips{absl::Seconds(seconds)};
  const absl::Status status = PingPong(quic, trips);
  return status.ok() ? trips.Summary() : ErrorAnswer(status);
}

void Serve(BareQuic& quic, const std::atomic<bool>& stop) {
  while (!stop && quic.Step(kTick).ok()) {
    for (size_t i = quic.TakeFrames(); i > 0; --i) quic.Send().IgnoreError();  // shows at the next step
  }
}

}  // namespace

absl::Status RunQuicServer(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return absl::InvalidArgumentError("DIRECTORY");
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kListener));
  BareQuic quic(device);
  PARLOR_RETURN_IF_ERROR(quic.Bind());
  std::atomic<bool> stop = false;
  std::thread thread([&] { Serve(quic, stop); });
  ServeParent(absl::StrCat(quic.port()));
  stop = true;
  thread.join();
  return absl::OkStatus();
}

absl::Status RunQuicClient(const std::vector<std::string>& arguments) {
  uint32_t port = 0;
  if (arguments.size() != 2 || !absl::SimpleAtoi(arguments[1], &port)) {
    return absl::InvalidArgumentError("DIRECTORY PORT");
  }
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kDialler));
  BareQuic quic(device);
  PARLOR_RETURN_IF_ERROR(Connect(quic, static_cast<uint16_t>(port)));
  ServeParent("ready", [&](const std::string& line) { return AnswerTo(line, quic); });
  return absl::OkStatus();
}

}  // namespace parlor::bench
