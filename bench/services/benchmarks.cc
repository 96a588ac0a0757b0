#include "bench/services/benchmarks.h"

#include "bench/services/auth_server.h"
#include "bench/services/bare_server.h"
#include "bench/services/calls.h"
#include "bench/services/live_server.h"
#include "bench/services/login.h"
#include "bench/services/presence.h"
#include "bench/services/presence_clients.h"
#include "bench/services/registrations.h"
#include "bench/services/shared_data.h"

namespace parlor::bench {

std::vector<Benchmark> ServiceBenchmarks() {
  return {LoginBenchmark(), CallsBenchmark(), PresenceBenchmark(), IdleBenchmark(), RegistrationsBenchmark()};
}

std::vector<Role> ServiceRoles() {
  return {AuthServerRole(), BareServerRole(), LiveServerRole(), PresenceClientsRole(), SharedDataRole()};
}

}  // namespace parlor::bench
