#include "bench/services/people.h"

#include <optional>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/retry.h"
#include "base/rpc/status.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

std::string PasswordOf(int person) {
  return absl::StrFormat("a rather long one, %06d", person);
}

}  // namespace

std::string CitizenName(int person) {
  return absl::StrFormat("citizen%06d", person);
}

People::People(const Target& target)
    : channel_(MakeChannel(target)), stub_(auth::v1::Auth::NewStub(channel_)) {}

absl::Status People::Register(int person) {
  auth::v1::RegisterRequest request;
  request.set_name(CitizenName(person));
  request.set_password(PasswordOf(person));
  return Call([&](grpc::ClientContext* context) {
    auth::v1::RegisterResponse response;
    return stub_->Register(context, request, &response);
  });
}

absl::StatusOr<LoggedIn> People::LogIn(int person) {
  LoggedIn device{PrivateKey::Generate(), {}};
  auth::v1::LoginRequest request;
  request.set_name(CitizenName(person));
  request.set_password(PasswordOf(person));
  request.set_certificate_request(MakeCertificateRequest(device.key));
  request.set_device_label("benchmark");
  PARLOR_RETURN_IF_ERROR(
      Call([&](grpc::ClientContext* context) { return stub_->Login(context, request, &device.response); }));
  return device;
}

absl::Status People::Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  for (;;) {
    grpc::ClientContext context;
    absl::Status status = FromGrpc(call(&context));
    const std::optional<absl::Duration> delay = RetryAfter(status);
    if (!absl::IsResourceExhausted(status) || !delay.has_value()) return status;
    ++retries_;
    absl::SleepFor(*delay);
  }
}

}  // namespace parlor::bench
