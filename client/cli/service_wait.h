// Until a session can do what is asked of it: ready, and with the services unless the wait has been long
// enough.
#ifndef PARLOR_CLIENT_CLI_SERVICE_WAIT_H_
#define PARLOR_CLIENT_CLI_SERVICE_WAIT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "client/core/events.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Loop thread only.
class ServiceWait {
 public:
  // `done`, once: empty when the services are there (or not wanted), else why they are not. At the latest
  // `patience` after the session is ready; at once when nothing is tried any more.
  using Done = std::function<void(const std::string& why_not)>;

  ServiceWait(Loop& loop, bool wants_services, absl::Duration patience, Done done);

  void OnEvent(const Event& event);

 private:
  void Finish(const std::string& why_not);

  Loop& loop_;
  const bool wants_services_;
  const absl::Duration patience_;
  Done done_;
  bool ready_ = false;
  std::string trouble_ = "no answer yet";
  std::unique_ptr<Timer> timer_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_SERVICE_WAIT_H_
