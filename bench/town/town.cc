#include "bench/town/town.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "bench/open_files.h"
#include "bench/town/enrolment.h"

namespace parlor::bench {
namespace {

// Handshakes at once: enough to keep a server busy, and far below what one waits for.
constexpr int kConnecting = 32;
// Rooms that are being filled at once: a service lets some hundred calls wait.
constexpr int kFilling = 20;
constexpr absl::Duration kPatience = absl::Minutes(3);
constexpr int kOtherFiles = 200;
// A connection, two listeners (IPv4 and IPv6), and links to a few.
constexpr int kFilesEach = 8;

}  // namespace

struct Town::Awaited {
  std::function<bool()> holds;
  std::promise<void> done;
};

absl::StatusOr<std::unique_ptr<Town>> Town::Make(const Target& auth, const TownPlan& plan) {
  PARLOR_RETURN_IF_ERROR(AllowFiles(kOtherFiles + plan.citizens * (plan.links ? kFilesEach : 1)));
  const auto port_of = [&plan](int citizen) {
    const int side = plan.watchers > 0 ? (citizen >= plan.citizens - plan.watchers) : citizen % 2;
    return plan.ports[static_cast<size_t>(side)];
  };
  PARLOR_ASSIGN_OR_RETURN(std::vector<client::Account> accounts,
                          Enrol(auth, plan.first, plan.citizens, port_of));
  std::unique_ptr<Town> town(new Town(plan, std::move(accounts)));
  const auto count = static_cast<size_t>(plan.citizens);
  town->citizens_.resize(count);
  town->up_.resize(count);
  town->linked_.resize(count);
  town->thread_ = std::thread([town = town.get()] { town->loop_.Run(); });
  return town;
}

Town::~Town() {
  loop_.Stop();
  thread_.join();
  listeners_.clear();
  citizens_.clear();
}

void Town::OnLoop(const std::function<void()>& run) {
  std::promise<void> done;
  loop_.Post([&] {
    run();
    done.set_value();
  });
  done.get_future().wait();
}

absl::Status Town::Await(const std::string& what, std::function<bool()> holds, absl::Duration patience) {
  const auto awaited = std::make_shared<Awaited>();
  awaited->holds = std::move(holds);
  OnLoop([&] {
    if (awaited->holds()) return awaited->done.set_value();
    awaited_ = awaited;
  });
  if (awaited->done.get_future().wait_for(absl::ToChronoNanoseconds(patience)) == std::future_status::ready) {
    return absl::OkStatus();
  }
  OnLoop([&] { awaited_ = nullptr; });
  return absl::DeadlineExceededError(what);
}

std::vector<std::string> Town::FriendsOf(int citizen) const {
  const int watched = plan_.citizens - plan_.watchers;
  if (plan_.strangers) return {};
  if (plan_.watchers == 0) return {NameOf(citizen ^ 1)};
  if (citizen < watched) return {NameOf(watched + citizen % plan_.watchers)};
  std::vector<std::string> friends;
  for (int i = citizen - watched; i < watched; i += plan_.watchers) friends.push_back(NameOf(i));
  return friends;
}

// ---- online

absl::Status Town::Connect(int count) {
  OnLoop([&] {
    connect_to_ = count;
    ConnectNext();
  });
  PARLOR_RETURN_IF_ERROR(Await(
      "not everybody came online", [this, count] { return up_count_ == count || !connect_error_.ok(); },
      kPatience));
  absl::Status error;
  OnLoop([&] { error = connect_error_; });
  return error;
}

void Town::ConnectNext() {
  const auto known =
      static_cast<int>(std::find(citizens_.begin(), citizens_.end(), nullptr) - citizens_.begin());
  for (int i = known; i < connect_to_ && i < up_count_ + kConnecting; ++i) {
    const auto index = static_cast<size_t>(i);
    absl::StatusOr<std::unique_ptr<Citizen>> citizen = Citizen::Make(
        loop_, accounts_[index], {.links = plan_.links, .udp = plan_.udp, .friends = FriendsOf(i)},
        [this, i](const client::Event& event) { OnEvent(i, event); });
    if (citizen.ok()) {
      citizens_[index] = *std::move(citizen);
      connect_error_ = citizens_[index]->Start();
    } else {
      connect_error_ = citizen.status();
    }
    if (!connect_error_.ok()) return;
  }
}

absl::Status Town::AwaitReturn(int64_t downs) {
  return Await(
      "not everybody came back", [this, downs] { return news_.downs >= downs && up_count_ == connect_to_; },
      kPatience);
}

News Town::TakeNews() {
  News news;
  OnLoop([&] { news = std::exchange(news_, {}); });
  return news;
}

// ---- rooms

std::string Town::RoomOf(int citizen) const {
  return absl::StrFormat("room%06d", citizen / to_a_room_);
}

absl::Status Town::Meet(int to_a_room) {
  if (plan_.citizens % to_a_room != 0) {
    return absl::InvalidArgumentError("citizens that do not divide into rooms");
  }
  OnLoop([&] {
    to_a_room_ = to_a_room;
    OpenRooms();
  });
  const int wanted = plan_.citizens * (to_a_room - 1);
  const absl::Status met = Await(
      "not everybody is linked with their room", [this, wanted] { return linked_count_ == wanted; },
      kPatience);
  if (met.ok()) return met;
  std::string missing;
  OnLoop([&] { missing = DescribeMissing(); });
  return absl::Status(met.code(), absl::StrCat(met.message(), ":", missing));
}

std::string Town::DescribeMissing() const {
  constexpr size_t kEnough = 1'000;
  std::string text;
  for (int i = 0; i < plan_.citizens && text.size() < kEnough; ++i) {
    const int first = i - i % to_a_room_;
    for (int other = first; other < first + to_a_room_; ++other) {
      if (other == i || linked_[static_cast<size_t>(i)].contains(NameOf(other))) continue;
      absl::StrAppend(&text, " ", NameOf(i), "-", NameOf(other));
    }
  }
  return text;
}

void Town::OpenRooms() {
  const int full = linked_count_ / (to_a_room_ * (to_a_room_ - 1));
  const int rooms = plan_.citizens / to_a_room_;
  while (rooms_open_ < rooms && rooms_open_ < full + kFilling) {
    const int first = rooms_open_++ * to_a_room_;
    Execute(first, {"create", {{"room", RoomOf(first)}}, {}});
  }
}

void Town::OnRoom(int citizen, const client::RoomEvent& event) {
  if (to_a_room_ == 0) return;  // another room than those of Meet
  std::set<std::string>& linked = linked_[static_cast<size_t>(citizen)];
  const size_t before = linked.size();
  if (event.change == "linked") linked.insert(event.user);
  if (event.change == "unlinked") linked.erase(event.user);
  linked_count_ += static_cast<int>(linked.size()) - static_cast<int>(before);
  if (event.change == "entered" && citizen % to_a_room_ == 0) {
    for (int i = citizen + 1; i < citizen + to_a_room_; ++i) {
      Execute(i, {"join", {{"room", RoomOf(citizen)}}, {}});
    }
  }
  if (linked.size() > before) OpenRooms();
}

// ---- what they see

void Town::Execute(int citizen, client::Command command) {
  citizens_[static_cast<size_t>(citizen)]->Execute(std::move(command));
}

size_t Town::undelivered() const {
  size_t all = 0;
  for (const auto& citizen : citizens_) all += citizen == nullptr ? 0 : citizen->undelivered();
  return all;
}

void Town::OnServices(int citizen, const client::ServicesEvent& event) {
  const auto index = static_cast<size_t>(citizen);
  if (up_[index] == event.up) return;
  up_[index] = event.up;
  up_count_ += event.up ? 1 : -1;
  if (event.up) {
    ++news_.ups;
    news_.last_up = absl::Now();
    loop_.Post([this] { ConnectNext(); });
  } else {
    ++news_.downs;
    news_.first_down = std::min(news_.first_down, absl::Now());
  }
}

void Town::OnEvent(int citizen, const client::Event& event) {
  if (const auto* services = std::get_if<client::ServicesEvent>(&event)) OnServices(citizen, *services);
  if (const auto* room = std::get_if<client::RoomEvent>(&event)) OnRoom(citizen, *room);
  if (const auto* seen = std::get_if<client::PresenceEvent>(&event)) {
    news_.seen_offline += seen->status == "offline" ? 1 : 0;
    news_.seen_reconnecting += seen->status == "reconnecting" ? 1 : 0;
  }
  if (const auto* error = std::get_if<client::ErrorEvent>(&event)) {
    // Without the request's id, which each has for itself.
    const std::string message = error->message.substr(0, error->message.rfind(" (request "));
    ++news_.errors[absl::StrCat(error->command, ": ", error->code, ": ", message)];
  }
  if (const auto* warning = std::get_if<client::WarningEvent>(&event)) ++news_.warnings[warning->code];
  for (const auto& [key, listener] : listeners_) listener(citizen, event);
  if (awaited_ != nullptr && awaited_->holds()) std::exchange(awaited_, nullptr)->done.set_value();
}

}  // namespace parlor::bench
