#include "bench/town/transitions.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench/figure.h"
#include "client/loop/loop.h"

namespace parlor::bench {
namespace {

constexpr char kBefore[] = "online";
constexpr absl::Duration kTransitionTick = absl::Milliseconds(5);
constexpr absl::Duration kTransitionPatience = absl::Seconds(10);

class Transitions {
 public:
  Transitions(Town& town, double per_second)
      : town_(town), per_second_(per_second), movers_(static_cast<size_t>(town.plan().citizens) / 2) {}

  ~Transitions() {
    town_.OnLoop([this] {
      town_.EndListening(this);
      timer_.reset();
    });
  }

  void Begin(absl::Duration duration) {
    ticked_at_ = town_.loop().Uptime();
    total_ = std::llround(per_second_ * absl::ToDoubleSeconds(duration));
    town_.Listen(this, [this](int citizen, const client::Event& event) { OnEvent(citizen, event); });
    Tick();
  }
  bool done() const { return count_ == total_ && unseen_ == 0; }
  // Everybody is as before; nobody waits for that to be seen.
  void End() {
    for (size_t i = 0; i < movers_.size(); ++i) {
      movers_[i].awaited = false;
      if (movers_[i].status != kBefore) Set(i, kBefore);
    }
  }
  nlohmann::json Result() const {
    return {{"transitions", count_},
            {"unseen", unseen_},
            {"p50_ms", 1e3 * Quantile(seconds_, 0.5)},
            {"p99_ms", 1e3 * Quantile(seconds_, 0.99)},
            {"max_ms", 1e3 * Quantile(seconds_, 1)}};
  }

 private:
  struct Mover {
    std::string status = kBefore;
    absl::Duration at;
    bool awaited = false;
  };

  void Tick() {
    const absl::Duration now = town_.loop().Uptime();
    const double seconds = absl::ToDoubleSeconds(now - std::exchange(ticked_at_, now));
    for (due_ += seconds * per_second_; due_ >= 1 && count_ < total_; --due_) MoveNext();
    town_.loop().Post([done = std::shared_ptr<client::Timer>(std::move(timer_))] {});
    if (count_ < total_) timer_ = town_.loop().After(kTransitionTick, [this] { Tick(); });
  }

  // One that was not seen until now stays counted as that.
  void MoveNext() {
    const size_t index = next_++ % movers_.size();
    Mover& mover = movers_[index];
    mover.at = town_.loop().Uptime();
    mover.awaited = true;
    ++count_;
    ++unseen_;
    Set(index, mover.status == kBefore ? "busy" : kBefore);
  }

  void Set(size_t index, const char* status) {
    movers_[index].status = status;
    town_.Execute(static_cast<int>(2 * index), {"status", {{"status", status}}, {}});
  }

  void OnEvent(int citizen, const client::Event& event) {
    const auto* seen = std::get_if<client::PresenceEvent>(&event);
    if (seen == nullptr || citizen % 2 == 0) return;
    Mover& mover = movers_[static_cast<size_t>(citizen) / 2];
    if (!mover.awaited || seen->status != mover.status) return;
    mover.awaited = false;
    --unseen_;
    seconds_.push_back(absl::ToDoubleSeconds(town_.loop().Uptime() - mover.at));
  }

  Town& town_;
  const double per_second_;
  std::vector<Mover> movers_;
  size_t next_ = 0;
  absl::Duration ticked_at_;
  int64_t total_ = 0;
  double due_ = 0;
  int64_t count_ = 0;
  int64_t unseen_ = 0;
  std::vector<double> seconds_;
  std::unique_ptr<client::Timer> timer_;
};

}  // namespace

nlohmann::json MeasureTransitions(Town& town, double per_second, absl::Duration duration) {
  Transitions transitions(town, per_second);
  town.OnLoop([&] { transitions.Begin(duration); });
  // What is not seen is told in figures.
  town.Await(
          "all is seen", [&] { return transitions.done(); }, duration + kTransitionPatience)
      .IgnoreError();
  nlohmann::json result;
  town.OnLoop([&] {
    transitions.End();
    result = transitions.Result();
  });
  return result;
}

}  // namespace parlor::bench
