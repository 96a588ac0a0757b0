#include "bench/services/presence_clients.h"

#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/beating_stream.h"
#include "bench/services/shared_data.h"
#include "nlohmann/json.hpp"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::bench {
namespace {

// Handshakes at once: enough to keep both processes busy, and far below what a server waits for one.
constexpr size_t kConnecting = 32;
constexpr absl::Duration kPatience = absl::Seconds(120);
// How late a beat may be, beside a period of seconds.
constexpr absl::Duration kStep = absl::Milliseconds(1);
// Of a stream that is still being greeted.
constexpr absl::Duration kUntilTold = absl::Seconds(1);

grpc::ByteBuffer ToBuffer(const presence::v1::ConnectRequest& frame) {
  const grpc::Slice slice(frame.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer Hello() {
  presence::v1::ConnectRequest frame;
  frame.mutable_hello()->mutable_status()->set_availability(presence::v1::AVAILABILITY_ONLINE);
  return ToBuffer(frame);
}

grpc::ByteBuffer Heartbeat() {
  presence::v1::ConnectRequest frame;
  frame.mutable_heartbeat()->set_client_time_ms(absl::ToUnixMillis(absl::Now()));
  return ToBuffer(frame);
}

class Clients final : public BeatListener {
 public:
  // `every`: how often each beats; nothing: as it is told.
  Clients(Target target, const SharedData* data, size_t count, std::optional<absl::Duration> every)
      : target_(std::move(target)),
        data_(data),
        count_(count),
        every_(every),
        hello_(Hello()),
        heartbeat_(Heartbeat()) {}
  ~Clients() override {
    for (const auto& stream : streams_) stream->Stop();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Clients::AllEnded));
  }

  absl::StatusOr<nlohmann::json> Connect();
  absl::StatusOr<nlohmann::json> Beat(absl::Duration period);

 private:
  void OnGreeted() override {
    absl::MutexLock lock(&mutex_);
    ++greeted_;
  }
  void OnAnswer(absl::Duration after) override {
    absl::MutexLock lock(&mutex_);
    answer_seconds_.push_back(absl::ToDoubleSeconds(after));
  }
  void OnStreamEnded(const absl::Status& why) override {
    absl::MutexLock lock(&mutex_);
    ++ended_;
    if (error_.ok()) error_ = why;
  }

  struct Due {
    absl::Time at;
    BeatingStream* stream;
    friend bool operator<(const Due& a, const Due& b) { return a.at > b.at; }  // the next one is on top
  };

  // Beats that are due.
  void BeatDue();
  absl::Duration PaceOf(const BeatingStream& stream) const {
    return every_.has_value() ? *every_ : stream.told().value_or(kUntilTold);
  }
  // Beats until so many streams are greeted.
  absl::Status WaitForGreeted(size_t at_least);
  absl::Status CheckAllOpen();
  bool AllEnded() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ended_ == streams_.size(); }

  // Constant after construction.
  const Target target_;
  const SharedData* const data_;
  const size_t count_;
  const std::optional<absl::Duration> every_;
  const grpc::ByteBuffer hello_;
  const grpc::ByteBuffer heartbeat_;

  // Of the main thread.
  std::vector<std::unique_ptr<BeatingStream>> streams_;
  std::priority_queue<Due> due_;
  int64_t beats_ = 0;
  int64_t skipped_ = 0;

  absl::Mutex mutex_;
  size_t greeted_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<double> answer_seconds_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);  // of the first stream that ended
};

void Clients::BeatDue() {
  while (!due_.empty() && due_.top().at <= absl::Now()) {
    const Due due = due_.top();
    due_.pop();
    due_.push({due.at + PaceOf(*due.stream), due.stream});
    ++(due.stream->Beat(heartbeat_) ? beats_ : skipped_);
  }
}

absl::Status Clients::CheckAllOpen() {
  absl::MutexLock lock(&mutex_);
  if (ended_ == 0) return absl::OkStatus();
  return error_.ok() ? absl::AbortedError("the server ended a stream") : error_;
}

