// LISTEN, on a connection of its own. Reconnects by itself, every second; that a connection died silently is
// noticed by TCP within 15 s (postgres/pool.h).
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_DOORBELL_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_DOORBELL_H_

#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pqxx/pqxx"
#include "services/common/live/doorbell.h"
#include "services/common/postgres/pool.h"

namespace parlor::live {

class PostgresDoorbell final : public Doorbell {
 public:
  // Hears "<replica> <version>" on `channel`.
  PostgresDoorbell(const service::postgres::ConnectOptions& connect, std::string channel);
  ~PostgresDoorbell() override;

  void Start(Ring ring) override;

 private:
  void Run();
  // Until the connection breaks, or the doorbell ends.
  absl::Status Listen();
  // True: the doorbell ends. `socket` may be -1.
  bool Wait(int socket, absl::Duration timeout) const;

  const service::postgres::ConnectOptions connect_;
  const std::string channel_;
  const int stop_;  // an eventfd
  Ring ring_;
  std::thread thread_;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_POSTGRES_DOORBELL_H_
