#include "bench/broker/broker_command.h"

#include <iostream>

#include "nlohmann/json.hpp"

namespace parlor::bench {
namespace {

nlohmann::json ToJson(const BrokerQuestion& question, const BrokerFigures& figures) {
  nlohmann::json json = {{"kind", question.kind},
                         {"tls", question.tls},
                         {"clients", question.clients},
                         {"messages", question.messages},
                         {"interval_ms", absl::ToDoubleMilliseconds(question.interval)},
                         {"p50_us", figures.p50_us},
                         {"p99_us", figures.p99_us},
                         {"max_us", figures.max_us},
                         {"missed", figures.missed},
                         {"broker_cpu_us_per_message", nullptr},
                         {"client_cpu_us_per_message", figures.client_cpu_us_per_message}};
  if (figures.broker_cpu_us_per_message.has_value()) {
    json["broker_cpu_us_per_message"] = *figures.broker_cpu_us_per_message;
  }
  return json;
}

}  // namespace

BrokerCommand::BrokerCommand(CLI::App& app)
    : command_(app.add_subcommand("broker", "a room of an IRC server or an MQTT broker that runs already")) {
  command_->add_option("--kind", question_.kind)->check(CLI::IsMember({"irc", "mqtt"}))->required();
  command_->add_flag("--tls", question_.tls, "without looking at its certificate");
  command_->add_option("--host", question_.host, "an IP address")->capture_default_str();
  command_->add_option("--port", question_.port)->check(CLI::Range(1, 65'535))->required();
  command_->add_option("--clients", question_.clients, "the first one talks")
      ->check(CLI::Range(2, 10'000))
      ->capture_default_str();
  command_->add_option("--warming", question_.warming, "messages before")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  command_->add_option("--messages", question_.messages)
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command_->add_option("--interval-ms", interval_ms_, "between two of them")
      ->check(CLI::Range(0.01, 60'000.0))
      ->capture_default_str();
  command_->add_option("--settle", settle_s_, "seconds at most, after the last message")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  command_->add_option("--broker-pid", broker_pid_, "whose processor time is counted")
      ->check(CLI::PositiveNumber);
  command_->add_flag("--json", json_, "one line of JSON");
}

int BrokerCommand::Run() const {
  BrokerQuestion question = question_;
  question.interval = absl::Milliseconds(interval_ms_);
  question.settle = absl::Seconds(settle_s_);
  if (broker_pid_ > 0) question.broker_pid = broker_pid_;
  const absl::StatusOr<BrokerFigures> figures = MeasureBroker(question);
  if (!figures.ok()) {
    std::cerr << "parlor-bench, broker: " << figures.status() << "\n";
    return 1;
  }
  const nlohmann::json json = ToJson(question, *figures);
  if (json_) {
    std::cout << json.dump() << std::endl;
  } else {
    for (const auto& [name, value] : json.items()) std::cout << name << ": " << value << "\n";
  }
  return figures->missed == 0 ? 0 : 1;
}

}  // namespace parlor::bench
