#include "bench/services/people.h"

#include <optional>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/retry.h"
#include "base/rpc/status.h"

namespace parlor::bench {
namespace {

std::string NameOf(int person) {
  return absl::StrFormat("citizen%06d", person);
}
std::string PasswordOf(int person) {
  return absl::StrFormat("a rather long one, %06d", person);
}

}  // namespace

People::People(const Target& target)
    : channel_(MakeChannel(target)), stub_(auth::v1::Auth::NewStub(channel_)) {}

absl::Status People::Register(int person) {
  auth::v1::RegisterRequest request;
  request.set_name(NameOf(person));
  request.set_password(PasswordOf(person));
  return Call([&](grpc::ClientContext* context) {
    auth::v1::RegisterResponse response;
    return stub_->Register(context, request, &response);
  });
}

absl::Status People::LogIn(int person) {
  auth::v1::LoginRequest request;
  request.set_name(NameOf(person));
  request.set_password(PasswordOf(person));
  request.set_certificate_request(MakeCertificateRequest(PrivateKey::Generate()));
  request.set_device_label("benchmark");
  return Call([&](grpc::ClientContext* context) {
    auth::v1::LoginResponse response;
    return stub_->Login(context, request, &response);
  });
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
