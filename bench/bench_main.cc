// parlor-bench: what Parlor costs, against floors measured in the same run. One JSON object a figure, a line
// each.
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "bench/broker/broker_command.h"
#include "bench/client/benchmarks.h"
#include "bench/figure.h"
#include "bench/net/relay_command.h"
#include "bench/overlay/overlay_command.h"
#include "bench/room/hall_role.h"
#include "bench/room/room_command.h"
#include "bench/services/benchmarks.h"
#include "bench/town/town_role.h"

namespace parlor::bench {
namespace {

constexpr int kWrongUsage = 2;

template <typename T>
std::vector<T> Joined(std::vector<T> first, const std::vector<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

int RunRole(const std::string& name, const std::vector<std::string>& arguments) {
  for (const Role& role : Joined(Joined(ServiceRoles(), ClientRoles()), {TownRole(), HallRole()})) {
    if (role.name != name) continue;
    const absl::Status status = role.run(arguments);
    if (!status.ok()) std::cerr << "parlor-bench, " << name << ": " << status << "\n";
    return status.ok() ? 0 : 1;
  }
  std::cerr << "parlor-bench: no role " << name << "\n";
  return kWrongUsage;
}

bool RunBenchmark(const Benchmark& benchmark, const BenchOptions& options) {
  const absl::StatusOr<std::vector<Figure>> figures = benchmark.run(options);
  if (!figures.ok()) {
    std::cerr << "parlor-bench, " << benchmark.name << ": " << figures.status() << "\n";
    return false;
  }
  for (const Figure& figure : *figures) std::cout << ToJson(figure).dump() << std::endl;
  return true;
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the programs do
  // A part of a benchmark, started by it (child.h): its arguments are its own, whatever they look like.
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 2 && words[0] == "--role") return RunRole(words[1], {words.begin() + 2, words.end()});

  const std::vector<Benchmark> benchmarks = Joined(ServiceBenchmarks(), ClientBenchmarks());
  BenchOptions options;
  double seconds = absl::ToDoubleSeconds(options.duration);
  CLI::App app("What Parlor costs, against floors measured in the same run; one JSON object a line.");
  app.add_option("--runs", options.runs, "pairs of ours and the floor; the median counts")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--seconds", seconds, "of each half of a pair")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--connections", options.connections, "of `presence`")
      ->check(CLI::Range(1, 9'000))
      ->capture_default_str();
  app.add_option("--idle-people", options.idle_people, "of `idle`")
      ->check(CLI::Range(1, 9'900))
      ->capture_default_str();
  app.add_option("--people", options.people, "of `registrations`")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--apart", options.apart,
               "`echo` over the network of bench/net/namespaces.py: UDP against TCP");
  app.fallthrough();
  for (const Benchmark& benchmark : benchmarks) app.add_subcommand(benchmark.name, benchmark.help);
  const OverlayCommand overlay(app);
  const BrokerCommand broker(app);
  const RelayCommand relay(app);
  const RoomCommand room(app);
  CLI::App* all = app.add_subcommand("all", "every benchmark, in this order");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  if (app.get_subcommands().empty()) {
    std::cerr << app.help();
    return kWrongUsage;
  }
  if (overlay.parsed()) return overlay.Run();
  if (broker.parsed()) return broker.Run();
  if (relay.parsed()) return relay.Run();
  if (room.parsed()) return room.Run();
  options.duration = absl::Seconds(seconds);
  bool ok = true;
  for (const Benchmark& benchmark : benchmarks) {
    if (all->parsed() || app.got_subcommand(benchmark.name)) ok = RunBenchmark(benchmark, options) && ok;
  }
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace parlor::bench

int main(int argc, char** argv) {
  return parlor::bench::Main(argc, argv);
}
