#include "tests/services/auth/auth_fixture.h"

#include <sstream>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/rpc/status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace parlor::auth {

TestTrust::TestTrust(absl::Time now)
    : root(Authority::MakeRoot(now)),
      people(root.MakePeopleAuthority(now)),
      server_id(ServerIdOf(*root.certificate().public_key())) {}

AuthServer::AuthServer(const AuthOptions& options, const Clock* clock) {
  absl::StatusOr<std::unique_ptr<AuthModule>> module = AuthModule::Create(options, clock, &registry_);
  if (!module.ok()) ADD_FAILURE() << module.status();
  module_ = *std::move(module);
  service::ServerOptions listen;
  listen.listen = "127.0.0.1:0";
  listen.insecure = true;
  absl::StatusOr<std::unique_ptr<service::Server>> server =
      service::Server::Start(listen, {module_->service()});
  if (!server.ok()) ADD_FAILURE() << server.status();
  server_ = *std::move(server);
  channel_ =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials());
  stub_ = v1::Auth::NewStub(channel_);
}

AuthServer::~AuthServer() {
  server_->Drain(absl::Seconds(5));
}

void AuthServer::Prepare(grpc::ClientContext& context, const std::string& token) {
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

absl::Status AuthServer::Converted(const grpc::Status& status) {
  return FromGrpc(status);
}

absl::Status AuthServer::Register(const std::string& name, const std::string& password,
                                  const std::string& invitation) {
  v1::RegisterRequest request;
  request.set_name(name);
  request.set_password(password);
  request.set_invitation(invitation);
  v1::RegisterResponse response;
  return Call(&v1::Auth::Stub::Register, request, &response);
}

absl::Status AuthServer::LogIn(TestDevice& device, const std::string& name, const std::string& password) {
  v1::LoginRequest request;
  request.set_name(name);
  request.set_password(password);
  request.set_certificate_request(device.request());
  request.set_device_label("test");
  return Call(&v1::Auth::Stub::Login, request, &device.login);
}

absl::StatusOr<v1::Tokens> AuthServer::Refresh(const std::string& refresh_token) {
  v1::RefreshRequest request;
  request.set_refresh_token(refresh_token);
  v1::RefreshResponse response;
  const absl::Status status = Call(&v1::Auth::Stub::Refresh, request, &response);
  if (!status.ok()) return status;
  return response.tokens();
}

absl::Status AuthServer::Logout(const std::string& token) {
  v1::LogoutResponse response;
  return Call(&v1::Auth::Stub::Logout, v1::LogoutRequest(), &response, token);
}

absl::Status AuthServer::RevokeDevice(const std::string& token, const std::string& device) {
  v1::RevokeDeviceRequest request;
  request.set_device(device);
  v1::RevokeDeviceResponse response;
  return Call(&v1::Auth::Stub::RevokeDevice, request, &response, token);
}

absl::Status AuthServer::ChangePassword(const std::string& token, const std::string& from,
                                        const std::string& to) {
  v1::ChangePasswordRequest request;
  request.set_old_password(from);
  request.set_new_password(to);
  v1::ChangePasswordResponse response;
  return Call(&v1::Auth::Stub::ChangePassword, request, &response, token);
}

absl::Status AuthServer::DeleteAccount(const std::string& token, const std::string& password) {
  v1::DeleteAccountRequest request;
  request.set_password(password);
  v1::DeleteAccountResponse response;
  return Call(&v1::Auth::Stub::DeleteAccount, request, &response, token);
}

absl::StatusOr<v1::ListDevicesResponse> AuthServer::ListDevices(const std::string& token) {
  v1::ListDevicesResponse response;
  const absl::Status status = Call(&v1::Auth::Stub::ListDevices, v1::ListDevicesRequest(), &response, token);
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::IssueCertificateResponse> AuthServer::IssueCertificate(
    const std::string& token, const std::string& certificate_request) {
  v1::IssueCertificateRequest request;
  request.set_certificate_request(certificate_request);
  v1::IssueCertificateResponse response;
  const absl::Status status = Call(&v1::Auth::Stub::IssueCertificate, request, &response, token);
  if (!status.ok()) return status;
  return response;
}

v1::GetKeysResponse AuthServer::GetKeys() {
  v1::GetKeysResponse response;
  const absl::Status status = Call(&v1::Auth::Stub::GetKeys, v1::GetKeysRequest(), &response);
  EXPECT_TRUE(status.ok()) << status;
  return response;
}

double AuthServer::Metric(const std::string& name, const std::string& label) {
  double sum = 0;
  for (const prometheus::MetricFamily& family : registry_.Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      const bool wanted = label.empty() || (!metric.label.empty() && metric.label[0].value == label);
      if (!wanted) continue;
      sum += metric.counter.value + static_cast<double>(metric.histogram.sample_count);
    }
  }
  return sum;
}

AuthTest::AuthTest() : trust_(clock_.Now()) {}

AuthOptions AuthTest::Options() const {
  AuthOptions options;
  options.database = (directory_ / "auth.db").string();
  options.keys_directory = directory_ / "keys";
  options.server_id = trust_.server_id;
  options.people = trust_.people;
  options.argon2 = {.memory_kib = 64, .passes = 1, .parallelism = 1};
  options.maintenance.revocation_interval = absl::Milliseconds(20);
  options.maintenance.key_interval = absl::Milliseconds(20);
  return options;
}

void AuthTest::Start(const AuthOptions& options) {
  server_.reset();
  server_ = std::make_unique<AuthServer>(options, &clock_);
}

TestDevice AuthTest::NewPerson(const std::string& name) {
  const absl::Status registered = server().Register(name);
  EXPECT_TRUE(registered.ok()) << registered;
  return NewDevice(name);
}

TestDevice AuthTest::NewDevice(const std::string& name, const std::string& password) {
  TestDevice device;
  const absl::Status status = server().LogIn(device, name, password);
  EXPECT_TRUE(status.ok()) << status;
  return device;
}

int AuthTest::Admin(const std::vector<std::string>& arguments, std::string* out, const std::string& in) {
  CLI::App app;
  AdminRequest request;
  AddAdminCommands(app, request);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code();
  }
  std::istringstream input(in);
  std::ostringstream output;
  const int code = RunAdminForExitCode(request, Options(), clock_.Now(), {input, output, output});
  if (out != nullptr) *out = output.str();
  return code;
}

::testing::AssertionResult AuthTest::Eventually(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (absl::Now() < end) {
    if (condition()) return ::testing::AssertionSuccess();
    absl::SleepFor(absl::Milliseconds(2));
  }
  return ::testing::AssertionFailure() << "not within 20 s";
}

}  // namespace parlor::auth
