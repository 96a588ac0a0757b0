// Dials several addresses of one person in the manner of Happy Eyeballs (RFC 8305): IPv6 and IPv4 in turn,
// the next one as soon as one has failed or has not answered for 250 ms, and the first link that is complete
// on both sides is kept. TcpNetwork and MemoryNetwork differ only in how one address is dialled.
#ifndef PARLOR_CLIENT_LINK_DIAL_RACE_H_
#define PARLOR_CLIENT_LINK_DIAL_RACE_H_

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "client/link/dial_budget.h"
#include "client/link/network.h"
#include "client/loop/loop.h"

namespace parlor::client {

// `addresses` without repetitions, at most kMaxPeerAddresses of them, the families in turn beginning with the
// one that comes first; within a family in the order given (RFC 8305, section 4).
std::vector<PeerAddress> InterleaveFamilies(const std::vector<PeerAddress>& addresses);

// Loop thread only. Destroying it closes what is under way. The loop must outlive it.
class DialRace final : public Dialling {
 public:
  static constexpr absl::Duration kAttemptDelay = absl::Milliseconds(250);  // RFC 8305, section 8
  static constexpr absl::Duration kDeadline = absl::Seconds(10);

  using Done = Network::DialCallback;
  // Dials one address for `user`. Calls `done` once, never from inside, and moved out of what it returned:
  // destroying that gives up, also while `done` runs, and then `done` is not called any more.
  using DialOne = std::function<std::unique_ptr<Dialling>(const PeerAddress& address, const std::string& user,
                                                          Done done)>;

  DialRace(Loop& loop, std::shared_ptr<DialBudget> budget, DialTarget target, DialOne dial_one, Done done);

 private:
  struct Attempt {
    PeerAddress address;
    std::unique_ptr<Dialling> dialling;
  };

  void StartNext();
  void OnAttempt(std::list<Attempt>::iterator attempt, absl::StatusOr<std::unique_ptr<Link>> link);
  void OnDeadline();
  void AddFailure(const PeerAddress& address, const absl::Status& status);
  // Nothing of this race may be touched after it: `done` may destroy it.
  void Finish(absl::StatusOr<std::unique_ptr<Link>> result);
  absl::Status Failure() const;

  Loop& loop_;
  const std::shared_ptr<DialBudget> budget_;
  const std::string user_;
  const DialOne dial_one_;
  Done done_;

  std::vector<PeerAddress> waiting_;     // the next one last
  std::list<Attempt> attempts_;          // under way
  std::vector<absl::StatusCode> codes_;  // of those that were dialled and failed
  std::string reasons_;

  std::unique_ptr<Timer> next_;
  std::unique_ptr<Timer> deadline_;
};

// For when no address is to blame, as without a certificate: tells `done` why, from the loop.
class FailedDialling final : public Dialling {
 public:
  FailedDialling(Loop& loop, absl::Status why, Network::DialCallback done);

 private:
  const std::unique_ptr<Timer> timer_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_DIAL_RACE_H_
