// One room of a broker: a client says something at a fixed rate, and it is measured when the last of the
// others has read it. All clients are in this process, on one thread, so that one clock tells both moments;
// with many of them, the time that it takes to read for the others is a part of what is measured.
#ifndef PARLOR_BENCH_BROKER_BROKER_RUN_H_
#define PARLOR_BENCH_BROKER_BROKER_RUN_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parlor::bench {

struct BrokerQuestion {
  std::string kind = "irc";  // or "mqtt"
  bool tls = false;          // whoever answers is taken: the certificate is not looked at
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  size_t clients = 2;   // at least 2; the first one talks
  size_t warming = 50;  // messages before those that are measured
  size_t messages = 1'000;
  absl::Duration interval = absl::Milliseconds(20);
  absl::Duration settle = absl::Seconds(10);  // for what is missing after the last message
  std::optional<pid_t> broker_pid;
};

struct BrokerFigures {
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  size_t missed = 0;  // messages, each for every client who did not get it
  std::optional<double> broker_cpu_us_per_message;
  double client_cpu_us_per_message = 0;  // of all clients together, the sender's too
};

// UNAVAILABLE, FAILED_PRECONDITION: there is no such broker, or it refuses somebody or closes a connection;
// DEADLINE_EXCEEDED: not everybody came in, or not everybody heard what was said before the measurement.
absl::StatusOr<BrokerFigures> MeasureBroker(const BrokerQuestion& question);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_BROKER_RUN_H_
