// parlor-bench overlay: the overlay that ships, thousands of times over, on virtual time
// (client/overlay/simulator).
#ifndef PARLOR_BENCH_OVERLAY_OVERLAY_COMMAND_H_
#define PARLOR_BENCH_OVERLAY_OVERLAY_COMMAND_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "client/overlay/simulator/room.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// What is asked on the command line; the members' and the messages' numbers are counts.
struct OverlayQuestion {
  size_t peers = 1'000;
  uint64_t seed = 1;
  double loss = 0;  // of frames
  size_t active_view = client::overlay::OverlayOptions().active_view;
  size_t mesh = client::overlay::OverlayOptions().mesh_members;  // up to so many members
  std::string senders = "one";  // "many": anybody, one at a time; "all": everybody in the same moment
  size_t warming = 100;
  size_t measured = 200;
  double interval_ms = 100;
  double crash = 0;      // part of the members that is gone before the measured messages
  double partition = 0;  // seconds that two halves do not reach each other, while the messages are written
  double churn = 0;      // part of the members that is replaced by others, a minute
  double settle_s = 30;  // after the last message
  bool json = false;
};

class OverlayCommand {
 public:
  explicit OverlayCommand(CLI::App& app);

  bool parsed() const { return command_->parsed(); }
  // Prints what came out; the last line is JSON with --json. 0: everybody got everything.
  int Run() const;

 private:
  CLI::App* const command_;
  OverlayQuestion question_;
};

// {"peers":…,"redundancy":…,"last_hop":…,"missed":…,"seed":…, …}
nlohmann::json MeasureOverlay(const OverlayQuestion& question);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_OVERLAY_OVERLAY_COMMAND_H_
