// One person's whole client as the product wires it (client/cli/client_process.cc): core, store with a thread
// and synchronous=FULL, links and services over the loopback interface. A loop thread of its own.
#ifndef PARLOR_BENCH_CLIENT_PERSON_H_
#define PARLOR_BENCH_CLIENT_PERSON_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/net/join_link.h"
#include "bench/client/usage.h"
#include "client/core/commands.h"
#include "client/core/core.h"
#include "client/core/events.h"
#include "client/loop/asio_loop.h"

namespace parlor::bench {

class Person {
 public:
  // Registers `name`, logs in and goes online. Accepts whoever asks for a chat.
  static absl::StatusOr<std::unique_ptr<Person>> Join(const std::filesystem::path& home,
                                                      const JoinLink& server, const std::string& name);
  ~Person();

  // Executes the command and waits until `until` says yes to an event; an ErrorEvent or half a minute ends
  // it, too.
  absl::Status Do(client::Command command, std::function<bool(const client::Event&)> until);

  // Gets every event from now on, on the loop's thread, instead of the listener before.
  void Listen(client::EventSink listener);
  void Execute(client::Command command);
  Usage UsageNow();

  // Loop thread only.
  client::Core& core();
  client::AsioLoop& loop();

 private:
  struct World;
  explicit Person(std::unique_ptr<World> world);
  const std::unique_ptr<World> world_;
};

// Of any message, by anybody.
bool IsDelivered(const client::Event& event);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_PERSON_H_
