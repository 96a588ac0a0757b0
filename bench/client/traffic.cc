#include "bench/client/traffic.h"

#include <future>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "bench/client/latencies.h"

namespace parlor::bench {
namespace {

using client::DeliveryEvent;
using client::ErrorEvent;
using client::Event;

constexpr absl::Duration kWarmUp = absl::Milliseconds(500);

client::Command SendCommand(const std::string& target) {
  return {"send", {{"target", target}, {"text", std::string(kTextSize, 'm')}}, "bench"};
}

std::string AnswerOf(const ErrorEvent& error) {
  return ErrorAnswer(absl::UnavailableError(absl::StrCat(error.command, ": ", error.message)));
}

// Of one SendMany. Loop thread only.
class Flood : public std::enable_shared_from_this<Flood> {
 public:
  Flood(Person& person, const std::string& target, absl::Duration duration, std::promise<std::string>& answer)
      : person_(person), command_(SendCommand(target)), duration_(duration), answer_(answer) {}

  void Start() {
    began_ = person_.loop().Uptime();
    Refill();
  }

  void OnEvent(const Event& event) {
    if (const auto* error = std::get_if<ErrorEvent>(&event); error != nullptr)
      return Answer(AnswerOf(*error));
    if (!IsDelivered(event)) return;
    ++delivered_;
    if (std::exchange(turn_posted_, true)) return;
    person_.loop().Post([self = shared_from_this()] { self->Turn(); });
  }

 private:
  // Once for all marks that came in one turn of the loop.
  void Turn() {
    turn_posted_ = false;
    const absl::Duration elapsed = person_.loop().Uptime() - began_;
    if (measured_from_ == absl::ZeroDuration()) {
      if (elapsed < kWarmUp) return Refill();
      measured_from_ = elapsed;
      delivered_before_ = delivered_;
    }
    if (elapsed < measured_from_ + duration_) return Refill();
    if (rate_ == 0) {
      rate_ = static_cast<double>(delivered_ - delivered_before_) /
              absl::ToDoubleSeconds(elapsed - measured_from_);
    }
    if (delivered_ == sent_) Answer(nlohmann::json{{"rate", rate_}, {"messages", sent_}}.dump());
  }

  void Refill() {
    for (; sent_ - delivered_ < kWindow; ++sent_) person_.core().Execute(command_);
  }

  void Answer(std::string line) {
    if (!std::exchange(answered_, true)) answer_.set_value(std::move(line));
  }

  Person& person_;
  const client::Command command_;
  const absl::Duration duration_;
  std::promise<std::string>& answer_;
  absl::Duration began_;
  absl::Duration measured_from_;
  int64_t sent_ = 0;
  int64_t delivered_ = 0;
  int64_t delivered_before_ = 0;
  double rate_ = 0;
  bool turn_posted_ = false;
  bool answered_ = false;
};

}  // namespace

std::string SendOneByOne(Person& person, const std::string& target, absl::Duration duration) {
  RoundTrips trips(duration);
  std::promise<std::string> answer;
  const client::Command command = SendCommand(target);
  person.Listen([&, answered = false](const Event& event) mutable {
    if (answered) return;
    if (const auto* error = std::get_if<ErrorEvent>(&event)) {
      answered = true;
      return answer.set_value(AnswerOf(*error));
    }
    if (!IsDelivered(event)) return;
    if (trips.End()) {
      trips.Begin();
      return person.core().Execute(command);  // in the loop's next turn, as for any interface
    }
    answered = true;
    answer.set_value(trips.Summary());
  });
  trips.Begin();
  person.Execute(command);
  std::string line = answer.get_future().get();
  person.Listen(nullptr);
  return line;
}

std::string SendMany(Person& person, const std::string& target, absl::Duration duration) {
  std::promise<std::string> answer;
  const auto flood = std::make_shared<Flood>(person, target, duration, answer);
  person.Listen([flood](const Event& event) { flood->OnEvent(event); });
  person.loop().Post([flood] { flood->Start(); });
  std::string line = answer.get_future().get();
  person.Listen(nullptr);
  return line;
}

}  // namespace parlor::bench
