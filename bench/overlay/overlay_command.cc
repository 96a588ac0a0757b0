#include "bench/overlay/overlay_command.h"

#include <iostream>
#include <vector>

namespace parlor::bench {
namespace {

using client::overlay::simulator::MemberIndex;
using client::overlay::simulator::Outcome;
using client::overlay::simulator::Room;
using client::overlay::simulator::RoomOptions;
using client::overlay::simulator::Traffic;

// Of how a run begins: everybody enters, and views come to rest.
constexpr absl::Duration kJoining = absl::Seconds(20);
constexpr absl::Duration kComingToRest = absl::Seconds(10);
constexpr absl::Duration kIdle = absl::Seconds(120);

RoomOptions OptionsOf(const OverlayQuestion& question) {
  RoomOptions options;
  options.seed = question.seed;
  options.network.loss = question.loss;
  options.overlay.active_view = question.active_view;
  options.overlay.active_view_max = question.active_view + 3;
  options.overlay.mesh_members = question.mesh;
  return options;
}

// What one member says when nobody writes.
double IdleBytesPerSecond(Room& room) {
  const Traffic before = room.network().traffic();
  room.events().RunFor(kIdle);
  const Traffic after = room.network().traffic();
  return static_cast<double>(after.gossip_bytes - before.gossip_bytes) / absl::ToDoubleSeconds(kIdle) /
         static_cast<double>(room.alive().size());
}

class Writers {
 public:
  Writers(const OverlayQuestion& question, Room& room)
      : question_(question), room_(room), one_(room.AnyAlive()) {}

  MemberIndex Next() {
    if (question_.senders == "all") {
      if (everybody_.empty()) everybody_ = room_.alive();
      return everybody_[next_++ % everybody_.size()];
    }
    if (question_.senders == "many") return room_.AnyAlive();
    if (!room_.network().alive(one_)) one_ = room_.AnyAlive();
    return one_;
  }
  size_t count() const { return question_.senders == "all" ? room_.alive().size() : question_.measured; }
  absl::Duration interval() const {
    return question_.senders == "all" ? absl::ZeroDuration() : absl::Milliseconds(question_.interval_ms);
  }

