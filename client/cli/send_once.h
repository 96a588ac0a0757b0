// `parlor send`: one message, until it is delivered or the wait is over.
#ifndef PARLOR_CLIENT_CLI_SEND_ONCE_H_
#define PARLOR_CLIENT_CLI_SEND_ONCE_H_

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "client/cli/service_wait.h"
#include "client/cli/task.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Loop thread only. Exit codes: kExitOk delivered (in a room: to at least one member, and it waits for the
// others that are linked), kExitQueued, kExitAlone, kExitError.
class SendOnce final : public Task {
 public:
  // A room is entered first, as `join` does; doing so twice is no error. Waits `patience` for the services,
  // and `wait` for the delivery.
  SendOnce(Loop& loop, TaskHost host, std::string target, std::string text, absl::Duration patience,
           absl::Duration wait);

  void Start() override {}
  void OnEvent(const Event& event) override;

 private:
  bool to_room() const { return target_[0] == '#'; }
  void OnServices(const std::string& why_not);
  void Join();
  void Send();
  void OnDelivery(const DeliveryEvent& delivery);
  void OnWho(const WhoEvent& who);
  void OnOutbox(const OutboxEvent& outbox);
  void OnError(const ErrorEvent& error);
  void OnWaitOver();
  void CheckAllHaveIt();
  void Ask(const char* command, const char* arg, const std::string& value);
  void FinishQueued();
  void Finish(int exit_code);

  Loop& loop_;
  const TaskHost host_;
  const std::string target_;
  const std::string text_;
  const absl::Duration wait_for_delivery_;
  ServiceWait services_;
  bool finished_ = false;
  bool sent_ = false;
  bool wait_over_ = false;
  DeliveryEvent last_;             // the latest mark
  std::set<std::string> have_it_;  // members of the room; "" for somebody in a large one
  std::optional<std::set<std::string>> expected_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_SEND_ONCE_H_
