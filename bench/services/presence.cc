#include "bench/services/presence.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/open_files.h"
#include "bench/services/shared_data.h"

namespace parlor::bench {
namespace {

constexpr double kMemoryGoal = 1.3;
constexpr double kCpuGoal = 2.0;
// Of a core, with 9,900 people who do nothing; 36 % were a bare server's that answers each every 5 s.
constexpr double kIdleGoal = 15.0;
constexpr char kHeartbeatSeconds[] = "5";  // service::StreamOptions
constexpr absl::Duration kRound = absl::Seconds(5);
constexpr absl::Duration kShortestIdle = absl::Seconds(5);
// Two rounds of heartbeats: processor time is counted in steps of 10 ms, and a round of 5,000 takes some 500.
constexpr absl::Duration kShortestMeasure = absl::Seconds(10);
// About what a HeartbeatAnswer has.
constexpr char kAnswerBytes[] = "16";
// Files beside the connections: of gRPC, the store, the pipes.
constexpr int kOtherFiles = 200;

struct Cost {
  double bytes_a_connection = 0;
  double cpu_us_a_beat = 0;
  double percent_of_a_core = 0;
  nlohmann::json detail;
};

struct Crowd {
  int people = 0;
  std::string pace;         // of presence-clients
  absl::Duration warm_up;   // until everybody has beaten
  absl::Duration measured;  // afterwards
};

absl::StatusOr<nlohmann::json> AskJson(Child& clients, const std::string& line) {
  PARLOR_ASSIGN_OR_RETURN(const std::string text, clients.Ask(line));
  nlohmann::json answer = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return absl::InternalError(absl::StrCat("no answer of the clients: ", text));
  if (!answer.contains("error")) return answer;
  return absl::AbortedError(absl::StrCat("presence clients: ", answer["error"].get<std::string>()));
}

// Both children are fresh: memory that an earlier run freed would hide what this one takes.
absl::StatusOr<Cost> MeasurePresence(const std::string& role, const std::vector<std::string>& arguments,
                                     const SharedData& data, const Crowd& crowd) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Child> server, Child::Start(role, arguments));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Child> clients,
                          Child::Start("presence-clients", {data.path(), server->greeting(),
                                                            absl::StrCat(crowd.people), crowd.pace}));
  PARLOR_ASSIGN_OR_RETURN(const double bytes_before, server->ResidentBytes());
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json connected, AskJson(*clients, "connect"));
  const auto beat = [&](absl::Duration time) {
    return AskJson(*clients, absl::StrCat("beat ", absl::ToDoubleSeconds(time)));
  };
  PARLOR_RETURN_IF_ERROR(beat(crowd.warm_up).status());
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration cpu_before, server->CpuTime());
  PARLOR_ASSIGN_OR_RETURN(nlohmann::json beaten, beat(crowd.measured));
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration cpu_after, server->CpuTime());
  PARLOR_ASSIGN_OR_RETURN(const double bytes_after, server->ResidentBytes());

  const auto beats = beaten["beats"].get<double>();
  if (beats == 0) return absl::AbortedError("no stream beat: give more --connections or --seconds");
  beaten["connect_seconds"] = connected["seconds"];
  beaten["server_idle_bytes"] = bytes_before;
  return Cost{(bytes_after - bytes_before) / crowd.people,
              absl::ToDoubleMicroseconds(cpu_after - cpu_before) / beats,
              100 * absl::FDivDuration(cpu_after - cpu_before, crowd.measured), std::move(beaten)};
}

// What people cost who do nothing, at the pace that presence asks them for, against a server that answers
// each of them every 5 s.
absl::StatusOr<std::vector<Figure>> RunIdle(const BenchOptions& options) {
  PARLOR_RETURN_IF_ERROR(AllowFiles(options.idle_people + kOtherFiles));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
  Figure idle = {"idle", "CPU of people who do nothing", "% of a core", FigureAtMost(kIdleGoal), {}, {}};
  const absl::Duration measured = std::max(10 * options.duration, kShortestIdle);
  // Whoever came early was told a pace for few, and hears of the right one with an answer, 30 s later.
  const Crowd paced{options.idle_people, "told", 3 * measured, measured};
  const Crowd beating{options.idle_people, kHeartbeatSeconds, kShortestIdle, measured};
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const Cost ours,
                            MeasurePresence("live-server", {data->path(), kHeartbeatSeconds}, *data, paced));
    PARLOR_ASSIGN_OR_RETURN(const Cost floor,
                            MeasurePresence("bare-server", {data->path(), kAnswerBytes}, *data, beating));
    idle.runs.push_back({ours.percent_of_a_core, floor.percent_of_a_core});
    idle.detail["last_run"] = {{"ours", ours.detail}, {"floor", floor.detail}};
  }
  idle.detail["people"] = options.idle_people;
  return std::vector<Figure>{std::move(idle)};
}

absl::StatusOr<std::vector<Figure>> RunPresence(const BenchOptions& options) {
  PARLOR_RETURN_IF_ERROR(AllowFiles(options.connections + kOtherFiles));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
  Figure memory = {"presence", "memory a connection", "B", AtMost(kMemoryGoal), {}, {}};
  Figure cpu = {"presence", "server CPU a heartbeat", "µs", AtMost(kCpuGoal), {}, {}};
  const Crowd crowd{options.connections, kHeartbeatSeconds, kRound,
                    std::max(options.duration, kShortestMeasure)};
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(
        const Cost ours,
        MeasurePresence("live-server", {data->path(), kHeartbeatSeconds, "answers-all"}, *data, crowd));
    PARLOR_ASSIGN_OR_RETURN(const Cost floor,
                            MeasurePresence("bare-server", {data->path(), kAnswerBytes}, *data, crowd));
    memory.runs.push_back({ours.bytes_a_connection, floor.bytes_a_connection});
    cpu.runs.push_back({ours.cpu_us_a_beat, floor.cpu_us_a_beat});
    cpu.detail["last_run"] = {{"ours", ours.detail}, {"floor", floor.detail}};
  }
  memory.detail = {{"connections", options.connections}};
  cpu.detail["connections"] = options.connections;
  cpu.detail["heartbeat_seconds"] = kHeartbeatSeconds;
  return std::vector<Figure>{std::move(memory), std::move(cpu)};
}

}  // namespace

Benchmark PresenceBenchmark() {
  return {"presence", "memory and CPU of presence connections, against bare gRPC streams", RunPresence};
}

Benchmark IdleBenchmark() {
  return {"idle", "CPU of people who are online and do nothing, against bare gRPC streams", RunIdle};
}

}  // namespace parlor::bench
