// Who should be linked, and the tries to reach them: found by presence, dialled, tried again later.
#ifndef PARLOR_CLIENT_CORE_DIALER_H_
#define PARLOR_CLIENT_CORE_DIALER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "client/core/address_book.h"
#include "client/link/link.h"
#include "client/link/network.h"
#include "client/loop/loop.h"

namespace parlor::client {

// Why somebody is wanted: this, or a room's id.
inline constexpr char kChatReason[] = "chat";

struct DialerOptions {
  // An address may be dialled 3 times a minute: two tries by the clock leave one for news of the person.
  absl::Duration first_retry = absl::Seconds(1);
  int retry_factor = 8;
  absl::Duration last_retry = absl::Minutes(1);
};

// It knows who is linked from what it is told by LinkUp() and LinkDown(), and dials nobody who is.
class Dialer {
 public:
  // Asks where somebody can be dialled; the callback comes later, exactly once. FAILED_PRECONDITION: they are
  // known to be offline, and nothing is dialled. After any other error the addresses of before are.
  using Lookup = std::function<void(const std::string& user, const std::string& introduction,
                                    std::function<void(absl::StatusOr<std::vector<PeerAddress>>)>)>;

  struct Handlers {
    std::function<void(std::unique_ptr<Link>)> on_link;
    // They are online, but presence gives no address: their device does not know this person.
    std::function<void(const std::string& user)> on_no_address;
    // DialTarget::opening. Then on_link or on_no_link follows, unless the dial is given up.
    std::function<std::vector<std::string>(const std::string& user)> opening;
    // They were dialled in vain.
    std::function<void(const std::string& user)> on_no_link;
  };

  // `loop`, `network` and `addresses` outlive this. What presence says goes to `addresses`.
  Dialer(Loop& loop, Network& network, AddressBook& addresses, Lookup lookup, Handlers handlers,
         DialerOptions options = {});
  ~Dialer();

  // Somebody is wanted while any reason holds. Repeats are free; an introduction replaces the one before.
  void Want(const std::string& user, const std::string& reason, const std::string& introduction = {});
  // True if that was the last reason. A dial on which something was said already is begun anew.
  bool Unwant(const std::string& user, const std::string& reason);
  bool wanted(const std::string& user) const;

  // They came online, or there is a better way to find them: dial at once.
  void RetryNow(const std::string& user);
  void RetryAll();

  // `goes_on`: a dial that is under way, for it will be the better link. Else it is given up.
  void LinkUp(const std::string& user, bool goes_on = false);
  enum class Again { kSoon, kLate };  // kLate: they said no
  void LinkDown(const std::string& user, const absl::Status& why, Again again);

  // Nothing is dialled until Resume(), which dials nothing by itself; who is wanted is kept in mind.
  void Pause();
  void Resume() { paused_ = false; }

  bool dialling(const std::string& user) const;
  // Why the last attempt failed; OK if there was none, or a link came up since.
  absl::Status last_error(const std::string& user) const;

 private:
  struct Target;

  Target& TargetOf(const std::string& user);
  Target* Find(const std::string& user) const;
  void ForgetIfIdle(const std::string& user);
  static Transport PreferredFor(const Target& target);
  bool MayDial(const Target& target) const;
  void Dial(const std::string& user);
  void OnFound(const std::string& user, const absl::StatusOr<std::vector<PeerAddress>>& addresses);
  void TakeBackOpening(const std::string& user, Target& target);
  std::vector<std::string> Opening(const std::string& user);
  void OnDialled(const std::string& user, absl::StatusOr<std::unique_ptr<Link>> link);
  void RetryLater(const std::string& user, const absl::Status& why);

  Loop& loop_;
  Network& network_;
  AddressBook& addresses_;
  const Lookup lookup_;
  const Handlers handlers_;
  const DialerOptions options_;

  bool paused_ = false;
  std::map<std::string, std::unique_ptr<Target>> targets_;  // who is wanted or linked
  std::shared_ptr<Dialer*> alive_ = std::make_shared<Dialer*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_DIALER_H_
