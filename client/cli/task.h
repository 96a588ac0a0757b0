// Something that `parlor` does and then ends: a machine that is fed the events of a session and ends with an
// exit code.
#ifndef PARLOR_CLIENT_CLI_TASK_H_
#define PARLOR_CLIENT_CLI_TASK_H_

#include <functional>

#include "client/core/commands.h"
#include "client/core/events.h"

namespace parlor::client {

// The world of a task. Loop thread only.
struct TaskHost {
  std::function<void(Command)> execute;
  EventSink show;                   // to the person or script that asked
  std::function<void(int)> finish;  // once, last: with an exit code
};

class Task {
 public:
  virtual ~Task() = default;
  virtual void Start() = 0;
  virtual void OnEvent(const Event& event) = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_TASK_H_
