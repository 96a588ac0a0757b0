#include "services/common/rpc/key_client.h"

#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "parlor/auth/v1/auth.grpc.pb.h"
#include "services/common/rpc/call.h"
#include "services/common/rpc/server.h"
#include "tests/services/common/temp_dir.h"
#include "tests/services/common/tokens.h"

namespace parlor::service {
namespace {

using ::parlor::testing::kIssuer;
using ::parlor::testing::TempDir;
using ::parlor::testing::TokenMaker;

// Publishes the keys of a TokenMaker and a list that revokes d1.
class TestAuth final : public auth::v1::Auth::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context,
                                    const auth::v1::GetKeysRequest* /*request*/,
                                    auth::v1::GetKeysResponse* response) override {
    return AnswerHere(context, {&clock_, nullptr, nullptr}, {"GetKeys", Access::kOpen},
                      [this, response](const CallInfo&) {
                        ++asked;
                        for (const auto& [kid, key] : maker.keys()) {
                          auth::v1::VerificationKey* published = response->add_keys();
                          published->set_kid(kid);
                          published->set_spki_der(key.spki());
                        }
                        response->set_revocations(maker.Revocations(1, {"d1"}));
                        return absl::OkStatus();
                      });
  }

  const TokenMaker maker{};
  std::atomic<int> asked = 0;

 private:
  const SystemClock clock_{};
};

class KeyClientTest : public ::testing::Test {
 protected:
  KeyClientTest() {
    tls_ = OpenTrust(dir_ / "trust", absl::Now())->tls;
    options_.listen = "127.0.0.1:0";
    options_.tls = tls_;
    StartAuth();
    options_.listen = "127.0.0.1:" + std::to_string(server_->port());
  }

  void StartAuth() {
    auto started = Server::Start(options_, {{&auth_, auth::v1::Auth::service_full_name()}});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  std::unique_ptr<KeyClient> Connect() {
    return KeyClient::ForAuth({.target = "127.0.0.1:" + std::to_string(server_->port()),
                               .root_pem = tls_.root_pem,
                               .server_id = tls_.server_id},
                              &clock_, &keys_, &revocations_);
  }

  template <typename Condition>
  static void WaitUntil(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  TempDir dir_;
  ServiceTls tls_;
  ServerOptions options_;
  TestAuth auth_;
  std::unique_ptr<Server> server_;
  const SystemClock clock_{};
  KeySet keys_;
  Revocations revocations_{kIssuer, &keys_};
};

TEST_F(KeyClientTest, FetchesKeysAndRevocations) {
  const auto client = Connect();
  WaitUntil([&] { return client->ready().ok(); });
  EXPECT_TRUE(keys_.Get()->contains("k1"));
  EXPECT_TRUE(revocations_.IsRevoked("d1"));
}

TEST_F(KeyClientTest, NotReadyBeforeTheFirstAnswerAndKeysStayWhenAuthIsAway) {
  const int port = server_->port();
  server_ = nullptr;
  std::atomic<int> fetched = 0;
  const auto client = KeyClient::ForAuth({.target = "127.0.0.1:" + std::to_string(port),
                                          .root_pem = tls_.root_pem,
                                          .server_id = tls_.server_id,
                                          .interval = absl::Milliseconds(20),
                                          .on_fetched = [&] { ++fetched; }},
                                         &clock_, &keys_, &revocations_);
  EXPECT_TRUE(absl::IsUnavailable(client->ready()));
  EXPECT_TRUE(keys_.Get()->empty());
  EXPECT_EQ(fetched, 0);
  StartAuth();
  WaitUntil([&] { return client->ready().ok(); });
  WaitUntil([&] { return fetched > 1; });
  server_ = nullptr;
  EXPECT_TRUE(client->ready().ok());
  EXPECT_TRUE(keys_.Get()->contains("k1"));
}

TEST_F(KeyClientTest, UntilTheFirstAnswerTheIntervalIsNotWaitedFor) {
  const int port = server_->port();
  server_ = nullptr;
  const auto client = KeyClient::ForAuth({.target = "127.0.0.1:" + std::to_string(port),
                                          .root_pem = tls_.root_pem,
                                          .server_id = tls_.server_id,
                                          .interval = absl::Hours(1)},
                                         &clock_, &keys_, &revocations_);
  WaitUntil([&] { return client->ready().message().find("no keys from") == absl::string_view::npos; });
  StartAuth();
  WaitUntil([&] { return client->ready().ok(); });
  EXPECT_EQ(auth_.asked, 1);
}

TEST_F(KeyClientTest, NobodyElsesKeysAreTaken) {
  const TempDir other_dir;
  const ServiceTls other = OpenTrust(other_dir.path() / "trust", absl::Now())->tls;
  const auto client = KeyClient::ForAuth({.target = "127.0.0.1:" + std::to_string(server_->port()),
                                          .root_pem = other.root_pem,
                                          .server_id = other.server_id},
                                         &clock_, &keys_, &revocations_);
  WaitUntil([&] { return client->ready().message().find("no keys from") == absl::string_view::npos; });
  EXPECT_TRUE(absl::IsUnavailable(client->ready())) << client->ready();
  EXPECT_TRUE(keys_.Get()->empty());
  EXPECT_EQ(auth_.asked, 0);
}

TEST_F(KeyClientTest, FetchSoonDoesNotWaitForTheInterval) {
  const auto client = KeyClient::ForAuth({.target = "127.0.0.1:" + std::to_string(server_->port()),
                                          .root_pem = tls_.root_pem,
                                          .server_id = tls_.server_id,
                                          .interval = absl::Hours(1)},
                                         &clock_, &keys_, &revocations_);
  WaitUntil([&] { return client->ready().ok(); });
  client->FetchSoon();
  WaitUntil([&] { return auth_.asked == 2; });
}

}  // namespace
}  // namespace parlor::service
