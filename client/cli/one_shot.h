// One command and its answer.
#ifndef PARLOR_CLIENT_CLI_ONE_SHOT_H_
#define PARLOR_CLIENT_CLI_ONE_SHOT_H_

#include <memory>

#include "absl/time/time.h"
#include "client/cli/service_wait.h"
#include "client/cli/task.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Loop thread only.
class OneShot final : public Task {
 public:
  // Waits up to `patience` for the services, unless the answer is on this machine; then for the answer, at
  // most kAnswerTimeout.
  OneShot(Loop& loop, TaskHost host, Command command, absl::Duration patience);

  void Start() override {}
  void OnEvent(const Event& event) override;

  // The core itself waits 30 s for services that go away meanwhile.
  static constexpr absl::Duration kAnswerTimeout = absl::Seconds(40);

 private:
  void OnServices(const std::string& why_not);
  void Finish(int exit_code);

  Loop& loop_;
  const TaskHost host_;
  Command command_;
  ServiceWait wait_;
  bool finished_ = false;
  std::unique_ptr<Timer> timeout_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_ONE_SHOT_H_
