// What a benchmark reports: a figure of ours, the floor's of the same run, their ratio and the goal.
#ifndef PARLOR_BENCH_FIGURE_H_
#define PARLOR_BENCH_FIGURE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

// How far ours may be from the floor.
struct Goal {
  enum class Kind { kNone, kAtLeast, kAtMost };
  Kind kind = Kind::kNone;
  double ratio = 0;   // ours / floor
  double figure = 0;  // for a goal without a floor: ours itself, when `ratio` is 0
};
inline Goal AtLeast(double ratio) {
  return {Goal::Kind::kAtLeast, ratio, 0};
}
inline Goal AtMost(double ratio) {
  return {Goal::Kind::kAtMost, ratio, 0};
}
inline Goal FigureAtMost(double figure) {
  return {Goal::Kind::kAtMost, 0, figure};
}
inline Goal FigureAtLeast(double figure) {
  return {Goal::Kind::kAtLeast, 0, figure};
}

// One run: ours and the floor's, taken one right after the other, so that a neighbour on the machine disturbs
// both. No floor: 0.
struct Pair {
  double ours = 0;
  double floor = 0;
};

struct Figure {
  std::string benchmark;  // as the command line names it: "login"
  std::string name;       // "logins"
  std::string unit;       // "1/s", "µs", "B"
  Goal goal;
  std::vector<Pair> runs;                            // at least one
  nlohmann::json detail = nlohmann::json::object();  // what explains the figure: sizes, counts, splits

  // Medians over the runs; the ratio is the median of the runs' ratios, 0 without a floor.
  double ours() const;
  double floor() const;
  double ratio() const;
  bool held() const;
};

// {"benchmark":…,"name":…,"unit":…,"ours":…,"floor":…,"ratio":…,"goal":"≤ 1.3","held":true,"runs":[[ours,floor]…],
//  "detail":{…}}
nlohmann::json ToJson(const Figure& figure);

// What every benchmark is told.
struct BenchOptions {
  int runs = 5;                                // pairs a figure
  absl::Duration duration = absl::Seconds(2);  // of the measured part of each half of a pair
  int connections = 5'000;                     // of the presence benchmark
  int idle_people = 9'900;                     // of the idle benchmark; files stop at 20,000 a process
  int people = 10'000;                         // of the registrations benchmark
  bool apart = false;                          // echo: over the network of bench/net/namespaces.py
};

struct Benchmark {
  std::string name;
  std::string help;
  std::function<absl::StatusOr<std::vector<Figure>>(const BenchOptions&)> run;
};

// A part of a benchmark that runs in a process of its own (see child.h).
struct Role {
  std::string name;
  std::function<absl::Status(const std::vector<std::string>& arguments)> run;
};

// The `fraction` quantile (0.5: the median) of values in any order; 0 of none.
double Quantile(std::vector<double> values, double fraction);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_FIGURE_H_
