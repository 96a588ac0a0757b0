#include "bench/room/room_command.h"

#include <iostream>

#include "absl/status/statusor.h"

namespace parlor::bench {
namespace {

bool AllWell(const nlohmann::json& outcome) {
  for (const char* const what : {"lost", "twice", "disordered"}) {
    if (outcome.value(what, 0) != 0) return false;
  }
  return true;
}

}  // namespace

RoomCommand::RoomCommand(CLI::App& app)
    : command_(app.add_subcommand(
          "room", "one room of many whole clients with sockets, encryption and signatures of their own")) {
  command_->add_option("--peers", question_.peers)->check(CLI::Range(2, 2'000))->capture_default_str();
  command_->add_option("--processes", question_.processes, "that the peers are spread over")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command_->add_option("--at-once", question_.at_once, "who enter at the same time, of each process")
      ->check(CLI::Range(1, 2'000))
      ->capture_default_str();
  command_->add_option("--rate", question_.messages_a_second, "messages a second, of all together")
      ->check(CLI::Range(0.01, 100'000.0))
      ->capture_default_str();
  command_->add_option("--speakers", question_.speakers, "0: everybody")->check(CLI::Range(0, 2'000));
  command_->add_option("--warming", warming_s_, "seconds of talk that are not measured")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  command_->add_option("--seconds", duration_s_, "of talk; 0: nobody says anything")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  command_->add_option("--idle", idle_s_, "seconds in which nobody does anything")
      ->check(CLI::Range(0.0, 3'600.0));
  command_->add_option("--visits", question_.visits, "people who enter one after the other, and leave")
      ->check(CLI::Range(0, 1'000));
  command_->add_flag("--apart", question_.apart, "over the network of bench/net/namespaces.py");
  command_->add_flag("--json", json_, "one line of JSON");
}

int RoomCommand::Run() const {
  RoomQuestion question = question_;
  question.warming = absl::Seconds(warming_s_);
  question.duration = absl::Seconds(duration_s_);
  question.idle = absl::Seconds(idle_s_);
  if (question.processes > question.peers) question.processes = question.peers;
  const absl::StatusOr<nlohmann::json> outcome = MeasureRoom(question);
  if (!outcome.ok()) {
    std::cerr << "parlor-bench, room: " << outcome.status() << "\n";
    return 1;
  }
  if (json_) {
    std::cout << outcome->dump() << std::endl;
  } else {
    for (const auto& [name, value] : outcome->items()) std::cout << name << ": " << value << "\n";
  }
  return AllWell(*outcome) ? 0 : 1;
}

}  // namespace parlor::bench
