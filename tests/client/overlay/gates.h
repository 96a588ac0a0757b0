// What the overlay promises (docs/overlay.md), as experiments that hold or do not.
#ifndef PARLOR_TESTS_CLIENT_OVERLAY_GATES_H_
#define PARLOR_TESTS_CLIENT_OVERLAY_GATES_H_

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

#include "client/overlay/overlay_options.h"
#include "client/overlay/simulator/room.h"

namespace parlor::client::overlay {

// What an experiment has to show. The least that is promised, not what is measured.
struct Gate {
  double redundancy = 1e9;    // below
  uint32_t last_hop = 1'000;  // at most
  double reached = 1;         // at least: of member × message
};

::testing::AssertionResult Holds(const simulator::Outcome& outcome, const Gate& gate);

struct Experiment {
  std::string name;
  Gate gate;
  std::function<simulator::Outcome(const OverlayOptions& options, uint64_t seed)> run;
  uint64_t seeds = 2;  // from 1 on
};

inline void PrintTo(const Experiment& experiment, std::ostream* out) {
  *out << experiment.name;
}

// Rooms of a thousand, no directory once everybody is in, links of 10 to 50 ms.
Experiment OneSender();
Experiment ManySenders();
Experiment EverybodyAtOnce();
Experiment Loss(double part);
Experiment HalfCrash();
Experiment FourFifthsCrash();
Experiment Partition();
Experiment Churn();

}  // namespace parlor::client::overlay

#endif  // PARLOR_TESTS_CLIENT_OVERLAY_GATES_H_