 private:
  const OverlayQuestion& question_;
  Room& room_;
  MemberIndex one_;
  std::vector<MemberIndex> everybody_;
  size_t next_ = 0;
};

// A second at a time: some go without a word, as many come, and people write.
void TalkInChurn(const OverlayQuestion& question, Room& room, Writers& writers) {
  const absl::Duration length = static_cast<double>(writers.count()) * writers.interval();
  const auto seconds = static_cast<size_t>(absl::ToInt64Seconds(absl::Ceil(length, absl::Seconds(1))));
  const double a_second = question.churn / 60 * static_cast<double>(question.peers);
  double due = 0;
  for (size_t second = 0; second < seconds; ++second) {
    for (due += a_second; due >= 1; due -= 1) {
      room.Leave(room.AnyAlive());
      room.Join(1, absl::ZeroDuration());
    }
    const size_t messages = writers.count() / seconds;
    room.Talk(messages, absl::Seconds(1) / static_cast<double>(messages), [&] { return writers.Next(); });
  }
}

void Talk(const OverlayQuestion& question, Room& room, Writers& writers) {
  if (question.crash > 0) room.Crash(question.crash);
  if (question.churn > 0) return TalkInChurn(question, room, writers);
  if (question.partition > 0) {
    room.network().Partition([](MemberIndex member) { return static_cast<int>(member % 2); });
    room.events().After(absl::Seconds(question.partition), [&room] { room.network().Heal(); });
  }
  room.Talk(writers.count(), writers.interval(), [&] { return writers.Next(); });
}

nlohmann::json ToJson(const OverlayQuestion& question, const Outcome& outcome, double idle,
                      const Traffic& traffic) {
  const auto deliveries = static_cast<double>(outcome.messages * outcome.members);
  return {{"peers", question.peers},
          {"seed", question.seed},
          {"senders", question.senders},
          {"loss", question.loss},
          {"active_view", question.active_view},
          {"mesh", question.mesh},
          {"alive", outcome.members},
          {"messages", outcome.messages},
          {"redundancy", outcome.redundancy},
          {"last_hop", outcome.last_hop},
          {"missed", outcome.missed},
          {"owed", outcome.owed},
          {"p50_ms", absl::ToDoubleMilliseconds(outcome.p50)},
          {"p99_ms", absl::ToDoubleMilliseconds(outcome.p99)},
          {"last_ms", absl::ToDoubleMilliseconds(outcome.last)},
          {"acknowledged", outcome.acknowledged},
          {"idle_bytes_per_second", idle},
          {"gossip_frames_per_delivery", static_cast<double>(traffic.gossip_frames) / deliveries},
          {"gossip_bytes_per_delivery", static_cast<double>(traffic.gossip_bytes) / deliveries}};
}

}  // namespace

nlohmann::json MeasureOverlay(const OverlayQuestion& question) {
  Room room(OptionsOf(question));
  room.Join(question.peers, kJoining);
  room.events().RunFor(kComingToRest);
  const double idle = IdleBytesPerSecond(room);
  Writers warming(question, room);
  room.Talk(question.warming, absl::Milliseconds(question.interval_ms),
            [&] { return question.senders == "all" ? room.AnyAlive() : warming.Next(); });
  if (question.senders == "all") room.events().RunFor(kComingToRest);
  const size_t first = room.written();
  const Traffic before = room.network().traffic();
  Talk(question, room, warming);
  room.events().RunFor(absl::Seconds(question.settle_s));
  Traffic during = room.network().traffic();
  during.gossip_frames -= before.gossip_frames;
  during.gossip_bytes -= before.gossip_bytes;
  return ToJson(question, room.OutcomeSince(first), idle, during);
}

OverlayCommand::OverlayCommand(CLI::App& app)
    : command_(app.add_subcommand("overlay",
                                  "the gossip of a room, simulated: who gets what, how often, over how "
                                  "many links")) {
  command_->add_option("--peers", question_.peers)->check(CLI::Range(2, 100'000))->capture_default_str();
  command_->add_option("--seed", question_.seed)->capture_default_str();
  command_->add_option("--loss", question_.loss, "part of the frames")->check(CLI::Range(0.0, 0.9));
  command_->add_option("--active-view", question_.active_view)
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  command_->add_option("--mesh", question_.mesh, "everybody is linked with everybody up to so many")
      ->check(CLI::Range(2, 1'000))
      ->capture_default_str();
  command_->add_option("--senders", question_.senders)->check(CLI::IsMember({"one", "many", "all"}));
  command_->add_option("--warming", question_.warming, "messages before")->capture_default_str();
  command_->add_option("--messages", question_.measured)
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command_->add_option("--interval-ms", question_.interval_ms)
      ->check(CLI::Range(0.1, 60'000.0))
      ->capture_default_str();
  command_->add_option("--crash", question_.crash, "part of the members, before the messages")
      ->check(CLI::Range(0.0, 0.95));
  command_->add_option("--partition", question_.partition, "seconds from the first message on")
      ->check(CLI::Range(0.0, 600.0));
  command_->add_option("--churn", question_.churn, "part of the members, a minute")
      ->check(CLI::Range(0.0, 1.0));
  command_->add_option("--settle", question_.settle_s, "seconds after the last message")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  command_->add_flag("--json", question_.json, "one line of JSON");
}

int OverlayCommand::Run() const {
  const nlohmann::json outcome = MeasureOverlay(question_);
  if (question_.json) {
    std::cout << outcome.dump() << std::endl;
  } else {
    for (const auto& [name, value] : outcome.items()) std::cout << name << ": " << value << "\n";
  }
  return outcome["missed"] == 0 ? 0 : 1;
}

}  // namespace parlor::bench
