#include "bench/client/quic_floor.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
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

std::string GoToAndFro(BareQuic& quic, absl::Duration duration) {
  RoundTrips trips{duration};
  const absl::Status status = PingPong(quic, trips);
  return status.ok() ? trips.Summary() : ErrorAnswer(status);
}

// Frames at a pace that leaves time to sleep in between, as people's messages do.
std::string SendAtAPace(BareQuic& quic, int64_t frames, absl::Duration interval) {
  absl::Time next = absl::Now();
  for (int64_t i = 0; i < frames; ++i) {
    absl::Status status = quic.Send();
    next += interval;
    for (absl::Time now = absl::Now(); status.ok() && now < next; now = absl::Now()) {
      status = quic.Step(static_cast<int>(absl::ToInt64Milliseconds(next - now) + 1));
    }
    if (!status.ok()) return ErrorAnswer(status);
  }
  return "{}";
}

std::string QuicAnswer(const std::string& line, BareQuic& quic) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  double seconds = 0;
  int64_t frames = 0;
  double interval_ms = 0;
  if (words.size() == 1 && absl::SimpleAtod(words[0], &seconds)) {
    return GoToAndFro(quic, absl::Seconds(seconds));
  }
  if (words.size() == 3 && words[0] == "send" && absl::SimpleAtoi(words[1], &frames) &&
      absl::SimpleAtod(words[2], &interval_ms)) {
    return SendAtAPace(quic, frames, absl::Milliseconds(interval_ms));
  }
  return ErrorAnswer(absl::InvalidArgumentError("SECONDS, or send FRAMES INTERVAL_MS"));
}

void Serve(BareQuic& quic, bool echoes, const std::atomic<bool>& stop) {
  while (!stop && quic.Step(kTick).ok()) {
    const size_t frames = quic.TakeFrames();
    for (size_t i = 0; echoes && i < frames; ++i) quic.Send().IgnoreError();  // shows at the next step
  }
}

// Of the server, which tells it finer than the ticks of /proc.
absl::StatusOr<double> CpuMicros(Child& server) {
  PARLOR_ASSIGN_OR_RETURN(const std::string answer, server.Ask("cpu"));
  double micros = 0;
  if (!absl::SimpleAtod(answer, &micros)) return absl::InternalError(answer);
  return micros;
}

}  // namespace

absl::Status RunQuicServer(const std::vector<std::string>& arguments) {
  const bool echoes = arguments.size() == 1;
  if (!echoes && (arguments.size() != 2 || arguments[1] != "sink")) {
    return absl::InvalidArgumentError("DIRECTORY [sink]");
  }
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kListener));
  BareQuic quic(device);
  PARLOR_RETURN_IF_ERROR(quic.Bind());
  std::atomic<bool> stop = false;
  std::thread thread([&] { Serve(quic, echoes, stop); });
  ServeParent(absl::StrCat(quic.port()),
              [](const std::string&) { return absl::StrCat(absl::ToDoubleMicroseconds(OwnCpuTime())); });
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
  ServeParent("ready", [&](const std::string& line) { return QuicAnswer(line, quic); });
  return absl::OkStatus();
}

absl::StatusOr<double> BareReceiveMicros(const std::string& directory, int64_t frames,
                                         absl::Duration interval) {
  PARLOR_RETURN_IF_ERROR(MakeDevices(directory));
  PARLOR_ASSIGN_OR_RETURN(const auto server, Child::Start(kQuicServer, {directory, "sink"}));
  PARLOR_ASSIGN_OR_RETURN(const auto client, Child::Start(kQuicClient, {directory, server->greeting()}));
  PARLOR_ASSIGN_OR_RETURN(const double before, CpuMicros(*server));
  PARLOR_ASSIGN_OR_RETURN(
      const std::string answer,
      client->Ask(absl::StrCat("send ", frames, " ", absl::ToDoubleMilliseconds(interval))));
  PARLOR_RETURN_IF_ERROR(ParseAnswer(answer).status());
  PARLOR_ASSIGN_OR_RETURN(const double after, CpuMicros(*server));
  return (after - before) / static_cast<double>(frames);
}

}  // namespace parlor::bench
