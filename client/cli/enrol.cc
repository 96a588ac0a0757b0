#include "client/cli/enrol.h"

#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/crypto/peer_verifier.h"
#include "base/retry.h"
#include "base/status.h"
#include "base/text/names.h"
#include "client/home/account_file.h"
#include "client/loop/asio_loop.h"
#include "client/rpc/grpc_channel.h"
#include "client/rpc/root_fetch.h"
#include "client/rpc/rpc_channel.h"
#include "parlor/auth/v1/auth.pb.h"

namespace parlor::client {
namespace {

constexpr char kRegister[] = "/parlor.auth.v1.Auth/Register";
constexpr char kLogin[] = "/parlor.auth.v1.Auth/Login";

// The server may queue password hashes.
constexpr absl::Duration kPasswordTimeout = absl::Seconds(20);
constexpr size_t kMaxLabel = 64;

std::string DeviceLabel() {
  std::array<char, kMaxLabel + 1> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unnamed";
  return name.data();
}

// "try again in 3s" where the server says so.
absl::Status WithAdvice(absl::Status status) {
  const std::optional<absl::Duration> wait = RetryAfter(status);
  if (!wait.has_value()) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), "; try again in ",
                                                  absl::FormatDuration(absl::Ceil(*wait, absl::Seconds(1)))));
}

// One call to the services of `server`, whose root has been fetched.
template <typename Response>
absl::StatusOr<Response> CallOnce(const JoinLink& server, const Certificate& root, const char* method,
                                  const google::protobuf::MessageLite& request) {
  AsioLoop loop;
  absl::StatusOr<Response> answer = absl::UnknownError("no answer");
  const std::unique_ptr<RpcChannel> channel =
      MakeGrpcChannel(loop, {server.server, root.ToPem(), server.pin});
  const std::unique_ptr<PendingCall> call = Call<Response>(
      *channel, method, request, {},
      [&](absl::StatusOr<Response> response) {
        answer = std::move(response);
        loop.Stop();
      },
      kPasswordTimeout);
  loop.Run();
  if (!answer.ok()) return WithAdvice(answer.status());
  return answer;
}

// A server that hands out certificates that nobody will accept is found out here, not at the first dial.
absl::Status CheckChain(const Certificate& root, const auth::v1::LoginResponse& response,
                        const std::vector<std::string>& chain_der) {
  const absl::Time at = absl::FromUnixMillis(response.server_time_ms());
  PARLOR_ASSIGN_OR_RETURN(const VerifiedPeer self, PeerVerifier(root).Verify(chain_der, at));
  if (self.identity.user == response.name() && self.identity.device == response.device()) {
    return absl::OkStatus();
  }
  return absl::InternalError("the server issued a certificate for somebody else; tell whoever runs it");
}

}  // namespace

absl::StatusOr<Account> CheckHomeIsFree(const Home& home, absl::string_view name) {
  absl::StatusOr<Account> present = LoadAccount(home);
  if (absl::IsNotFound(present.status())) return Account();
  if (!present.ok()) return present.status();
  const absl::StatusOr<Name> wanted = ParseUserName(name);
  if (wanted.ok() && wanted->canonical == present->user) return present;
  return absl::AlreadyExistsError(
      absl::StrCat(home.path().string(), " belongs to @", present->user,
                   ": use another --home for a second account, or `parlor logout` first"));
}

absl::StatusOr<JoinLink> ChooseServer(const std::string& flag, const Account& present) {
  if (!flag.empty()) {
    PARLOR_ASSIGN_OR_RETURN(JoinLink link, ParseJoinLink(flag));
    if (present.server.empty()) return link;
    PARLOR_ASSIGN_OR_RETURN(const JoinLink known, ParseJoinLink(present.server));
    if (known.pin == link.pin) return link;
    return absl::FailedPreconditionError(absl::StrCat("this home belongs to an account on ", present.server,
                                                      ": use another --home for another server"));
  }
  if (!present.server.empty()) return ParseJoinLink(present.server);
  return absl::InvalidArgumentError(
      "which server? Give its join link with --server parlor://HOST:PORT/#PIN, or in PARLOR_SERVER");
}

absl::StatusOr<Account> MakeAccount(const JoinLink& server, const Certificate& root, const PrivateKey& key,
                                    const auth::v1::LoginResponse& response) {
  Account account;
  account.server = ToString(server);
  account.root_pem = root.ToPem();
  account.user = response.name();
  account.device = response.device();
  account.device_key_pem = key.ToPem();
  account.chain_der.assign(response.certificate().chain_der().begin(),
                           response.certificate().chain_der().end());
  account.certificate_expires = absl::FromUnixMillis(response.certificate().not_after_ms());
  account.access_token = response.tokens().access_token();
  account.access_expires = absl::FromUnixMillis(response.tokens().access_expires_ms());
  account.refresh_token = response.tokens().refresh_token();
  account.clock_offset =
      absl::Trunc(absl::FromUnixMillis(response.server_time_ms()) - absl::Now(), absl::Milliseconds(1));
  PARLOR_RETURN_IF_ERROR(CheckChain(root, response, account.chain_der));
  return account;
}

absl::Status Register(const JoinLink& server, const Credentials& credentials) {
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, FetchRoot(server));
  auth::v1::RegisterRequest request;
  request.set_name(credentials.name);
  request.set_password(credentials.password);
  request.set_invitation(credentials.invitation);
  return CallOnce<auth::v1::RegisterResponse>(server, root, kRegister, request).status();
}

absl::StatusOr<Account> Login(const JoinLink& server, const Credentials& credentials, const Home& home,
                              const Account& present) {
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, FetchRoot(server));
  const PrivateKey key = PrivateKey::Generate();
  auth::v1::LoginRequest request;
  request.set_name(credentials.name);
  request.set_password(credentials.password);
  request.set_certificate_request(MakeCertificateRequest(key));
  request.set_device_label(DeviceLabel());
  PARLOR_ASSIGN_OR_RETURN(const auth::v1::LoginResponse response,
                          CallOnce<auth::v1::LoginResponse>(server, root, kLogin, request));
  PARLOR_ASSIGN_OR_RETURN(Account account, MakeAccount(server, root, key, response));
  account.port = present.port;
  PARLOR_RETURN_IF_ERROR(SaveAccount(home, account));
  return account;
}

}  // namespace parlor::client
