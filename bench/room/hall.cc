#include "bench/room/hall.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr char kRoom[] = "hall";
constexpr size_t kTextSize = 100;
constexpr absl::Duration kLeastPause = absl::Milliseconds(2);  // what is due within it is said together
constexpr absl::Duration kEntering = absl::Minutes(15);
constexpr absl::Duration kVisit = absl::Seconds(60);

struct Words {
  int speaker = 0;
  size_t number = 0;
  int64_t said_ns = 0;
};

std::string TextOf(const Words& words) {
  std::string text = absl::StrCat(words.speaker, " ", words.number, " ", words.said_ns, " ");
  text.resize(std::max(kTextSize, text.size()), 'm');
  return text;
}

bool Parse(const std::string& text, Words& words) {
  const std::vector<std::string> fields = absl::StrSplit(text, ' ');
  return fields.size() == 4 && absl::SimpleAtoi(fields[0], &words.speaker) &&
         absl::SimpleAtoi(fields[1], &words.number) && absl::SimpleAtoi(fields[2], &words.said_ns);
}

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

}  // namespace

Hall::Hall(Town& town) : town_(town), guests_(static_cast<size_t>(town.plan().citizens)) {
  town_.OnLoop([this] {
    town_.Listen(this, [this](int citizen, const client::Event& event) { OnEvent(citizen, event); });
  });
}

Hall::~Hall() {
  town_.OnLoop([this] {
    town_.EndListening(this);
    timer_.reset();
  });
}

// ---- coming in

void Hall::Ask(int citizen, const std::string& command) {
  guest(citizen) = {.asked_at = town_.loop().Uptime()};
  town_.Execute(citizen, {command, {{"room", kRoom}}, {}});
}

absl::Status Hall::Open() {
  town_.OnLoop([this] {
    asked_ = 1;
    Ask(0, "create");
  });
  PARLOR_RETURN_IF_ERROR(town_.Await(
      "the room was not made", [this] { return inside_ == 1 || !error_.ok(); }, kEntering));
  return error_;
}

absl::StatusOr<nlohmann::json> Hall::Enter(int at_once) {
  const int before = asked_;
  town_.OnLoop([&] {
    at_once_ = at_once;
    LetIn();
  });
  const int all = town_.plan().citizens;
  PARLOR_RETURN_IF_ERROR(town_.Await(
      "not everybody is in the hall", [this, all] { return inside_ == all || !error_.ok(); }, kEntering));
  PARLOR_RETURN_IF_ERROR(error_);
  nlohmann::json entered = nlohmann::json::array();
  nlohmann::json linked = nlohmann::json::array();
  town_.OnLoop([&] {
    for (int i = before; i < all; ++i) {
      entered.push_back(Milliseconds(guest(i).entered));
      linked.push_back(Milliseconds(guest(i).linked));
    }
  });
  return nlohmann::json{{"entered_ms", entered}, {"linked_ms", linked}};
}

void Hall::LetIn() {
  if (at_once_ == 0) return;  // it is visited, or was opened
  for (; asked_ < town_.plan().citizens && asked_ < inside_ + at_once_; ++asked_) Ask(asked_, "join");
}

absl::StatusOr<nlohmann::json> Hall::Visit(int citizen) {
  town_.OnLoop([&] { Ask(citizen, "join"); });
  const Guest& visitor = guest(citizen);
  PARLOR_RETURN_IF_ERROR(town_.Await(
      "a visitor hears nothing", [&] { return visitor.heard > absl::ZeroDuration() || !error_.ok(); },
      kVisit));
  const nlohmann::json took = {{"entered_ms", Milliseconds(visitor.entered)},
                               {"linked_ms", Milliseconds(visitor.linked)},
                               {"heard_ms", Milliseconds(visitor.heard)}};
  town_.OnLoop([&] { town_.Execute(citizen, {"leave", {{"room", kRoom}}, {}}); });
  PARLOR_RETURN_IF_ERROR(town_.Await(
      "a visitor does not leave", [&] { return visitor.left || !error_.ok(); }, kVisit));
  PARLOR_RETURN_IF_ERROR(error_);
  return took;
}

