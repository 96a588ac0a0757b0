#include "tests/client/link/test_pki.h"

#include <utility>

namespace parlor::client {

TestPki::TestPki(absl::Time now)
    : now_(now),
      root_(Authority::MakeRoot(now)),
      services_(root_.MakeServicesAuthority(now)),
      people_(root_.MakePeopleAuthority(now)),
      verifier_(root_.certificate()) {}

LinkIdentity TestPki::Device(const std::string& user, absl::Time issued) const {
  return DeviceWithKey(user, PrivateKey::Generate(), issued);
}

LinkIdentity TestPki::DeviceWithKey(const std::string& user, const PrivateKey& key, absl::Time issued) const {
  const DeviceIdentity identity{server_id(), user, key.public_key().device_id()};
  const Certificate leaf = people_.IssueDevice(identity, key.public_key(), issued, absl::Hours(24)).value();
  return {key, {leaf.ToDer(), people_.certificate().ToDer()}};
}

LinkIdentity TestPki::Service() const {
  PrivateKey key = PrivateKey::Generate();
  const Certificate leaf = services_.IssueService(server_id(), key.public_key(), now_, absl::Hours(24));
  return {std::move(key), {leaf.ToDer(), services_.certificate().ToDer()}};
}

PeerJudge TestPki::Judge(std::function<absl::Time()> clock) const {
  return [verifier = verifier_, clock = std::move(clock)](const std::vector<std::string>& chain_der) {
    return verifier.Verify(chain_der, clock());
  };
}

}  // namespace parlor::client
