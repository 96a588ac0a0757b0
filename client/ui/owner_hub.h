// One core, several interfaces: the owner's own one and those of other processes on the same home. Answers go
// to who asked, everything else to all.
#ifndef PARLOR_CLIENT_UI_OWNER_HUB_H_
#define PARLOR_CLIENT_UI_OWNER_HUB_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "client/core/commands.h"
#include "client/core/events.h"

namespace parlor::client {

// Loop thread only. Its clients are bounded by who adds them (kMaxOwnerClients).
class OwnerHub {
 public:
  using ClientId = uint64_t;

  // `execute` runs a command of any client; it may emit events at once.
  explicit OwnerHub(std::function<void(Command)> execute) : execute_(std::move(execute)) {}
  OwnerHub(const OwnerHub&) = delete;
  OwnerHub& operator=(const OwnerHub&) = delete;

  // From now on `sink` gets events; never inside this call. What a newcomer has missed comes first, with
  // Greet.
  ClientId Add(EventSink sink);
  // No events any more; answers that are under way are dropped. May be called from inside a sink.
  void Remove(ClientId client);
  size_t clients() const { return sinks_.size(); }

  // Tells a client that came late how things stand: ready, services, and the rooms that this person is in.
  void Greet(ClientId client);

  // The refs of different clients do not meet.
  void Execute(ClientId client, Command command);

  // From the core.
  void OnEvent(const Event& event);

 private:
  void Remember(const Event& event);
  void RememberRoom(const RoomEvent& event);
  void Tell(ClientId client, const Event& event);

  const std::function<void(Command)> execute_;
  ClientId next_client_ = 1;
  std::map<ClientId, EventSink> sinks_;

  // For Greet.
  std::optional<ReadyEvent> ready_;
  std::optional<ServicesEvent> services_;
  std::map<std::string, RoomEvent> rooms_;  // "entered", kept up to date
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_OWNER_HUB_H_
