// One person without an interface, among thousands on one loop: the client's core, a history in memory, a
// connection of its own to the services.
#ifndef PARLOR_BENCH_TOWN_CITIZEN_H_
#define PARLOR_BENCH_TOWN_CITIZEN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/core/commands.h"
#include "client/core/core.h"
#include "client/core/events.h"
#include "client/home/account.h"
#include "client/loop/asio_loop.h"

namespace parlor::bench {

// Loop thread only, or once the loop has stopped.
class Citizen {
 public:
  struct Options {
    bool links = true;                 // else only the services are spoken with
    bool udp = false;                  // links as people have them; else by TCP alone
    std::vector<std::string> friends;  // have agreed to talk
  };

  static absl::StatusOr<std::unique_ptr<Citizen>> Make(client::AsioLoop& loop, const client::Account& account,
                                                       const Options& options, client::EventSink events);
  ~Citizen();

  // Goes online.
  absl::Status Start();
  void Execute(client::Command command);
  size_t undelivered() const;  // own private messages

 private:
  struct World;
  explicit Citizen(std::unique_ptr<World> world);
  const std::unique_ptr<World> world_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_CITIZEN_H_
