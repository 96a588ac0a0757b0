#include "client/ui/owner_hub.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/ui/event_ref.h"

namespace parlor::client {
namespace {

constexpr char kSeparator = ':';

bool IsEndOfStay(const std::string& change) {
  return change == "left" || change == "kicked" || change == "banned" || change == "closed";
}

}  // namespace

OwnerHub::ClientId OwnerHub::Add(EventSink sink) {
  const ClientId client = next_client_++;
  sinks_.emplace(client, std::move(sink));
  return client;
}

void OwnerHub::Remove(ClientId client) {
  sinks_.erase(client);
}

void OwnerHub::Greet(ClientId client) {
  if (!ready_.has_value()) return;  // they come to everybody soon
  Tell(client, *ready_);
  if (services_.has_value()) Tell(client, *services_);
  const std::map<std::string, RoomEvent> rooms = rooms_;  // a sink may change them
  for (const auto& [name, entered] : rooms) Tell(client, entered);
}

void OwnerHub::Execute(ClientId client, Command command) {
  command.ref = absl::StrCat(client, std::string(1, kSeparator), command.ref);
  execute_(std::move(command));
}

void OwnerHub::OnEvent(const Event& event) {
  Remember(event);
  Event told = event;
  std::string* const ref = MutableRefOf(told);
  if (ref != nullptr && !ref->empty()) {
    const size_t separator = ref->find(kSeparator);
    ClientId client = 0;
    if (separator == std::string::npos ||
        !absl::SimpleAtoi(absl::string_view(*ref).substr(0, separator), &client)) {
      return;  // of a command that no client gave: nobody waits for the answer
    }
    ref->erase(0, separator + 1);
    return Tell(client, told);
  }
  std::vector<ClientId> all;
  for (const auto& [client, sink] : sinks_) all.push_back(client);
  for (const ClientId client : all) Tell(client, told);
}

void OwnerHub::Tell(ClientId client, const Event& event) {
  const auto found = sinks_.find(client);
  if (found == sinks_.end()) return;
  const EventSink sink = found->second;  // it may remove itself
  sink(event);
}

void OwnerHub::Remember(const Event& event) {
  if (const auto* ready = std::get_if<ReadyEvent>(&event)) ready_ = *ready;
  if (const auto* services = std::get_if<ServicesEvent>(&event)) services_ = *services;
  if (const auto* room = std::get_if<RoomEvent>(&event)) RememberRoom(*room);
}

void OwnerHub::RememberRoom(const RoomEvent& event) {
  if (event.change == "entered") {
    rooms_[event.room] = event;
    return;
  }
  const auto found = rooms_.find(event.room);
  if (found == rooms_.end()) return;
  RoomEvent& room = found->second;
  const bool self = ready_.has_value() && event.user == ready_->user;
  if (event.change == "closed" || (self && IsEndOfStay(event.change))) {
    rooms_.erase(found);
  } else if (event.change == "topic") {
    room.topic = event.topic;
  } else if (event.change == "joined") {
    if (std::count(room.members.begin(), room.members.end(), event.user) == 0) {
      room.members.push_back(event.user);
    }
  } else if (IsEndOfStay(event.change)) {
    std::erase(room.members, event.user);
  } else if (self && event.change == "role") {
    room.role = event.role;
  }
}

}  // namespace parlor::client
