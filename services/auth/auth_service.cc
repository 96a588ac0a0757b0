#include "services/auth/auth_service.h"

#include <utility>

#include "base/status.h"

namespace parlor::auth {
namespace {

using service::Access;
using service::AnswerHere;
using service::AnswerOnPool;
using service::CallInfo;

void Fill(const Tokens& tokens, v1::Tokens* message) {
  message->set_access_token(tokens.access.jwt);
  message->set_access_expires_ms(absl::ToUnixMillis(tokens.access.expires));
  message->set_refresh_token(tokens.refresh);
}

void Fill(const IssuedCertificate& certificate, v1::Certificate* message) {
  for (const std::string& der : certificate.chain_der) message->add_chain_der(der);
  message->set_not_before_ms(absl::ToUnixMillis(certificate.not_before));
  message->set_not_after_ms(absl::ToUnixMillis(certificate.not_after));
}

void Fill(const Device& device, const service::Caller& caller, v1::Device* message) {
  message->set_device(device.id);
  message->set_label(device.label);
  message->set_enrolled_ms(absl::ToUnixMillis(device.enrolled));
  message->set_last_used_ms(absl::ToUnixMillis(device.last_used));
  message->set_current(device.id == caller.device);
}

}  // namespace

grpc::ServerUnaryReactor* AuthService::Register(grpc::CallbackServerContext* context,
                                                const v1::RegisterRequest* request,
                                                v1::RegisterResponse* response) {
  return AnswerOnPool(
      context, parts_.tools, {"Register", Access::kOpen}, *parts_.password_calls,
      [this, request, response](const CallInfo& call) -> absl::Status {
        const Registration registration = {request->name(), request->password(), request->invitation()};
        PARLOR_ASSIGN_OR_RETURN(*response->mutable_name(), parts_.auth->Register(registration, call.now));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* AuthService::Login(grpc::CallbackServerContext* context,
                                             const v1::LoginRequest* request, v1::LoginResponse* response) {
  return AnswerOnPool(
      context, parts_.tools, {"Login", Access::kOpen}, *parts_.password_calls,
      [this, request, response](const CallInfo& call) -> absl::Status {
        const LoginAttempt attempt = {request->name(), request->password(), request->certificate_request(),
                                      request->device_label(), call.ip};
        PARLOR_ASSIGN_OR_RETURN(const auth::Login login, parts_.auth->LogIn(attempt, call.now));
        response->set_name(login.name);
        response->set_device(login.device);
        Fill(login.tokens, response->mutable_tokens());
        Fill(login.certificate, response->mutable_certificate());
        response->set_server_time_ms(absl::ToUnixMillis(parts_.tools.clock->Now()));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* AuthService::Refresh(grpc::CallbackServerContext* context,
                                               const v1::RefreshRequest* request,
                                               v1::RefreshResponse* response) {
  return AnswerOnPool(context, parts_.tools, {"Refresh", Access::kOpen}, *parts_.other_calls,
                      [this, request, response](const CallInfo& call) -> absl::Status {
                        PARLOR_ASSIGN_OR_RETURN(const Tokens tokens,
                                                parts_.auth->Refresh(request->refresh_token(), call.now));
                        Fill(tokens, response->mutable_tokens());
                        response->set_server_time_ms(absl::ToUnixMillis(parts_.tools.clock->Now()));
                        return absl::OkStatus();
                      });
}

grpc::ServerUnaryReactor* AuthService::Logout(grpc::CallbackServerContext* context, const v1::LogoutRequest*,
                                              v1::LogoutResponse*) {
  return AnswerOnPool(context, parts_.tools, {"Logout", Access::kToken}, *parts_.other_calls,
                      [this](const CallInfo& call) { return parts_.auth->Logout(call.caller, call.now); });
}

grpc::ServerUnaryReactor* AuthService::ChangePassword(grpc::CallbackServerContext* context,
                                                      const v1::ChangePasswordRequest* request,
                                                      v1::ChangePasswordResponse*) {
  return AnswerOnPool(context, parts_.tools, {"ChangePassword", Access::kToken}, *parts_.password_calls,
                      [this, request](const CallInfo& call) {
                        return parts_.auth->ChangePassword(call.caller, call.ip, request->old_password(),
                                                           request->new_password(), call.now);
                      });
}

grpc::ServerUnaryReactor* AuthService::DeleteAccount(grpc::CallbackServerContext* context,
                                                     const v1::DeleteAccountRequest* request,
                                                     v1::DeleteAccountResponse*) {
  return AnswerOnPool(context, parts_.tools, {"DeleteAccount", Access::kToken}, *parts_.password_calls,
                      [this, request](const CallInfo& call) {
                        return parts_.auth->DeleteAccount(call.caller, call.ip, request->password(),
                                                          call.now);
                      });
}

grpc::ServerUnaryReactor* AuthService::IssueCertificate(grpc::CallbackServerContext* context,
                                                        const v1::IssueCertificateRequest* request,
                                                        v1::IssueCertificateResponse* response) {
  return AnswerOnPool(context, parts_.tools, {"IssueCertificate", Access::kToken}, *parts_.other_calls,
                      [this, request, response](const CallInfo& call) -> absl::Status {
                        PARLOR_ASSIGN_OR_RETURN(const IssuedCertificate certificate,
                                                parts_.auth->IssueCertificate(
                                                    call.caller, request->certificate_request(), call.now));
                        Fill(certificate, response->mutable_certificate());
                        response->set_server_time_ms(absl::ToUnixMillis(parts_.tools.clock->Now()));
                        return absl::OkStatus();
                      });
}

grpc::ServerUnaryReactor* AuthService::ListDevices(grpc::CallbackServerContext* context,
                                                   const v1::ListDevicesRequest*,
                                                   v1::ListDevicesResponse* response) {
  return AnswerOnPool(context, parts_.tools, {"ListDevices", Access::kToken}, *parts_.other_calls,
                      [this, response](const CallInfo& call) -> absl::Status {
                        PARLOR_ASSIGN_OR_RETURN(const std::vector<Device> devices,
                                                parts_.auth->ListDevices(call.caller));
                        for (const Device& device : devices)
                          Fill(device, call.caller, response->add_devices());
                        return absl::OkStatus();
                      });
}

grpc::ServerUnaryReactor* AuthService::RevokeDevice(grpc::CallbackServerContext* context,
                                                    const v1::RevokeDeviceRequest* request,
                                                    v1::RevokeDeviceResponse*) {
  return AnswerOnPool(context, parts_.tools, {"RevokeDevice", Access::kToken}, *parts_.other_calls,
                      [this, request](const CallInfo& call) {
                        return parts_.auth->RevokeDevice(call.caller, request->device(), call.now);
                      });
}

grpc::ServerUnaryReactor* AuthService::GetKeys(grpc::CallbackServerContext* context,
                                               const v1::GetKeysRequest*, v1::GetKeysResponse* response) {
  return AnswerHere(context, parts_.tools, {"GetKeys", Access::kOpen},
                    [this, response](const CallInfo& call) {
                      const std::shared_ptr<const VerificationKeys> keys = parts_.keys->Get();
                      for (const auto& [kid, key] : *keys) {
                        v1::VerificationKey* message = response->add_keys();
                        message->set_kid(kid);
                        message->set_spki_der(key.spki());
                      }
                      response->set_revocations(parts_.revocations->token());
                      response->set_server_time_ms(absl::ToUnixMillis(call.now));
                      return absl::OkStatus();
                    });
}

}  // namespace parlor::auth
