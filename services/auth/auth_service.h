// parlor.auth.v1.Auth over gRPC: translates between messages and Auth, and keeps what blocks off gRPC's
// threads.
#ifndef PARLOR_SERVICES_AUTH_AUTH_SERVICE_H_
#define PARLOR_SERVICES_AUTH_AUTH_SERVICE_H_

#include "parlor/auth/v1/auth.grpc.pb.h"
#include "services/auth/auth.h"
#include "services/common/blocking_pool.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"
#include "services/common/rpc/call.h"

namespace parlor::auth {

struct AuthServiceParts {  // all outlive the server
  Auth* auth = nullptr;
  service::CallTools tools;
  // Calls with a password have a pool of their own, so that a flood of logins delays nobody who is logged in.
  service::BlockingPool* password_calls = nullptr;
  service::BlockingPool* other_calls = nullptr;
  const service::KeySet* keys = nullptr;
  const service::Revocations* revocations = nullptr;
};

// Thread-safe. Register, Login, Refresh and GetKeys answer without a token, nothing else does.
class AuthService final : public v1::Auth::CallbackService {
 public:
  explicit AuthService(const AuthServiceParts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* Register(grpc::CallbackServerContext* context, const v1::RegisterRequest* request,
                                     v1::RegisterResponse* response) override;
  grpc::ServerUnaryReactor* Login(grpc::CallbackServerContext* context, const v1::LoginRequest* request,
                                  v1::LoginResponse* response) override;
  grpc::ServerUnaryReactor* Refresh(grpc::CallbackServerContext* context, const v1::RefreshRequest* request,
                                    v1::RefreshResponse* response) override;
  grpc::ServerUnaryReactor* Logout(grpc::CallbackServerContext* context, const v1::LogoutRequest* request,
                                   v1::LogoutResponse* response) override;
  grpc::ServerUnaryReactor* ChangePassword(grpc::CallbackServerContext* context,
                                           const v1::ChangePasswordRequest* request,
                                           v1::ChangePasswordResponse* response) override;
  grpc::ServerUnaryReactor* DeleteAccount(grpc::CallbackServerContext* context,
                                          const v1::DeleteAccountRequest* request,
                                          v1::DeleteAccountResponse* response) override;
  grpc::ServerUnaryReactor* IssueCertificate(grpc::CallbackServerContext* context,
                                             const v1::IssueCertificateRequest* request,
                                             v1::IssueCertificateResponse* response) override;
  grpc::ServerUnaryReactor* ListDevices(grpc::CallbackServerContext* context,
                                        const v1::ListDevicesRequest* request,
                                        v1::ListDevicesResponse* response) override;
  grpc::ServerUnaryReactor* RevokeDevice(grpc::CallbackServerContext* context,
                                         const v1::RevokeDeviceRequest* request,
                                         v1::RevokeDeviceResponse* response) override;
  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context, const v1::GetKeysRequest* request,
                                    v1::GetKeysResponse* response) override;

 private:
  const AuthServiceParts parts_;
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_AUTH_SERVICE_H_
