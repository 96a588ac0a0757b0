#include "bench/town/hall.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/figure.h"
#include "bench/services/people.h"

namespace parlor::bench {
namespace {

constexpr char kRoom[] = "hall";
constexpr size_t kTextSize = 100;
constexpr absl::Duration kTick = absl::Milliseconds(5);
constexpr absl::Duration kEntering = absl::Minutes(10);
constexpr absl::Duration kPatience = absl::Seconds(60);

std::string Text(size_t index) {
  std::string text = absl::StrCat(index, " ");
  text.resize(std::max(kTextSize, text.size()), 'm');
  return text;
}

}  // namespace

Hall::~Hall() {
  town_.OnLoop([this] {
    town_.EndListening(this);
    timer_.reset();
  });
}

// ---- coming in

absl::StatusOr<nlohmann::json> Hall::Gather(int people, int at_once) {
  town_.OnLoop([&] {
    town_.Listen(this, [this](int citizen, const client::Event& event) { OnEvent(citizen, event); });
    people_ = people;
    at_once_ = at_once;
    asked_at_.resize(static_cast<size_t>(people));
    join_seconds_.resize(static_cast<size_t>(people), -1);
    LetIn();
  });
  PARLOR_RETURN_IF_ERROR(town_.Await(
      "not everybody is in the hall", [this] { return inside_ == people_; }, kEntering));
  nlohmann::json result;
  town_.OnLoop([&] {
    const std::vector<double> joins(join_seconds_.begin() + 1, join_seconds_.end());
    result = {{"join_p50_ms", 1e3 * Quantile(joins, 0.5)},
              {"join_p99_ms", 1e3 * Quantile(joins, 0.99)},
              {"join_max_ms", 1e3 * Quantile(joins, 1)}};
  });
  return result;
}

void Hall::LetIn() {
  for (; asked_ < people_ && asked_ < inside_ + at_once_ && (asked_ == 0 || inside_ > 0); ++asked_) {
    asked_at_[static_cast<size_t>(asked_)] = town_.loop().Uptime();
    town_.Execute(asked_, {asked_ == 0 ? "create" : "join", {{"room", kRoom}}, {}});
  }
}

void Hall::OnEvent(int citizen, const client::Event& event) {
  if (const auto* message = std::get_if<client::MessageEvent>(&event)) return OnMessage(citizen, *message);
  if (const auto* error = std::get_if<client::ErrorEvent>(&event)) return OnRefused(*error);
  const auto* room = std::get_if<client::RoomEvent>(&event);
  const char* const in = citizen == 0 ? "entered" : "linked";
  if (room == nullptr || room->change != in) return;
  double& took = join_seconds_[static_cast<size_t>(citizen)];
  if (took >= 0) return;
  took = absl::ToDoubleSeconds(town_.loop().Uptime() - asked_at_[static_cast<size_t>(citizen)]);
  ++inside_;
  town_.loop().Post([this] { LetIn(); });
}

// ---- talking

nlohmann::json Hall::Speak(double messages_a_second, double seconds, int speakers) {
  const absl::Duration cpu_before = OwnCpuTime();
  town_.OnLoop([&] {
    messages_a_second_ = messages_a_second;
    speakers_ = speakers;
    said_.clear();
    seconds_.clear();
    last_seconds_.clear();
    unheard_ = twice_ = refused_ = 0;
    ticked_at_ = town_.loop().Uptime();
    timer_ = town_.loop().After(kTick, [this] { Tick(); });
  });
  absl::SleepFor(absl::Seconds(seconds));
  town_.OnLoop([this] { timer_.reset(); });
  // What does not come is told in figures.
  town_
      .Await(
          "silence", [this] { return unheard_ == 0; }, kPatience)
      .IgnoreError();
  nlohmann::json result;
  town_.OnLoop([&] { result = Figures(OwnCpuTime() - cpu_before); });
  return result;
}

void Hall::Tick() {
  const absl::Duration now = town_.loop().Uptime();
  due_ += absl::ToDoubleSeconds(now - std::exchange(ticked_at_, now)) * messages_a_second_;
  for (; due_ >= 1; --due_) SayNext();
  town_.loop().Post([done = std::shared_ptr<client::Timer>(std::move(timer_))] {});
  timer_ = town_.loop().After(kTick, [this] { Tick(); });
}

void Hall::SayNext() {
  const size_t index = said_.size();
  said_.push_back({.at = town_.loop().Uptime()});
  unheard_ += people_ - 1;
  const auto speaker = static_cast<int>(index % static_cast<size_t>(speakers_));
  town_.Execute(speaker,
                {"send", {{"target", absl::StrCat("#", kRoom)}, {"text", Text(index)}}, absl::StrCat(index)});
}

void Hall::OnRefused(const client::ErrorEvent& error) {
  size_t index = 0;
  if (error.command != "send" || !absl::SimpleAtoi(error.ref, &index) || index >= said_.size()) return;
  if (std::exchange(said_[index].refused, true)) return;
  ++refused_;
  unheard_ -= people_ - 1;
}

void Hall::OnMessage(int citizen, const client::MessageEvent& message) {
  size_t index = 0;
  const std::vector<std::string> words = absl::StrSplit(message.text, absl::MaxSplits(' ', 1));
  if (message.from == CitizenName(citizen) || !absl::SimpleAtoi(words.front(), &index)) return;
  if (index >= said_.size()) return;
  Said& said = said_[index];
  if (++said.heard > people_ - 1) {
    ++twice_;
    return;
  }
  --unheard_;
  const double took = absl::ToDoubleSeconds(town_.loop().Uptime() - said.at);
  seconds_.push_back(took);
  if (said.heard == people_ - 1) last_seconds_.push_back(took);
}

nlohmann::json Hall::Figures(absl::Duration cpu) const {
  const double deliveries = std::max<double>(1, static_cast<double>(seconds_.size()));
  return {{"people", people_},
          {"said", said_.size()},
          {"refused", refused_},
          {"lost", unheard_},
          {"twice", twice_},
          {"p50_ms", 1e3 * Quantile(seconds_, 0.5)},
          {"p99_ms", 1e3 * Quantile(seconds_, 0.99)},
          {"last_p50_ms", 1e3 * Quantile(last_seconds_, 0.5)},
          {"last_p99_ms", 1e3 * Quantile(last_seconds_, 0.99)},
          {"last_max_ms", 1e3 * Quantile(last_seconds_, 1)},
          {"cpu_us_per_delivery", absl::ToDoubleMicroseconds(cpu) / deliveries}};
}

}  // namespace parlor::bench
