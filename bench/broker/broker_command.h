// parlor-bench broker: clients of a broker that runs already. scripts/bench brokers starts them.
#ifndef PARLOR_BENCH_BROKER_BROKER_COMMAND_H_
#define PARLOR_BENCH_BROKER_BROKER_COMMAND_H_

#include "CLI/CLI.hpp"
#include "bench/broker/broker_run.h"

namespace parlor::bench {

class BrokerCommand {
 public:
  explicit BrokerCommand(CLI::App& app);

  bool parsed() const { return command_->parsed(); }
  // Prints what came out; the last line is JSON with --json. 0: everybody got everything.
  int Run() const;

 private:
  CLI::App* const command_;
  BrokerQuestion question_;
  double interval_ms_ = absl::ToDoubleMilliseconds(question_.interval);
  double settle_s_ = absl::ToDoubleSeconds(question_.settle);
  pid_t broker_pid_ = 0;  // 0: none
  bool json_ = false;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_BROKER_COMMAND_H_
