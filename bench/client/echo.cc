#include "bench/client/echo.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/devices.h"
#include "bench/client/echo_frame.h"
#include "bench/client/latencies.h"
#include "bench/client/link_echo.h"
#include "bench/client/quic_floor.h"
#include "bench/client/tls_echo.h"
#include "bench/net/sides.h"
#include "bench/scratch_directory.h"

namespace parlor::bench {
namespace {

Figure EchoFigure(const char* name, double goal) {
  Figure figure;
  figure.benchmark = "echo";
  figure.name = name;
  figure.unit = "µs";
  figure.goal = AtMost(goal);
  figure.detail = {{"frame_bytes", kEchoFrameSize}, {"cpus", {kServerCpu, ClientCpu()}}};
  return figure;
}

struct Echo {
  std::unique_ptr<Child> server;
  std::unique_ptr<Child> client;

  absl::StatusOr<nlohmann::json> Measure(const std::string& question) const {
    PARLOR_ASSIGN_OR_RETURN(const std::string answer, client->Ask(question));
    return ParseAnswer(answer);
  }
};

void Add(Figure& p50, Figure& p99, const nlohmann::json& ours, const nlohmann::json& floor) {
  p50.runs.push_back({ours["p50"], floor["p50"]});
  p99.runs.push_back({ours["p99"], floor["p99"]});
  for (Figure* figure : {&p50, &p99}) figure->detail["round_trips"].push_back(ours["count"]);
}

// With a slow and lossy network in between.
absl::StatusOr<Echo> StartApart(std::vector<std::string> arguments, const std::vector<Side>& sides) {
  Echo echo;
  PARLOR_ASSIGN_OR_RETURN(echo.server,
                          Child::Start(kLinkEchoServer, arguments, {.cpu = {}, .network = sides[0].network}));
  arguments.push_back(sides[0].address);
  arguments.push_back(echo.server->greeting());
  PARLOR_ASSIGN_OR_RETURN(echo.client,
                          Child::Start(kLinkEchoClient, arguments, {.cpu = {}, .network = sides[1].network}));
  return echo;
}

// There is no floor: what is lost on the way takes longer than all else. UDP is compared with TCP.
absl::StatusOr<std::vector<Figure>> MeasureEchoApart(const BenchOptions& options) {
  const std::vector<Side> sides = SidesFromEnvironment();
  if (sides.size() < 2) {
    return absl::FailedPreconditionError("there is no network: run this by bench/net/namespaces.py");
  }
  PARLOR_ASSIGN_OR_RETURN(const auto scratch, ScratchDirectory::Make());
  const std::string directory = scratch->path().string();
  PARLOR_RETURN_IF_ERROR(MakeDevices(directory));
  PARLOR_ASSIGN_OR_RETURN(const Echo tcp, StartApart({directory, "tcp"}, sides));
  PARLOR_ASSIGN_OR_RETURN(const Echo udp, StartApart({directory, "udp"}, sides));
  Figure p50 = EchoFigure("round trip over UDP against TCP p50", 1.1);
  Figure p99 = EchoFigure("round trip over UDP against TCP p99", 1);
  const std::string seconds = absl::StrCat(absl::ToDoubleSeconds(options.duration));
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json over_tcp, tcp.Measure(seconds));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json over_udp, udp.Measure(seconds));
    Add(p50, p99, over_udp, over_tcp);
  }
  return std::vector<Figure>{std::move(p50), std::move(p99)};
}

absl::StatusOr<Echo> Start(const char* server, std::vector<std::string> arguments, const char* client) {
  Echo echo;
  PARLOR_ASSIGN_OR_RETURN(echo.server, Child::Start(server, arguments, {.cpu = kServerCpu, .network = {}}));
  arguments.push_back(echo.server->greeting());
  PARLOR_ASSIGN_OR_RETURN(echo.client, Child::Start(client, arguments, {.cpu = ClientCpu(), .network = {}}));
  return echo;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureEcho(const BenchOptions& options) {
  if (options.apart) return MeasureEchoApart(options);
  PARLOR_ASSIGN_OR_RETURN(const auto scratch, ScratchDirectory::Make());
  const std::string directory = scratch->path().string();
  PARLOR_ASSIGN_OR_RETURN(const auto tls, TlsEcho::Start(directory));
  PARLOR_ASSIGN_OR_RETURN(const Echo tcp, Start(kLinkEchoServer, {directory, "tcp"}, kLinkEchoClient));
  PARLOR_ASSIGN_OR_RETURN(const Echo quic, Start(kQuicServer, {directory}, kQuicClient));
  PARLOR_ASSIGN_OR_RETURN(const Echo udp, Start(kLinkEchoServer, {directory, "udp"}, kLinkEchoClient));

  Figure tcp_p50 = EchoFigure("round trip p50", 1.3);
  Figure tcp_p99 = EchoFigure("round trip p99", 1.5);
  Figure udp_p50 = EchoFigure("round trip over UDP p50", 1.3);
  Figure udp_p99 = EchoFigure("round trip over UDP p99", 1.5);
  const std::string seconds = absl::StrCat(absl::ToDoubleSeconds(options.duration));
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json over_tcp, tcp.Measure(seconds));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json tls_floor, tls->Measure(options.duration));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json over_udp, udp.Measure(seconds));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json quic_floor, quic.Measure(seconds));
    Add(tcp_p50, tcp_p99, over_tcp, tls_floor);
    Add(udp_p50, udp_p99, over_udp, quic_floor);
  }
  return std::vector<Figure>{std::move(tcp_p50), std::move(tcp_p99), std::move(udp_p50), std::move(udp_p99)};
}

}  // namespace parlor::bench
