// For threads that may block: a call of the directory, and its answer.
#ifndef PARLOR_SERVICES_COMMON_LIVE_AWAIT_H_
#define PARLOR_SERVICES_COMMON_LIVE_AWAIT_H_

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "services/common/live/directory.h"

namespace parlor::live {

// `call` hands `done` on to the directory, which answers in any case (Directory). Never in a callback of it.
inline absl::Status Await(absl::FunctionRef<void(Directory::Done done)> call) {
  absl::Status answer;
  absl::Notification answered;
  call([&](absl::Status status) {
    answer = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_AWAIT_H_
