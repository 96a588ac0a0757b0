// An interface's way to the core of its home: in this process if it is the first on the home, through the
// owner's socket if not. When the owner ends, one of the others takes its place.
#ifndef PARLOR_CLIENT_CLI_HOME_SESSION_H_
#define PARLOR_CLIENT_CLI_HOME_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cli/client_process.h"
#include "client/core/commands.h"
#include "client/core/core.h"
#include "client/core/events.h"
#include "client/home/home.h"
#include "client/home/owner_client.h"
#include "client/loop/asio_loop.h"

namespace parlor::client {

struct HomeSessionOptions {
  CoreOptions core;          // if this process becomes the owner
  std::string metrics_file;  // then written; empty: none
  // To get hold of a home that another process starts to use or lets go of.
  absl::Duration patience = absl::Seconds(10);
  // FinishWhenAlone: how long others may go on through this process.
  absl::Duration linger = absl::Seconds(10);
  // Commands that wait until there is a core; more fail.
  size_t max_waiting = 1'000;
};

// Loop thread only. Destroy it outside of its own callbacks.
class HomeSession {
 public:
  struct Handlers {
    EventSink on_event;  // ReadyEvent comes once more when this process takes the owner's place
    // Once, last: OK after an end that was asked for; ClosedEvent came before. Else why there is no core.
    std::function<void(const absl::Status&)> on_ended;
  };

  HomeSession(AsioLoop& loop, Home home, Handlers handlers, HomeSessionOptions options = {});
  ~HomeSession();
  HomeSession(const HomeSession&) = delete;
  HomeSession& operator=(const HomeSession&) = delete;

  void Start();
  // `quit` ends the session of this process alone.
  void Execute(Command command);
  // Goodbye; on_ended follows within 3 s.
  void Stop(const std::string& reason);
  // As Stop; but if other processes have come to depend on this one, they are given a while first.
  void FinishWhenAlone(const std::string& reason);

  bool is_owner() const { return process_ != nullptr; }

 private:
  void Open();
  void BecomeOwner(OwnerLock lock);
  void Connect();
  void OnConnected(absl::StatusOr<std::unique_ptr<LineConnection>> connection);
  void OnLine(absl::string_view line);
  void OnOwnerGone();
  void FlushWaiting();
  void ExecuteSoon(Command command);
  void OnOwnEvent(const Event& event);
  void CloseThin(const std::string& reason, const std::string* quit_ref);
  void End(absl::Status why);

  AsioLoop& loop_;
  const Home home_;
  const Handlers handlers_;
  const HomeSessionOptions options_;

  absl::Duration give_up_at_ = absl::ZeroDuration();  // uptime
  bool stopping_ = false;
  bool ended_ = false;
  std::vector<Command> waiting_;
  std::unique_ptr<Timer> timer_;

  // The owner.
  std::unique_ptr<ClientProcess> process_;
  OwnerHub::ClientId client_ = 0;
  // Or one of the others.
  std::unique_ptr<OwnerConnecting> connecting_;
  std::unique_ptr<LineConnection> connection_;

  std::shared_ptr<HomeSession*> alive_ = std::make_shared<HomeSession*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_HOME_SESSION_H_
