#include "bench/room/deliveries.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "bench/figure.h"

namespace parlor::bench {
namespace {

constexpr double kNanosAMilli = 1e6;
constexpr double kNanosASecond = 1e9;

}  // namespace

int64_t SharedNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Deliveries::Message& Deliveries::MessageOf(int speaker, size_t number) {
  std::vector<Message>& messages = speakers_[speaker];
  if (messages.size() <= number) messages.resize(number + 1);
  return messages[number];
}

size_t Deliveries::Said(int speaker, int64_t now_ns) {
  const size_t number = speakers_[speaker].size();
  MessageOf(speaker, number).said_ns = now_ns;
  ++accepted_;
  return number;
}

void Deliveries::Refused(int speaker, size_t number) {
  if (!std::exchange(MessageOf(speaker, number).refused, true)) --accepted_;
}

void Deliveries::Heard(int listener, int speaker, size_t number, int64_t said_ns, int64_t now_ns) {
  Ear& ear = ears_[{listener, speaker}];
  if (number < ear.next) {
    const bool late = ear.skipped.erase(number) > 0;
    ++(late ? disordered_ : twice_);
    if (!late) return;
  }
  for (; ear.next < number; ++ear.next) ear.skipped.insert(ear.next);
  ear.next = std::max(ear.next, number + 1);

  Message& message = MessageOf(speaker, number);
  message.said_ns = said_ns;
  message.last_ns = std::max(message.last_ns, now_ns);
  ++message.heard;
  ++heard_;
}

nlohmann::json Deliveries::ToJson() const {
  nlohmann::json speakers = nlohmann::json::array();
  for (const auto& [name, messages] : speakers_) {
    nlohmann::json list = nlohmann::json::array();
    for (const Message& each : messages) {
      list.push_back({each.said_ns, each.heard, each.last_ns, each.refused});
    }
    speakers.push_back({name, list});
  }
  return {{"speakers", speakers}, {"twice", twice_}, {"disordered", disordered_}};
}

absl::Status Deliveries::Add(const nlohmann::json& other) {
  try {
    for (const nlohmann::json& speaker : other.at("speakers")) {
      const int name = speaker.at(0).get<int>();
      size_t number = 0;
      for (const nlohmann::json& each : speaker.at(1)) {
        Message& message = MessageOf(name, number++);
        message.said_ns = std::max(message.said_ns, each.at(0).get<int64_t>());
        message.heard += each.at(1).get<int>();
        message.last_ns = std::max(message.last_ns, each.at(2).get<int64_t>());
        message.refused |= each.at(3).get<bool>();
      }
    }
    twice_ += other.at("twice").get<int64_t>();
    disordered_ += other.at("disordered").get<int64_t>();
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("no deliveries: ", error.what()));
  }
  accepted_ = heard_ = 0;
  for (const auto& [name, messages] : speakers_) {
    for (const Message& each : messages) {
      accepted_ += each.said_ns > 0 && !each.refused ? 1 : 0;
      heard_ += each.heard;
    }
  }
  return absl::OkStatus();
}

nlohmann::json Deliveries::Outcome(int people, int64_t since_ns) const {
  std::vector<double> last;
  int64_t said = 0;
  int64_t refused = 0;
  int64_t first_ns = 0;
  int64_t last_ns = 0;
  for (const auto& [name, messages] : speakers_) {
    for (const Message& each : messages) {
      if (each.said_ns < since_ns || each.said_ns == 0) continue;
      ++said;
      refused += each.refused ? 1 : 0;
      first_ns = first_ns == 0 ? each.said_ns : std::min(first_ns, each.said_ns);
      last_ns = std::max(last_ns, each.last_ns);
      if (each.heard >= people - 1) {
        last.push_back(static_cast<double>(each.last_ns - each.said_ns) / kNanosAMilli);
      }
    }
  }
  const double seconds = static_cast<double>(last_ns - first_ns) / kNanosASecond;
  return {{"said", said},
          {"refused", refused},
          {"lost", accepted_ * (people - 1) - heard_},
          {"twice", twice_},
          {"disordered", disordered_},
          {"last_p50_ms", Quantile(last, 0.5)},
          {"last_p99_ms", Quantile(last, 0.99)},
          {"last_max_ms", Quantile(last, 1)},
          {"held_a_second", seconds > 0 ? static_cast<double>(said - refused) / seconds : 0}};
}

}  // namespace parlor::bench