void Hall::OnRoom(int citizen, const client::RoomEvent& event) {
  Guest& member = guest(citizen);
  const absl::Duration took = town_.loop().Uptime() - member.asked_at;
  const bool founder = town_.plan().first + citizen == 0;
  if (event.change == "entered") {
    member.entered = took;
    inside_ += founder ? 1 : 0;  // nobody is there to be linked with
  }
  if (event.change == "linked" && member.linked < absl::ZeroDuration()) {
    member.linked = took;
    inside_ += founder ? 0 : 1;
    town_.loop().Post([this] { LetIn(); });
  }
}

// ---- talking

void Hall::Speak(double messages_a_second, absl::Duration duration, int speakers) {
  town_.OnLoop([&] {
    messages_a_second_ = messages_a_second;
    speakers_ = speakers;
    due_ = 0;
    ticked_at_ = town_.loop().Uptime();
    if (messages_a_second_ > 0) ArmTimer();
  });
  absl::SleepFor(duration);
  town_.OnLoop([this] { timer_.reset(); });
}

void Hall::Tick() {
  const absl::Duration now = town_.loop().Uptime();
  due_ += absl::ToDoubleSeconds(now - std::exchange(ticked_at_, now)) * messages_a_second_;
  for (; due_ >= 1; --due_) SayNext();
  town_.loop().Post([done = std::shared_ptr<client::Timer>(std::move(timer_))] {});
  ArmTimer();
}

// When the next one is due: fifty processes that look each few milliseconds would take a processor from those
// who are measured.
void Hall::ArmTimer() {
  const absl::Duration pause = absl::Seconds((1 - due_) / messages_a_second_);
  timer_ = town_.loop().After(std::max(pause, kLeastPause), [this] { Tick(); });
}

void Hall::SayNext() {
  const auto citizen = static_cast<int>(turn_++ % speakers_);
  Words words{town_.plan().first + citizen, 0, SharedNanos()};
  words.number = deliveries_.Said(words.speaker, words.said_ns);
  town_.Execute(
      citizen,
      {"send", {{"target", absl::StrCat("#", kRoom)}, {"text", TextOf(words)}}, absl::StrCat(words.number)});
}

nlohmann::json Hall::Progress() {
  nlohmann::json progress;
  town_.OnLoop([&] { progress = {{"accepted", deliveries_.accepted()}, {"heard", deliveries_.heard()}}; });
  return progress;
}

nlohmann::json Hall::DeliveriesNow() {
  nlohmann::json deliveries;
  town_.OnLoop([&] { deliveries = deliveries_.ToJson(); });
  return deliveries;
}

// ---- what happens

void Hall::OnEvent(int citizen, const client::Event& event) {
  if (const auto* message = std::get_if<client::MessageEvent>(&event)) return OnMessage(citizen, *message);
  if (const auto* error = std::get_if<client::ErrorEvent>(&event)) return OnError(citizen, *error);
  if (const auto* room = std::get_if<client::RoomEvent>(&event)) return OnRoom(citizen, *room);
  const auto* done = std::get_if<client::DoneEvent>(&event);
  if (done != nullptr && done->command == "leave") guest(citizen).left = true;
}

void Hall::OnMessage(int citizen, const client::MessageEvent& message) {
  Words words;
  if (message.from == town_.NameOf(citizen) || !Parse(message.text, words)) return;
  Guest& member = guest(citizen);
  if (member.heard < absl::ZeroDuration()) member.heard = town_.loop().Uptime() - member.asked_at;
  deliveries_.Heard(town_.plan().first + citizen, words.speaker, words.number, words.said_ns, SharedNanos());
}

void Hall::OnError(int citizen, const client::ErrorEvent& error) {
  size_t number = 0;
  if (error.command == "send" && absl::SimpleAtoi(error.ref, &number)) {
    return deliveries_.Refused(town_.plan().first + citizen, number);
  }
  error_.Update(absl::AbortedError(
      absl::StrCat(town_.NameOf(citizen), ": ", error.command, ": ", error.code, ": ", error.message)));
}

}  // namespace parlor::bench
