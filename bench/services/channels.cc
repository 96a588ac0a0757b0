#include "bench/services/channels.h"

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace parlor::bench {

std::shared_ptr<grpc::Channel> MakeChannel(const Target& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetSslTargetNameOverride(ServiceDnsName(target.server_id));
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = target.root_pem;
  return grpc::CreateCustomChannel(absl::StrCat(target.host, ":", target.port), grpc::SslCredentials(tls),
                                   arguments);
}

void AddToken(grpc::ClientContext& context, const std::string& token) {
  if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
}

}  // namespace parlor::bench
