#include "bench/figure.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace parlor::bench {
namespace {

double MedianOf(const std::vector<Pair>& runs, const std::function<double(const Pair&)>& field) {
  std::vector<double> values;
  for (const Pair& run : runs) values.push_back(field(run));
  return Quantile(std::move(values), 0.5);
}

std::string GoalText(const Goal& goal) {
  if (goal.kind == Goal::Kind::kNone) return "";
  const double bound = goal.ratio > 0 ? goal.ratio : goal.figure;
  return absl::StrFormat("%s %g", goal.kind == Goal::Kind::kAtLeast ? "≥" : "≤", bound);
}

}  // namespace

double Quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(at));
  const auto above = static_cast<size_t>(std::ceil(at));
  return values[below] + (values[above] - values[below]) * (at - std::floor(at));
}

double Figure::ours() const {
  return MedianOf(runs, [](const Pair& run) { return run.ours; });
}

double Figure::floor() const {
  return MedianOf(runs, [](const Pair& run) { return run.floor; });
}

double Figure::ratio() const {
  return MedianOf(runs, [](const Pair& run) { return run.floor > 0 ? run.ours / run.floor : 0; });
}

bool Figure::held() const {
  if (goal.kind == Goal::Kind::kNone) return true;
  const double value = goal.ratio > 0 ? ratio() : ours();
  const double bound = goal.ratio > 0 ? goal.ratio : goal.figure;
  return goal.kind == Goal::Kind::kAtLeast ? value >= bound : value <= bound;
}

nlohmann::json ToJson(const Figure& figure) {
  nlohmann::json runs = nlohmann::json::array();
  for (const Pair& run : figure.runs) runs.push_back({run.ours, run.floor});
  return {{"benchmark", figure.benchmark}, {"name", figure.name},     {"unit", figure.unit},
          {"ours", figure.ours()},         {"floor", figure.floor()}, {"ratio", figure.ratio()},
          {"goal", GoalText(figure.goal)}, {"held", figure.held()},   {"runs", runs},
          {"detail", figure.detail}};
}

}  // namespace parlor::bench
