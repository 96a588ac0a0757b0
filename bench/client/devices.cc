#include "bench/client/devices.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/crypto/peer_verifier.h"
#include "base/status.h"
#include "client/home/account_file.h"
#include "client/home/home.h"

namespace parlor::bench {

absl::Status MakeDevices(const std::filesystem::path& directory) {
  const absl::Time now = absl::Now();
  const Authority root = Authority::MakeRoot(now);
  const Authority people = root.MakePeopleAuthority(now);
  const std::string server_id = ServerIdOf(root.key().public_key());
  for (const char* user : {kListener, kDialler}) {
    const PrivateKey key = PrivateKey::Generate();
    client::Account account;
    account.root_pem = root.certificate().ToPem();
    account.user = user;
    account.device = key.public_key().device_id();
    account.device_key_pem = key.ToPem();
    PARLOR_ASSIGN_OR_RETURN(const Certificate leaf,
                            people.IssueDevice({server_id, account.user, account.device}, key.public_key(),
                                               now, absl::Hours(24)));
    account.chain_der = {leaf.ToDer(), people.certificate().ToDer()};
    PARLOR_ASSIGN_OR_RETURN(const client::Home home, client::Home::Open(directory / user));
    PARLOR_RETURN_IF_ERROR(client::SaveAccount(home, account));
  }
  return absl::OkStatus();
}

absl::StatusOr<Device> LoadDevice(const std::filesystem::path& path) {
  PARLOR_ASSIGN_OR_RETURN(const client::Home home, client::Home::Open(path));
  PARLOR_ASSIGN_OR_RETURN(client::Account account, client::LoadAccount(home));
  PARLOR_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::FromPem(account.device_key_pem));
  PARLOR_ASSIGN_OR_RETURN(Certificate root, Certificate::FromPem(account.root_pem));
  client::LinkIdentity identity{std::move(key), account.chain_der};
  client::PeerJudge judge = [verifier = PeerVerifier(root)](const std::vector<std::string>& chain) {
    return verifier.Verify(chain, absl::Now());
  };
  return Device{std::move(account), std::move(identity), std::move(judge)};
}

}  // namespace parlor::bench
