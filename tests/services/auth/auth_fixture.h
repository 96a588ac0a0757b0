// An auth server on loopback, over an SQLite file or PostgreSQL, on a clock that the test moves; and its
// clients.
#ifndef PARLOR_TESTS_SERVICES_AUTH_AUTH_FIXTURE_H_
#define PARLOR_TESTS_SERVICES_AUTH_AUTH_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "grpcpp/channel.h"
#include "gtest/gtest.h"
#include "parlor/auth/v1/auth.grpc.pb.h"
#include "prometheus/registry.h"
#include "services/auth/admin/admin_commands.h"
#include "services/auth/auth_module.h"
#include "services/common/rpc/server.h"
#include "tests/services/common/temp_dir.h"

namespace parlor::auth {

inline constexpr char kPassword[] = "nightingale sings";

// A person's machine: a key and what auth gave for it.
struct TestDevice {
  PrivateKey key = PrivateKey::Generate();
  v1::LoginResponse login;

  std::string request() const { return MakeCertificateRequest(key); }
  const std::string& access() const { return login.tokens().access_token(); }
  const std::string& refresh() const { return login.tokens().refresh_token(); }
  const std::string& id() const { return login.device(); }
};

// The root and CAs of one Parlor server.
struct TestTrust {
  explicit TestTrust(absl::Time now);
  Authority root;
  Authority people;
  std::string server_id;
};

// One running replica. Stops when destroyed.
class AuthServer {
 public:
  AuthServer(const AuthOptions& options, const Clock* clock);
  ~AuthServer();

  AuthModule& module() { return *module_; }
  prometheus::Registry& registry() { return registry_; }
  v1::Auth::Stub& stub() { return *stub_; }

  // Calls a method with `token` as bearer (empty: without one).
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (v1::Auth::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response, const std::string& token = "") {
    grpc::ClientContext context;
    Prepare(context, token);
    return Converted((stub_.get()->*method)(&context, request, response));
  }

  absl::Status Register(const std::string& name, const std::string& password = kPassword,
                        const std::string& invitation = "");
  absl::Status LogIn(TestDevice& device, const std::string& name, const std::string& password = kPassword);
  absl::StatusOr<v1::Tokens> Refresh(const std::string& refresh_token);
  absl::Status Logout(const std::string& token);
  absl::Status RevokeDevice(const std::string& token, const std::string& device);
  absl::Status ChangePassword(const std::string& token, const std::string& from, const std::string& to);
  absl::Status DeleteAccount(const std::string& token, const std::string& password);
  absl::StatusOr<v1::ListDevicesResponse> ListDevices(const std::string& token);
  absl::StatusOr<v1::IssueCertificateResponse> IssueCertificate(const std::string& token,
                                                                const std::string& request);
  v1::GetKeysResponse GetKeys();

  // Value of a counter, or count of a histogram, whose labels have the value `label` (empty: any).
  double Metric(const std::string& name, const std::string& label = "");

 private:
  static void Prepare(grpc::ClientContext& context, const std::string& token);
  static absl::Status Converted(const grpc::Status& status);

  prometheus::Registry registry_;
  std::unique_ptr<AuthModule> module_;
  std::unique_ptr<service::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Auth::Stub> stub_;
};

class AuthTest : public ::testing::Test {
 protected:
  AuthTest();

  // SQLite, cheap hashes, polls every 20 ms.
  AuthOptions Options() const;
  void Start() { Start(Options()); }
  void Start(const AuthOptions& options);
  void Restart() { Start(Options()); }
  AuthServer& server() { return *server_; }

  // Registered and logged in.
  TestDevice NewPerson(const std::string& name);
  TestDevice NewDevice(const std::string& name, const std::string& password = kPassword);

  // parlor-auth admin `arguments`, beside the running server; `out` takes what it prints.
  int Admin(const std::vector<std::string>& arguments, std::string* out = nullptr,
            const std::string& in = "");

  // Waits until `condition` holds, at most 20 s.
  static ::testing::AssertionResult Eventually(const std::function<bool()>& condition);

  parlor::testing::TempDir directory_;
  ManualClock clock_;
  TestTrust trust_;
  std::unique_ptr<AuthServer> server_;
};

}  // namespace parlor::auth

#endif  // PARLOR_TESTS_SERVICES_AUTH_AUTH_FIXTURE_H_