absl::Status Clients::WaitForGreeted(size_t at_least) {
  const absl::Time deadline = absl::Now() + kPatience;
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return greeted_ >= at_least || ended_ > 0; };
  for (;;) {
    BeatDue();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&enough), kStep)) break;
    if (absl::Now() < deadline) continue;
    return absl::DeadlineExceededError(absl::StrFormat("%u of %u streams were greeted", greeted_, count_));
  }
  return CheckAllOpen();
}

absl::StatusOr<nlohmann::json> Clients::Connect() {
  std::vector<std::string> tokens;
  for (size_t i = 0; i < count_; ++i) tokens.push_back(data_->AccessToken(absl::StrFormat("watcher%05u", i)));
  const absl::Time start = absl::Now();
  for (const std::string& token : tokens) {
    if (streams_.size() >= kConnecting) {
      PARLOR_RETURN_IF_ERROR(WaitForGreeted(streams_.size() - kConnecting + 1));
    }
    const Pace pace = every_.has_value() ? Pace::kAnswered : Pace::kTold;
    streams_.push_back(std::make_unique<BeatingStream>(target_, token, pace, this));
    streams_.back()->Start(hello_);
    due_.push({absl::Now() + PaceOf(*streams_.back()), streams_.back().get()});
  }
  PARLOR_RETURN_IF_ERROR(WaitForGreeted(count_));
  return nlohmann::json{{"seconds", absl::ToDoubleSeconds(absl::Now() - start)}};
}

absl::StatusOr<nlohmann::json> Clients::Beat(absl::Duration period) {
  {
    absl::MutexLock lock(&mutex_);
    answer_seconds_.clear();
  }
  beats_ = 0;
  skipped_ = 0;
  const absl::Time end = absl::Now() + period;
  while (absl::Now() < end) {
    BeatDue();
    absl::SleepFor(kStep);
  }
  PARLOR_RETURN_IF_ERROR(CheckAllOpen());
  absl::MutexLock lock(&mutex_);
  return nlohmann::json{{"beats", beats_},
                        {"skipped", skipped_},
                        {"answers", answer_seconds_.size()},
                        {"p50_us", 1e6 * Quantile(answer_seconds_, 0.5)},
                        {"p99_us", 1e6 * Quantile(answer_seconds_, 0.99)}};
}

absl::StatusOr<nlohmann::json> Answer(Clients& clients, const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words.size() == 1 && words[0] == "connect") return clients.Connect();
  double period = 0;
  if (words.size() == 2 && words[0] == "beat" && absl::SimpleAtod(words[1], &period)) {
    return clients.Beat(absl::Seconds(period));
  }
  return absl::InvalidArgumentError("neither connect nor beat SECONDS");
}

absl::Status RunPresenceClients(const std::vector<std::string>& arguments) {
  size_t count = 0;
  double seconds = 0;
  const bool told = arguments.size() == 4 && arguments[3] == "told";
  if (arguments.size() != 4 || !absl::SimpleAtoi(arguments[2], &count) ||
      (!told && (!absl::SimpleAtod(arguments[3], &seconds) || seconds <= 0))) {
    return absl::InvalidArgumentError("usage: presence-clients DIRECTORY PORT COUNT SECONDS|told");
  }
  std::optional<absl::Duration> every;
  if (!told) every = absl::Seconds(seconds);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Open(arguments[0]));
  Clients clients({arguments[1], data->trust().tls.root_pem, data->server_id()}, data.get(), count, every);
  ServeParent("ready", [&clients](const std::string& line) {
    const absl::StatusOr<nlohmann::json> answer = Answer(clients, line);
    if (answer.ok()) return answer->dump();
    return nlohmann::json{{"error", answer.status().ToString()}}.dump();
  });
  return absl::OkStatus();
}

}  // namespace

Role PresenceClientsRole() {
  return {"presence-clients", RunPresenceClients};
}

}  // namespace parlor::bench
