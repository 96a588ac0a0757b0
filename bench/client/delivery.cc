#include "bench/client/delivery.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/client/latencies.h"
#include "bench/client/sqlite_floor.h"
#include "bench/client/tls_echo.h"
#include "bench/client/two_people.h"

namespace parlor::bench {
namespace {

struct Floor {
  double commit = 0;  // microseconds, the mean of both sides' medians
  double echo = 0;
  double handed_over = 0;  // a commit that another thread does; not part of the floor, but of the reasons
  double sum() const { return 2 * commit + echo; }
};

absl::StatusOr<Floor> MeasureFloor(TlsEcho& echo, SqliteFloor& sender, SqliteFloor& receiver,
                                   absl::Duration duration) {
  PARLOR_ASSIGN_OR_RETURN(const double first, sender.CommitMicros(duration / 4));
  PARLOR_ASSIGN_OR_RETURN(const double second, receiver.CommitMicros(duration / 4));
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json trips, echo.Measure(duration / 4));
  PARLOR_ASSIGN_OR_RETURN(const double handed_over, sender.HandedOverCommitMicros(duration / 4));
  return Floor{(first + second) / 2, trips["p50"], handed_over};
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureDelivery(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const auto people, TwoPeople::Make());
  PARLOR_ASSIGN_OR_RETURN(const auto echo, TlsEcho::Start(people->scratch().path() / "echo"));
  PARLOR_ASSIGN_OR_RETURN(SqliteFloor sender, SqliteFloor::Open(people->scratch().path()));
  PARLOR_ASSIGN_OR_RETURN(SqliteFloor receiver, SqliteFloor::Open(people->scratch().path()));

  Figure figure;
  figure.benchmark = "delivery";
  figure.name = "sent to delivered p50";
  figure.unit = "µs";
  figure.goal = AtMost(1.3);
  const std::string question =
      absl::StrCat("one-by-one ", TwoPeople::kChat, " ", absl::ToDoubleSeconds(options.duration));
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json ours, people->AskSender(question));
    PARLOR_ASSIGN_OR_RETURN(const Floor floor, MeasureFloor(*echo, sender, receiver, options.duration));
    figure.runs.push_back({ours["p50"], floor.sum()});
    figure.detail["messages"].push_back(ours["count"]);
    figure.detail["p99"].push_back(ours["p99"]);
    figure.detail["floor_commit"].push_back(floor.commit);
    figure.detail["handed_over_commit"].push_back(floor.handed_over);
    figure.detail["floor_echo"].push_back(floor.echo);
  }
  return std::vector<Figure>{std::move(figure)};
}

}  // namespace parlor::bench
