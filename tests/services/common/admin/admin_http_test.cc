#include "services/common/admin/admin_http.h"

#include <deque>
#include <string>

#include "gtest/gtest.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"
#include "services/common/admin/healthcheck.h"
#include "tests/services/common/raw_socket.h"

namespace parlor::service {
namespace {

using ::parlor::testing::RawSocket;

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() {
    auto started = AdminServer::Start({.listen = "127.0.0.1:0"}, {&registry_}, &readiness_);
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  std::string Ask(const std::string& request) {
    RawSocket socket(server_->port());
    socket.Send(request);
    return socket.ReadToEnd();
  }
  std::string Get(const std::string& path) { return Ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"); }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  prometheus::Registry registry_;
  Readiness readiness_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminTest, MetricsInPrometheusText) {
  prometheus::BuildCounter().Name("parlor_test_total").Help("x").Register(registry_).Add({}).Increment(3);
  const std::string answer = Get("/metrics");
  EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(answer.find("\nparlor_test_total 3\n"), std::string::npos) << answer;
}

TEST_F(AdminTest, AliveIsNotReady) {
  readiness_.Add("database", [] { return absl::UnavailableError("down"); });
  EXPECT_EQ(Get("/healthz").substr(0, 15), "HTTP/1.1 200 OK");
  const std::string answer = Get("/readyz");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503");
  EXPECT_NE(answer.find("database: "), std::string::npos) << answer;
}

TEST_F(AdminTest, NothingElseIsThere) {
  EXPECT_EQ(Get("/").substr(0, 12), "HTTP/1.1 404");
  EXPECT_EQ(Get("/metrics/../../etc/passwd").substr(0, 12), "HTTP/1.1 404");
}

TEST_F(AdminTest, GarbageDisturbsNobody) {
  const RawSocket silent(server_->port());
  Ask(std::string(100'000, '\xA5') + "\r\n\r\n");
  EXPECT_EQ(Get("/healthz").substr(0, 15), "HTTP/1.1 200 OK");
}

TEST_F(AdminTest, CallersThatSayNothingKeepNobodyFromAsking) {
  std::deque<RawSocket> silent;
  for (int i = 0; i < 20; ++i) silent.emplace_back(server_->port());
  EXPECT_EQ(CheckReady(address()), absl::OkStatus());
}

TEST_F(AdminTest, HealthcheckSaysWhyNot) {
  EXPECT_EQ(CheckReady(address()), absl::OkStatus());
  EXPECT_EQ(CheckReady("0.0.0.0:" + std::to_string(server_->port())), absl::OkStatus());
  EXPECT_EQ(RunHealthcheck(address()), 0);
  readiness_.StartDraining();
  const absl::Status status = CheckReady(address());
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find("drain"), absl::string_view::npos) << status;
  EXPECT_EQ(RunHealthcheck(address()), 1);
}

TEST_F(AdminTest, HealthcheckOfNobody) {
  const std::string gone = address();
  server_ = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(CheckReady(gone)));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckReady("nonsense")));
}

TEST_F(AdminTest, APortInUseSaysSo) {
  const auto second = AdminServer::Start({.listen = address()}, {&registry_}, &readiness_);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  EXPECT_NE(second.status().message().find("port in use"), absl::string_view::npos);
}

TEST_F(AdminTest, TakesItsPortBackAtOnce) {
  const std::string port = address();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(CheckReady(port), absl::OkStatus());
    server_ = nullptr;
    auto again = AdminServer::Start({.listen = port}, {&registry_}, &readiness_);
    ASSERT_TRUE(again.ok()) << again.status();
    server_ = *std::move(again);
  }
}

}  // namespace
}  // namespace parlor::service
