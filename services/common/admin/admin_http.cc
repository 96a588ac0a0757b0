#include "services/common/admin/admin_http.h"

#include <CivetServer.h>

#include <cstdint>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "prometheus/text_serializer.h"
#include "services/common/admin/connect.h"
#include "services/common/listen_error.h"

namespace parlor::service {
namespace {

void Answer(mg_connection* connection, const char* status, const char* type, const std::string& body) {
  const std::string response =
      absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type, "\r\nContent-Length: ", body.size(),
                   "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n", body);
  mg_write(connection, response.data(), response.size());
}

constexpr absl::Duration kWakeUpInterval = absl::Milliseconds(10);
constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";

class MetricsHandler final : public CivetHandler {
 public:
  explicit MetricsHandler(std::vector<const prometheus::Collectable*> collectables)
      : collectables_(std::move(collectables)) {}

  bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
    std::vector<prometheus::MetricFamily> families;
    for (const prometheus::Collectable* collectable : collectables_) {
      for (prometheus::MetricFamily& family : collectable->Collect()) families.push_back(std::move(family));
    }
    Answer(connection, "200 OK", kPrometheusText, prometheus::TextSerializer().Serialize(families));
    return true;
  }

 private:
  const std::vector<const prometheus::Collectable*> collectables_;
};

class HealthHandler final : public CivetHandler {
 public:
  bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
    Answer(connection, "200 OK", kPlainText, "ok\n");
    return true;
  }
};

class ReadyHandler final : public CivetHandler {
 public:
  explicit ReadyHandler(const Readiness* readiness) : readiness_(readiness) {}

  bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
    std::string body;
    for (const Readiness::Failure& failure : readiness_->Failures()) {
      absl::StrAppend(&body, failure.name, ": ", failure.reason, "\n");
    }
    if (body.empty()) {
      Answer(connection, "200 OK", kPlainText, "ready\n");
    } else {
      Answer(connection, "503 Service Unavailable", kPlainText, body);
    }
    return true;
  }

 private:
  const Readiness* const readiness_;
};

}  // namespace

struct AdminServer::Http {
  Http(const std::vector<std::string>& options, std::vector<const prometheus::Collectable*> collectables,
       const Readiness* readiness)
      : metrics(std::move(collectables)), ready(readiness), server(options) {
    server.addHandler("/metrics", metrics);
    server.addHandler("/healthz", health);
    server.addHandler("/readyz", ready);
  }

  MetricsHandler metrics;
  HealthHandler health;
  ReadyHandler ready;
  CivetServer server;  // last: it stops before the handlers go
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    const AdminOptions& options, std::vector<const prometheus::Collectable*> collectables,
    const Readiness* readiness) {
  PARLOR_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(options.listen));
  if (address.host == "localhost") address.host = "127.0.0.1";  // civetweb looks up no names to listen on
  // A thread belongs to each caller until its request is there: eight, and half a second, keep callers that
  // say nothing from delaying a health check beyond its patience (3 s) until there are 40 of them.
  const std::vector<std::string> settings = {"listening_ports",    ToString(address),
                                             "num_threads",        "8",
                                             "connection_queue",   "64",
                                             "request_timeout_ms", "500",
                                             "enable_keep_alive",  "no"};
  try {
    auto http = std::make_unique<Http>(settings, std::move(collectables), readiness);
    const std::vector<int> ports = http->server.getListeningPorts();
    if (!ports.empty()) {
      address.port = static_cast<uint16_t>(ports.front());
      return std::unique_ptr<AdminServer>(new AdminServer(std::move(http), address));
    }
  } catch (const CivetException& error) {
    // It gives no reason, and by far the most frequent one is the port.
  }
  return ListenError(address);
}

AdminServer::AdminServer(std::unique_ptr<Http> http, HostPort address)
    : http_(std::move(http)), address_(std::move(address)) {}

// civetweb looks whether it shall stop only every 2 s, unless somebody connects.
AdminServer::~AdminServer() {
  absl::Notification closed;
  std::thread closing([&] {
    http_->server.close();
    closed.Notify();
  });
  const HostPort own = FromThisMachine(address_);
  do {
    Connect(own, absl::Now() + kWakeUpInterval).IgnoreError();
  } while (!closed.WaitForNotificationWithTimeout(kWakeUpInterval));
  closing.join();
}

}  // namespace parlor::service
