// parlor-bench room: one room of many whole clients, with sockets, encryption and signatures of their own.
#ifndef PARLOR_BENCH_ROOM_ROOM_COMMAND_H_
#define PARLOR_BENCH_ROOM_ROOM_COMMAND_H_

#include "CLI/CLI.hpp"
#include "bench/room/room_run.h"

namespace parlor::bench {

class RoomCommand {
 public:
  explicit RoomCommand(CLI::App& app);

  bool parsed() const { return command_->parsed(); }
  // Prints what came out; the last line is JSON with --json. 0: everybody heard everything, once and in
  // order.
  int Run() const;

 private:
  CLI::App* const command_;
  RoomQuestion question_;
  double warming_s_ = absl::ToDoubleSeconds(question_.warming);
  double duration_s_ = absl::ToDoubleSeconds(question_.duration);
  double idle_s_ = 0;
  bool json_ = false;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_ROOM_ROOM_COMMAND_H_
