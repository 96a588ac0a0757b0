// The port for those who run the server: /metrics (Prometheus text), /healthz (the process answers) and
// /readyz (it should get work; 503 with the checks that fail).
#ifndef PARLOR_SERVICES_COMMON_ADMIN_ADMIN_HTTP_H_
#define PARLOR_SERVICES_COMMON_ADMIN_ADMIN_HTTP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/net/address.h"
#include "prometheus/collectable.h"
#include "services/common/readiness.h"

namespace parlor::service {

struct AdminOptions {
  std::string listen = "127.0.0.1:9447";  // HOST:PORT, the host an IP address or "localhost"; 0: a free port
};

// Plain HTTP without a password, hence on loopback unless told otherwise. Two threads, at most 20 connections
// wait. Stops when destroyed.
class AdminServer {
 public:
  // `collectables` and `readiness` outlive the server. ALREADY_EXISTS when the port is in use.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(
      const AdminOptions& options, std::vector<const prometheus::Collectable*> collectables,
      const Readiness* readiness);
  ~AdminServer();

  int port() const { return address_.port; }

 private:
  struct Http;
  AdminServer(std::unique_ptr<Http> http, HostPort address);

  const std::unique_ptr<Http> http_;
  const HostPort address_;  // as it listens
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_ADMIN_ADMIN_HTTP_H_
