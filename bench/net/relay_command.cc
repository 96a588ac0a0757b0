#include "bench/net/relay_command.h"

#include <chrono>
#include <csignal>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {
namespace {

nlohmann::json ToJson(const Relay::Counts& counts) {
  return {{"taken", counts.lines.taken},       {"forwarded", counts.forwarded}, {"lost", counts.lines.lost},
          {"overflow", counts.lines.overflow}, {"refused", counts.refused},     {"strange", counts.strange}};
}

// Until Relay::Run() waits for them: one that comes before "ready" is obeyed after it.
void BlockSignals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
}

}  // namespace

absl::StatusOr<Relay::Side> ParseSide(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": --side wants NAME=ADDRESS"));
  }
  Relay::Side side;
  side.device = text.substr(0, equals);
  PARLOR_ASSIGN_OR_RETURN(side.address, ParseIpv4(text.substr(equals + 1)));
  return side;
}

RelayCommand::RelayCommand(CLI::App& app)
    : command_(app.add_subcommand("relay", "a slow and lossy network between TUN devices that it makes")) {
  command_->add_option("--side", sides_, "NAME=ADDRESS of a device, at least two of them")
      ->required()
      ->expected(2, 1'000);
  command_->add_option("--delay-ms", delay_ms_, "of each packet, one way")->check(CLI::Range(0.0, 60'000.0));
  command_->add_option("--loss", loss_, "part of the packets, each way")->check(CLI::Range(0.0, 1.0));
  command_->add_option("--seed", seed_, "of who is lost")->capture_default_str();
  command_->add_option("--limit", limit_, "packets on their way from a side")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
}

int RelayCommand::Run() const {
  const absl::Status status = Relays();
  if (!status.ok()) std::cerr << "parlor-bench, relay: " << status << "\n";
  return status.ok() ? 0 : 1;
}

absl::Status RelayCommand::Relays() const {
  std::vector<Relay::Side> sides;
  for (const std::string& text : sides_) {
    PARLOR_ASSIGN_OR_RETURN(Relay::Side side, ParseSide(text));
    sides.push_back(std::move(side));
  }
  DelayLine::Options line;
  line.delay = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double, std::milli>(delay_ms_));
  line.loss = loss_;
  line.seed = seed_;
  line.limit = limit_;
  BlockSignals();
  PARLOR_ASSIGN_OR_RETURN(const auto relay, Relay::Make(sides, line));
  std::cout << "ready" << std::endl;
  PARLOR_RETURN_IF_ERROR(relay->Run());
  std::cout << ToJson(relay->counts()).dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace parlor::bench
