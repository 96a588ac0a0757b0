#include "bench/client/tls_echo.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/client/devices.h"
#include "bench/client/latencies.h"
#include "bench/client/tls_floor.h"

namespace parlor::bench {

absl::StatusOr<std::unique_ptr<TlsEcho>> TlsEcho::Start(const std::filesystem::path& directory) {
  PARLOR_RETURN_IF_ERROR(MakeDevices(directory));
  auto echo = std::make_unique<TlsEcho>();
  PARLOR_ASSIGN_OR_RETURN(echo->server_, Child::Start(kTlsServer, {directory.string(), "echo"},
                                                      {.cpu = kServerCpu, .network = {}}));
  PARLOR_ASSIGN_OR_RETURN(echo->client_,
                          Child::Start(kTlsClient, {directory.string(), echo->server_->greeting()},
                                       {.cpu = ClientCpu(), .network = {}}));
  return echo;
}

absl::StatusOr<nlohmann::json> TlsEcho::Measure(absl::Duration duration) {
  PARLOR_ASSIGN_OR_RETURN(const std::string answer,
                          client_->Ask(absl::StrCat("echo ", absl::ToDoubleSeconds(duration))));
  return ParseAnswer(answer);
}

}  // namespace parlor::bench
