#include "bench/services/registrations.h"

#include <memory>
#include <string>

#include "base/status.h"
#include "bench/child.h"
#include "bench/services/people.h"
#include "bench/services/shared_data.h"
#include "bench/services/workers.h"

namespace parlor::bench {
namespace {

// More than the 128 that wait and the few that run, so that some are told to come back.
constexpr int kAtOnce = 160;

Figure Of(const std::string& name, const std::string& unit, double value) {
  Figure figure;
  figure.benchmark = "registrations";
  figure.name = name;
  figure.unit = unit;
  figure.runs = {{value, 0}};
  return figure;
}

absl::StatusOr<std::vector<Figure>> RunRegistrations(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Make());
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Child> server, Child::Start("auth-server", {data->path()}));
  People people({server->greeting(), data->trust().tls.root_pem, data->server_id()});
  PARLOR_ASSIGN_OR_RETURN(const double idle_bytes, server->ResidentBytes());

  PARLOR_ASSIGN_OR_RETURN(
      const absl::Duration registering,
      ForEach(kAtOnce, options.people, "registered", [&](int person) { return people.Register(person); }));
  const int64_t registration_retries = people.retries();
  PARLOR_ASSIGN_OR_RETURN(const absl::Duration logging_in,
                          ForEach(kAtOnce, options.people, "logged in",
                                  [&](int person) { return people.LogIn(person).status(); }));
  PARLOR_ASSIGN_OR_RETURN(const double peak_bytes, server->PeakResidentBytes());

  Figure registrations = Of("registrations", "1/s", options.people / absl::ToDoubleSeconds(registering));
  registrations.detail = {
      {"people", options.people}, {"at_once", kAtOnce}, {"told_to_come_back", registration_retries}};
  Figure logins = Of("logins", "1/s", options.people / absl::ToDoubleSeconds(logging_in));
  logins.detail = {{"people", options.people},
                   {"at_once", kAtOnce},
                   {"told_to_come_back", people.retries() - registration_retries}};
  Figure memory = Of("server's peak memory", "B", peak_bytes);
  memory.detail = {{"idle_bytes", idle_bytes}};
  return std::vector<Figure>{registrations, logins, memory};
}

}  // namespace

Benchmark RegistrationsBenchmark() {
  return {"registrations", "many registrations, then as many logins: all have to succeed", RunRegistrations};
}

}  // namespace parlor::bench
