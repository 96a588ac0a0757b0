// A root, its two CAs, and identities under them, for tests of links and of what stands above.
#ifndef PARLOR_TESTS_CLIENT_LINK_TEST_PKI_H_
#define PARLOR_TESTS_CLIENT_LINK_TEST_PKI_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "base/crypto/certificate.h"
#include "base/crypto/peer_verifier.h"
#include "client/link/network.h"

namespace parlor::client {

class TestPki {
 public:
  explicit TestPki(absl::Time now);

  const std::string& server_id() const { return verifier_.server_id(); }
  const Certificate& root() const { return root_.certificate(); }
  absl::Time now() const { return now_; }

  // A new device of `user`, certified at `issued` (the constructor's now if not given) for 24 hours.
  LinkIdentity Device(const std::string& user) const { return Device(user, now_); }
  LinkIdentity Device(const std::string& user, absl::Time issued) const;
  // A device's certificate of `user` that shows `key`.
  LinkIdentity DeviceWithKey(const std::string& user, const PrivateKey& key, absl::Time issued) const;
  // What a service shows: never good enough for a link.
  LinkIdentity Service() const;

  // Accepts this server's people at the time of the clock.
  PeerJudge Judge(std::function<absl::Time()> clock) const;
  PeerJudge Judge() const {
    return Judge([now = now_] { return now; });
  }

 private:
  const absl::Time now_;
  const Authority root_;
  const Authority services_;
  const Authority people_;
  const PeerVerifier verifier_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_LINK_TEST_PKI_H_
