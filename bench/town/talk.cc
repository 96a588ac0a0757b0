#include "bench/town/talk.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/figure.h"

namespace parlor::bench {
namespace {

constexpr absl::Duration kTalkTick = absl::Milliseconds(10);
// Longer than the longest pause between two tries of a client.
constexpr absl::Duration kTalkPatience = absl::Seconds(60);
constexpr char kCall[] = "call";

// Next to each other they are asked of all of the town.
int Somebody(int64_t call, int citizens) {
  constexpr int64_t kStride = 7'919;
  return static_cast<int>(call * kStride % citizens);
}

template <typename... Answers>
bool IsAnswer(const client::Event& event) {
  return (... || (std::holds_alternative<Answers>(event) && std::get<Answers>(event).ref == kCall));
}

}  // namespace

Talk::~Talk() {
  town_.OnLoop([this] {
    town_.EndListening(this);
    timer_.reset();
  });
}

void Talk::Begin(double messages_a_second, double calls_a_second) {
  town_.OnLoop([&] {
    messages_a_second_ = messages_a_second;
    calls_a_second_ = calls_a_second;
    ticked_at_ = town_.loop().Uptime();
    town_.Listen(this, [this](int citizen, const client::Event& event) { OnEvent(citizen, event); });
    timer_ = town_.loop().After(kTalkTick, [this] { Tick(); });
  });
}

void Talk::Tick() {
  const absl::Duration now = town_.loop().Uptime();
  const double seconds = absl::ToDoubleSeconds(now - std::exchange(ticked_at_, now));
  for (messages_due_ += seconds * messages_a_second_; messages_due_ >= 1; --messages_due_) SayNext();
  for (calls_due_ += seconds * calls_a_second_; calls_due_ >= 1; --calls_due_) CallNext();
  town_.loop().Post([done = std::shared_ptr<client::Timer>(std::move(timer_))] {});
  timer_ = town_.loop().After(kTalkTick, [this] { Tick(); });
}

void Talk::SayNext() {
  const auto index = static_cast<int64_t>(said_.size());
  const auto speaker = static_cast<int>(index % town_.plan().citizens);
  const bool in_room = (index / town_.plan().citizens + speaker) % 2 == 0;
  const int expected = in_room ? to_a_room_ - 1 : 1;
  said_.push_back({town_.loop().Uptime(), expected, 0});
  unheard_ += expected;
  const std::string target =
      in_room ? absl::StrCat("#", town_.RoomOf(speaker)) : absl::StrCat("@", town_.NameOf(speaker ^ 1));
  town_.Execute(speaker, {"send", {{"target", target}, {"text", absl::StrCat(index)}}, {}});
}

void Talk::CallNext() {
  const int caller = Somebody(calls_, town_.plan().citizens);
  const std::array<client::Command, 4> commands = {{
      {"rooms", {{"query", town_.RoomOf(caller)}}, kCall},
      {"lookup", {{"user", town_.NameOf(caller ^ 1)}}, kCall},
      {"devices", {}, kCall},
      {"find", {{"prefix", town_.NameOf(caller)}}, kCall},
  }};
  town_.Execute(caller, commands[static_cast<size_t>(calls_) % commands.size()]);
  ++calls_;
}

void Talk::OnEvent(int citizen, const client::Event& event) {
  if (const auto* message = std::get_if<client::MessageEvent>(&event)) OnMessage(citizen, *message);
  if (IsAnswer<client::DoneEvent, client::RoomsEvent, client::PeopleEvent, client::DevicesEvent>(event)) {
    ++answered_;
  }
  if (IsAnswer<client::ErrorEvent>(event)) ++failed_;
}

void Talk::OnMessage(int citizen, const client::MessageEvent& message) {
  size_t index = 0;
  if (message.from == town_.NameOf(citizen) || !absl::SimpleAtoi(message.text, &index)) return;
  if (index >= said_.size()) return;
  Said& said = said_[index];
  if (++said.heard > said.expected) {
    ++twice_;
    return;
  }
  --unheard_;
  seconds_.push_back(absl::ToDoubleSeconds(town_.loop().Uptime() - said.at));
}

nlohmann::json Talk::End() {
  town_.OnLoop([this] { timer_.reset(); });
  // What does not come is told in figures.
  town_
      .Await(
          "silence",
          [this] { return unheard_ == 0 && answered_ + failed_ == calls_ && town_.undelivered() == 0; },
          kTalkPatience)
      .IgnoreError();
  nlohmann::json result;
  town_.OnLoop([&] {
    result = {{"said", said_.size()},
              {"heard", seconds_.size()},
              {"lost", unheard_},
              {"twice", twice_},
              {"undelivered", town_.undelivered()},
              {"p50_ms", 1e3 * Quantile(seconds_, 0.5)},
              {"p99_ms", 1e3 * Quantile(seconds_, 0.99)},
              {"max_ms", 1e3 * Quantile(seconds_, 1)},
              {"calls", calls_},
              {"calls_failed", failed_},
              {"calls_unanswered", calls_ - answered_ - failed_}};
    town_.EndListening(this);
  });
  return result;
}

}  // namespace parlor::bench
