#include "bench/services/calls.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/rpc/status.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/crowd.h"
#include "bench/services/shared_data.h"
#include "bench/services/unary_load.h"
#include "parlor/presence/v1/presence.grpc.pb.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"

namespace parlor::bench {
namespace {

constexpr int kPeople = 500;
constexpr uint32_t kRoomsPerPage = 50;
constexpr double kCallsGoal = 0.7;
// The crowd sends no heartbeats: the streams are there to be found.
constexpr char kNoHeartbeats[] = "36000";
constexpr char kLookup[] = "/parlor.presence.v1.Presence/Lookup";
constexpr char kListRooms[] = "/parlor.rooms.v1.Rooms/ListRooms";

struct Measured {
  UnaryResult result;
  absl::Duration server_cpu;  // of all calls
  absl::Duration client_cpu;
};

absl::StatusOr<Measured> MeasureCalls(const UnaryLoad& load, const Child& server) {
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration before, server.CpuTime());
  const absl::Duration own_before = OwnCpuTime();
  PARLOR_ASSIGN_OR_RETURN(const UnaryResult result, Run(load));
  const absl::Duration own = OwnCpuTime() - own_before;
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration after, server.CpuTime());
  return Measured{result, after - before, own};
}

nlohmann::json Detail(const Measured& measured) {
  const auto a_call = [&](absl::Duration cpu) {
    return absl::ToDoubleMicroseconds(cpu) / static_cast<double>(measured.result.calls);
  };
  return {{"p50_us", absl::ToDoubleMicroseconds(measured.result.p50)},
          {"p99_us", absl::ToDoubleMicroseconds(measured.result.p99)},
          {"answer_bytes", std::round(measured.result.answer_bytes)},
          {"server_cpu_us_a_call", a_call(measured.server_cpu)},
          {"client_cpu_us_a_call", a_call(measured.client_cpu)}};
}

// Ours and the floor in turns; the floor answers as many bytes as ours did.
absl::StatusOr<Figure> Compare(const std::string& name, UnaryLoad load, const Child& server,
                               const SharedData& data, const BenchOptions& options) {
  load.measured = options.duration;
  PARLOR_ASSIGN_OR_RETURN(Measured ours, MeasureCalls(load, server));  // warms up, and counts the bytes
  PARLOR_ASSIGN_OR_RETURN(
      const std::unique_ptr<Child> bare,
      Child::Start("bare-server", {data.path(), absl::StrCat(std::llround(ours.result.answer_bytes))}));
  UnaryLoad floor_load = load;
  floor_load.target.port = bare->greeting();
  floor_load.method = kLookup;
  // Not the floor, but a part of what is above it: the same with a token that nobody looks at.
  const UnaryLoad token_load = floor_load;
  floor_load.tokens.clear();

  Figure figure;
  figure.benchmark = "calls";
  figure.name = name;
  figure.unit = "1/s";
  figure.goal = AtLeast(kCallsGoal);
  Measured floor;
  std::vector<double> with_token;
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(ours, MeasureCalls(load, server));
    PARLOR_ASSIGN_OR_RETURN(floor, MeasureCalls(floor_load, *bare));
    PARLOR_ASSIGN_OR_RETURN(const Measured token, MeasureCalls(token_load, *bare));
    figure.runs.push_back({ours.result.per_second, floor.result.per_second});
    with_token.push_back(token.result.per_second);
  }
  figure.detail = {{"connections", load.connections},
                   {"in_flight", load.in_flight},
                   {"floor_with_a_token", with_token},
                   {"last_run", {{"ours", Detail(ours)}, {"floor", Detail(floor)}}}};
  return figure;
}

std::vector<std::string> LookupRequests() {
  std::vector<std::string> requests;
  for (int i = 0; i < kPeople; ++i) {
    presence::v1::LookupRequest request;
    request.set_user(PersonName(i));
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

// One request a page, over all pages.
absl::StatusOr<std::vector<std::string>> ListRoomsRequests(const Target& target, const std::string& token) {
  const auto stub = rooms::v1::Rooms::NewStub(MakeChannel(target));
  std::vector<std::string> requests;
  rooms::v1::ListRoomsRequest request;
  request.set_page_size(kRoomsPerPage);
  do {
    requests.push_back(request.SerializeAsString());
    grpc::ClientContext context;
    AddToken(context, token);
    rooms::v1::ListRoomsResponse response;
    PARLOR_RETURN_IF_ERROR(FromGrpc(stub->ListRooms(&context, request, &response)));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return requests;
}

absl::StatusOr<std::vector<Figure>> RunCalls(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Child> server,
                          Child::Start("live-server", {data->path(), kNoHeartbeats}));
  UnaryLoad load;
  load.target = {server->greeting(), data->trust().tls.root_pem, data->server_id()};
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Crowd> crowd, Crowd::Gather(load.target, *data, kPeople));
  for (int i = 0; i < load.connections; ++i)
    load.tokens.push_back(data->AccessToken(absl::StrCat("asker", i)));

  load.method = kLookup;
  load.requests = LookupRequests();
  PARLOR_ASSIGN_OR_RETURN(Figure lookup, Compare("Presence.Lookup", load, *server, *data, options));
  load.method = kListRooms;
  PARLOR_ASSIGN_OR_RETURN(load.requests, ListRoomsRequests(load.target, load.tokens[0]));
  PARLOR_ASSIGN_OR_RETURN(Figure list, Compare("Rooms.ListRooms, 50 of 500", load, *server, *data, options));
  return std::vector<Figure>{std::move(lookup), std::move(list)};
}

}  // namespace

Benchmark CallsBenchmark() {
  return {"calls", "Lookup and ListRooms with a valid token, against bare gRPC calls", RunCalls};
}

}  // namespace parlor::bench
