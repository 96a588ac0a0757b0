#include "bench/room/room_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/latencies.h"
#include "bench/client/person_role.h"
#include "bench/client/quic_floor.h"
#include "bench/client/verification.h"
#include "bench/figure.h"
#include "bench/net/sides.h"
#include "bench/room/deliveries.h"
#include "bench/room/hall_role.h"
#include "bench/scratch_directory.h"

namespace parlor::bench {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);
// Without anything new, after which what is missing is lost.
constexpr absl::Duration kSilence = absl::Seconds(30);
// Processor seconds a second, of all together, when nobody does anything.
constexpr double kRestingCpu = 0.3;
constexpr absl::Duration kMostUnrest = absl::Minutes(2);
// Of the floor: as the messages of one speaker come.
constexpr int64_t kBareFrames = 250;
constexpr absl::Duration kBareInterval = absl::Milliseconds(20);
// What visitors hear was said so often before.
constexpr double kSaidBeforeVisits = 10;

// Everything that was sent on the loopback interface: links, and what is said to the services.
absl::StatusOr<int64_t> LoopbackBytes() {
  PARLOR_ASSIGN_OR_RETURN(const std::string text, ReadFile("/proc/net/dev", 65'536));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> fields =
        absl::StrSplit(line, absl::ByAnyChar(" :"), absl::SkipEmpty());
    int64_t bytes = 0;
    if (fields.size() > 9 && fields[0] == "lo" && absl::SimpleAtoi(fields[9], &bytes)) return bytes;
  }
  return absl::InternalError("no loopback interface in /proc/net/dev");
}

class RoomRun {
 public:
  explicit RoomRun(const RoomQuestion& question) : question_(question) {}

  absl::StatusOr<nlohmann::json> Measure() {
    PARLOR_RETURN_IF_ERROR(Start());
    PARLOR_RETURN_IF_ERROR(ComeIn());
    PARLOR_RETURN_IF_ERROR(ComeToRest());
    if (question_.idle > absl::ZeroDuration()) PARLOR_RETURN_IF_ERROR(Idle());
    if (question_.visits > 0) PARLOR_RETURN_IF_ERROR(Visit());
    if (question_.duration > absl::ZeroDuration()) PARLOR_RETURN_IF_ERROR(Talk());
    PARLOR_ASSIGN_OR_RETURN(outcome_["verifications_a_second"], VerificationRate(absl::Seconds(1)));
    PARLOR_ASSIGN_OR_RETURN(
        outcome_["bare_receive_us"],
        BareReceiveMicros((scratch_->path() / "floor").string(), kBareFrames, kBareInterval));
    return outcome_;
  }

 private:
  using Answers = std::vector<nlohmann::json>;

  absl::Status Start();
  absl::StatusOr<std::unique_ptr<Child>> StartHall(size_t side, int first, int count);
  absl::Status ComeIn();
  absl::Status ComeToRest();
  absl::Status Idle();
  absl::Status Visit();
  absl::Status Talk();

  // Tells each process something, so that they work at the same time. Visitors are not among them.
  absl::StatusOr<Answers> AskEach(const std::vector<std::string>& lines);
  absl::StatusOr<Answers> AskAll(const std::string& line) {
    return AskEach(std::vector<std::string>(halls_.size(), line));
  }
  absl::Status Speak(double messages_a_second, absl::Duration duration);
  absl::Status AwaitSilence();
  absl::StatusOr<double> CpuSeconds();
  absl::StatusOr<double> ResidentBytes() const;

  int CountOf(int process) const {
    return question_.peers / question_.processes + (process < question_.peers % question_.processes ? 1 : 0);
  }
  size_t SideOf(int process) const {
    return question_.visits > 0 ? 0 : 1 + static_cast<size_t>(process) % (sides_.size() - 1);
  }
  std::string NetworkOf(size_t side) const { return sides_.empty() ? "" : sides_[side].network; }

  const RoomQuestion question_;
  std::vector<Side> sides_;
  std::unique_ptr<ScratchDirectory> scratch_;  // gone last
  std::unique_ptr<Child> server_;
  std::vector<std::unique_ptr<Child>> halls_;
  std::unique_ptr<Child> visitors_;
  nlohmann::json outcome_;
};

absl::Status RoomRun::Start() {
  if (question_.apart) {
    sides_ = SidesFromEnvironment();
    if (sides_.size() < 2) {
      return absl::FailedPreconditionError(
          "there is no network with two sides or more: run this by bench/net/namespaces.py");
    }
  }
  PARLOR_ASSIGN_OR_RETURN(scratch_, ScratchDirectory::Make());
  std::vector<std::string> arguments = {(scratch_->path() / "server").string()};
  if (!sides_.empty()) arguments.push_back(sides_[0].address);
  PARLOR_ASSIGN_OR_RETURN(server_,
                          Child::Start(kServerRole, arguments, {.cpu = {}, .network = NetworkOf(0)}));
  int first = 0;
  for (int process = 0; process < question_.processes; ++process) {
    PARLOR_ASSIGN_OR_RETURN(auto hall,
                            StartHall(sides_.empty() ? 0 : SideOf(process), first, CountOf(process)));
    halls_.push_back(std::move(hall));
    first += CountOf(process);
  }
  if (question_.visits == 0) return absl::OkStatus();
  PARLOR_ASSIGN_OR_RETURN(visitors_, StartHall(sides_.empty() ? 0 : 1, first, question_.visits));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Child>> RoomRun::StartHall(size_t side, int first, int count) {
  return Child::Start(kHallRole,
                      {server_->greeting(), (scratch_->path() / "server/trust/root.pem").string(),
                       absl::StrCat(first), absl::StrCat(count)},
                      {.cpu = {}, .network = NetworkOf(side)});
}

absl::StatusOr<RoomRun::Answers> RoomRun::AskEach(const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) PARLOR_RETURN_IF_ERROR(halls_[i]->Tell(lines[i]));
  Answers answers;
  for (size_t i = 0; i < lines.size(); ++i) {
    PARLOR_ASSIGN_OR_RETURN(const std::string answer, halls_[i]->Answer());
    PARLOR_ASSIGN_OR_RETURN(answers.emplace_back(), ParseAnswer(answer));
  }
  return answers;
}

absl::StatusOr<double> RoomRun::ResidentBytes() const {
  double all = 0;
  for (const auto& hall : halls_) {
    PARLOR_ASSIGN_OR_RETURN(const double bytes, hall->ResidentBytes());
    all += bytes;
  }
  return all;
}

absl::StatusOr<double> RoomRun::CpuSeconds() {
  PARLOR_ASSIGN_OR_RETURN(const Answers answers, AskAll("progress"));
  double all = 0;
  for (const nlohmann::json& answer : answers) all += answer["cpu_seconds"].get<double>();
  return all;
}

absl::Status RoomRun::ComeIn() {
  PARLOR_ASSIGN_OR_RETURN(const double before, ResidentBytes());
  PARLOR_RETURN_IF_ERROR(AskAll("connect").status());
  PARLOR_RETURN_IF_ERROR(AskEach({"open"}).status());
  PARLOR_ASSIGN_OR_RETURN(const Answers answers, AskAll(absl::StrCat("enter ", question_.at_once)));
  std::vector<double> linked;
  for (const nlohmann::json& answer : answers) {
    for (const nlohmann::json& each : answer["linked_ms"]) linked.push_back(each.get<double>());
  }
  PARLOR_ASSIGN_OR_RETURN(const double after, ResidentBytes());
  outcome_ = {{"peers", question_.peers},
              {"processes", question_.processes},
              {"enter_p50_ms", Quantile(linked, 0.5)},
              {"enter_max_ms", Quantile(linked, 1)},
              {"memory_a_peer", (after - before) / question_.peers}};
  return absl::OkStatus();
}

// Who has entered is linked with somebody; in a small room they go on, until everybody is with everybody.
absl::Status RoomRun::ComeToRest() {
  const absl::Time until = absl::Now() + kMostUnrest;
  PARLOR_ASSIGN_OR_RETURN(double before, CpuSeconds());
  while (absl::Now() < until) {
    absl::SleepFor(absl::Seconds(1));
    PARLOR_ASSIGN_OR_RETURN(const double now, CpuSeconds());
    if (now - std::exchange(before, now) < kRestingCpu) return absl::OkStatus();
  }
  outcome_["unrest"] = outcome_.value("unrest", 0) + 1;  // waited for in vain
  return absl::OkStatus();
}

absl::Status RoomRun::Idle() {
  PARLOR_ASSIGN_OR_RETURN(const int64_t bytes_before, LoopbackBytes());
  PARLOR_ASSIGN_OR_RETURN(const double cpu_before, CpuSeconds());
  absl::SleepFor(question_.idle);
  PARLOR_ASSIGN_OR_RETURN(const int64_t bytes_after, LoopbackBytes());
  PARLOR_ASSIGN_OR_RETURN(const double cpu_after, CpuSeconds());
  const double seconds = absl::ToDoubleSeconds(question_.idle) * question_.peers;
  outcome_["idle_bytes_a_second_a_peer"] = static_cast<double>(bytes_after - bytes_before) / seconds;
  outcome_["idle_cpu_percent_a_peer"] = 100 * (cpu_after - cpu_before) / seconds;
  return absl::OkStatus();
}

absl::Status RoomRun::Visit() {
  PARLOR_RETURN_IF_ERROR(visitors_->Ask("connect").status());
  PARLOR_RETURN_IF_ERROR(Speak(kSaidBeforeVisits, absl::Seconds(1)));
  PARLOR_RETURN_IF_ERROR(AwaitSilence());
  std::map<std::string, std::vector<double>> took;
  for (int visitor = 0; visitor < question_.visits; ++visitor) {
    PARLOR_RETURN_IF_ERROR(ComeToRest());  // everybody has heard that the one before left
    PARLOR_ASSIGN_OR_RETURN(const std::string line, visitors_->Ask(absl::StrCat("visit ", visitor)));
    PARLOR_ASSIGN_OR_RETURN(const nlohmann::json answer, ParseAnswer(line));
    for (const char* const what : {"entered_ms", "linked_ms", "heard_ms"}) {
      took[what].push_back(answer[what].get<double>());
    }
  }
  for (const auto& [what, milliseconds] : took) outcome_["visits"][what] = Quantile(milliseconds, 0.5);
  return absl::OkStatus();
}

absl::Status RoomRun::Speak(double messages_a_second, absl::Duration duration) {
  const int speakers =
      question_.speakers > 0 ? std::min(question_.speakers, question_.peers) : question_.peers;
  std::vector<std::string> lines;
  for (int process = 0; process < question_.processes; ++process) {
    // Those who speak are spread over the processes as evenly as can be.
    const int own = speakers / question_.processes + (process < speakers % question_.processes ? 1 : 0);
    lines.push_back(absl::StrCat("speak ", own * messages_a_second / speakers, " ",
                                 absl::ToDoubleSeconds(duration), " ", std::max(own, 1)));
  }
  outcome_["speakers"] = speakers;
  return AskEach(lines).status();
}

// Until everybody has heard everything, or nothing comes any more.
absl::Status RoomRun::AwaitSilence() {
  int64_t heard_before = -1;
  absl::Time since = absl::Now();
  for (;;) {
    PARLOR_ASSIGN_OR_RETURN(const Answers answers, AskAll("progress"));
    int64_t accepted = 0;
    int64_t heard = 0;
    for (const nlohmann::json& answer : answers) {
      accepted += answer["accepted"].get<int64_t>();
      heard += answer["heard"].get<int64_t>();
    }
    if (heard >= accepted * (question_.peers - 1)) return absl::OkStatus();
    if (std::exchange(heard_before, heard) != heard) since = absl::Now();
    if (absl::Now() - since > kSilence) return absl::OkStatus();
    absl::SleepFor(kPoll);
  }
}

absl::Status RoomRun::Talk() {
  if (question_.warming > absl::ZeroDuration()) {
    PARLOR_RETURN_IF_ERROR(Speak(question_.messages_a_second, question_.warming));
    PARLOR_RETURN_IF_ERROR(AwaitSilence());
  }
  const int64_t since_ns = SharedNanos();
  PARLOR_ASSIGN_OR_RETURN(const double cpu_before, CpuSeconds());
  PARLOR_RETURN_IF_ERROR(Speak(question_.messages_a_second, question_.duration));
  PARLOR_RETURN_IF_ERROR(AwaitSilence());
  PARLOR_ASSIGN_OR_RETURN(const double cpu_after, CpuSeconds());
  Deliveries all;
  PARLOR_ASSIGN_OR_RETURN(const Answers answers, AskAll("deliveries"));
  for (const nlohmann::json& answer : answers) PARLOR_RETURN_IF_ERROR(all.Add(answer));
  outcome_.update(all.Outcome(question_.peers, since_ns));
  outcome_["offered_a_second"] = question_.messages_a_second;
  const double deliveries =
      (outcome_["said"].get<double>() - outcome_["refused"].get<double>()) * (question_.peers - 1);
  outcome_["cpu_us_per_delivery"] = 1e6 * (cpu_after - cpu_before) / std::max(deliveries, 1.0);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<nlohmann::json> MeasureRoom(const RoomQuestion& question) {
  return RoomRun(question).Measure();
}

}  // namespace parlor::bench
