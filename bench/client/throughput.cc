#include "bench/client/throughput.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/devices.h"
#include "bench/client/latencies.h"
#include "bench/client/sqlite_floor.h"
#include "bench/client/tls_floor.h"
#include "bench/client/traffic.h"
#include "bench/client/two_people.h"
#include "bench/client/verification.h"

namespace parlor::bench {
namespace {

Figure ThroughputFigure(const char* benchmark, const char* name, Goal goal) {
  Figure figure;
  figure.benchmark = benchmark;
  figure.name = name;
  figure.unit = "1/s";
  figure.goal = goal;
  figure.detail["text_bytes"] = kTextSize;
  return figure;
}

// Plain TLS with as many frames in a record as fit.
class FrameStream {
 public:
  static absl::StatusOr<FrameStream> Start(const std::filesystem::path& directory) {
    PARLOR_RETURN_IF_ERROR(MakeDevices(directory));
    PARLOR_ASSIGN_OR_RETURN(auto sink, Child::Start(kTlsServer, {directory.string(), "sink"}));
    PARLOR_ASSIGN_OR_RETURN(auto source, Child::Start(kTlsClient, {directory.string(), sink->greeting()}));
    return FrameStream(std::move(sink), std::move(source));
  }

  absl::StatusOr<double> Rate(absl::Duration duration) {
    PARLOR_ASSIGN_OR_RETURN(const std::string line,
                            source_->Ask(absl::StrCat("stream ", absl::ToDoubleSeconds(duration))));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json answer, ParseAnswer(line));
    return answer["rate"].get<double>();
  }

 private:
  FrameStream(std::unique_ptr<Child> sink, std::unique_ptr<Child> source)
      : sink_(std::move(sink)), source_(std::move(source)) {}
  std::unique_ptr<Child> sink_;
  std::unique_ptr<Child> source_;
};

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasurePrivate(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const auto people, TwoPeople::Make());
  PARLOR_ASSIGN_OR_RETURN(FrameStream stream, FrameStream::Start(people->scratch().path() / "stream"));
  PARLOR_ASSIGN_OR_RETURN(SqliteFloor sqlite, SqliteFloor::Open(people->scratch().path()));
  Figure messages = ThroughputFigure("private", "messages", FigureAtLeast(50'000));
  Figure frames = ThroughputFigure("private", "messages, against frames over TLS", Goal());
  Figure rows = ThroughputFigure("private", "messages, against rows in SQLite", Goal());
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const TwoPeople::Run ours, people->SendMany(TwoPeople::kChat, options.duration));
    PARLOR_ASSIGN_OR_RETURN(const double tls, stream.Rate(options.duration));
    PARLOR_ASSIGN_OR_RETURN(const double batches, sqlite.BatchRate(options.duration));
    messages.runs.push_back({ours.rate, 0});
    messages.detail["split"].push_back(ours.split);
    frames.runs.push_back({ours.rate, tls});
    rows.runs.push_back({ours.rate, batches});
  }
  return std::vector<Figure>{std::move(messages), std::move(frames), std::move(rows)};
}

absl::StatusOr<std::vector<Figure>> MeasureSigned(const BenchOptions& options) {
  PARLOR_ASSIGN_OR_RETURN(const auto people, TwoPeople::Make());
  Figure messages = ThroughputFigure("signed", "messages", AtLeast(0.7));
  for (int run = 0; run < options.runs; ++run) {
    PARLOR_ASSIGN_OR_RETURN(const TwoPeople::Run ours, people->SendMany(TwoPeople::kRoom, options.duration));
    PARLOR_ASSIGN_OR_RETURN(const double verifications, VerificationRate(options.duration));
    messages.runs.push_back({ours.rate, verifications});
    messages.detail["split"].push_back(ours.split);
  }
  return std::vector<Figure>{std::move(messages)};
}

}  // namespace parlor::bench
