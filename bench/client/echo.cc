#include "bench/client/echo.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/echo_frame.h"
#include "bench/client/latencies.h"
#include "bench/client/link_echo.h"
#include "bench/client/tls_echo.h"
#include "bench/scratch_directory.h"

namespace parlor::bench {
namespace {

Figure MakeFigure(const char* name, double goal) {
  Figure figure;
  figure.benchmark = "echo";
  figure.name = name;
  figure.unit = "µs";
  figure.goal = AtMost(goal);
  figure.detail = {{"frame_bytes", kEchoFrameSize}, {"cpus", {kServerCpu, ClientCpu()}}};
  return figure;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureEcho(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const auto scratch, ScratchDirectory::Make());
  const std::string directory = scratch->path().string();
  PARLOR_ASSIGN_OR_RETURN(const auto floor_echo, TlsEcho::Start(directory));
  PARLOR_ASSIGN_OR_RETURN(const auto server, Child::Start(kLinkEchoServer, {directory}, kServerCpu));
  PARLOR_ASSIGN_OR_RETURN(const auto client,
                          Child::Start(kLinkEchoClient, {directory, server->greeting()}, ClientCpu()));

  Figure p50 = MakeFigure("round trip p50", 1.3);
  Figure p99 = MakeFigure("round trip p99", 1.5);
  const std::string seconds = absl::StrCat(absl::ToDoubleSeconds(options.duration));
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const std::string answer, client->Ask(seconds));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json ours, ParseAnswer(answer));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json floor, floor_echo->Measure(options.duration));
    p50.runs.push_back({ours["p50"], floor["p50"]});
    p99.runs.push_back({ours["p99"], floor["p99"]});
    for (Figure* figure : {&p50, &p99}) figure->detail["round_trips"].push_back(ours["count"]);
  }
  return std::vector<Figure>{std::move(p50), std::move(p99)};
}

}  // namespace parlor::bench
