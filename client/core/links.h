// The links to people: made when somebody is wanted, kept alive, one a person.
//
// When both sides dial at once two links come up; both sides keep the one that was dialled by the smaller
// name. A second link dialled by the same side replaces the first: its owner noticed before us that the old
// one was dead.
#ifndef PARLOR_CLIENT_CORE_LINKS_H_
#define PARLOR_CLIENT_CORE_LINKS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "client/core/address_book.h"
#include "client/core/dialer.h"
#include "client/link/link.h"
#include "client/link/network.h"
#include "client/loop/loop.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {

struct LinksOptions {
  absl::Duration ping_every = absl::Seconds(15);  // a link that is silent
  int missed_pings = 3;                           // then it is dead
  absl::Duration stranger_patience =
      absl::Seconds(10);  // for somebody whom nobody wanted to say why they came
  DialerOptions dialer;
  // Who comes when there are so many is refused: some small rooms, or many large ones, and contacts fit. Who
  // is wanted is dialled all the same, and that are as many as contacts and rooms have.
  size_t max_links = 256;
};

class Links {
 public:
  struct Handlers {
    // Somebody who was dialled has proved who they are, and has yet to answer: what they are told at once.
    // If they answer there, on_up comes with a link that is LinkInfo::opened.
    std::function<std::vector<peer::v1::Frame>(const std::string& user)> opening;
    // They were dialled in vain: what was said at once is lost.
    std::function<void(const std::string& user)> on_no_link;
    std::function<void(const std::string& user)> on_up;
    std::function<void(const std::string& user, const absl::Status& why)> on_down;
    std::function<void(const std::string& user, const peer::v1::Frame& frame)> on_frame;
    std::function<void(const std::string& user)> on_writable;
    // They are online, but presence gives no address: their device does not know this person.
    std::function<void(const std::string& user)> on_no_address;
    // A round trip was measured for the first time, or changed by half.
    std::function<void(const std::string& user)> on_rtt;
    // Whether somebody who came unasked may stay.
    std::function<bool(const std::string& user)> is_welcome;
    // Each round trip that was measured. May be null.
    std::function<void(absl::Duration took)> on_round_trip = nullptr;
  };

  // `loop` and `network` outlive this.
  Links(Loop& loop, Network& network, std::string self, Dialer::Lookup lookup, Handlers handlers,
        LinksOptions options = {});
  ~Links();

  // What this side tells the others in its Hello.
  void SetOwnAddresses(std::vector<PeerAddress> addresses, uint16_t listen_port);

  // `reason` is a room's id or "chat": the link is kept while any reason holds. As Dialer::Want().
  void Want(const std::string& user, const std::string& reason, const std::string& introduction = {});
  void Unwant(const std::string& user, const std::string& reason);
  // The same, but a link that has just come up stays for as long as a stranger's.
  void Release(const std::string& user, const std::string& reason) { dialer_.Unwant(user, reason); }
  void RetryNow(const std::string& user) { dialer_.RetryNow(user); }
  void RetryAll() { dialer_.RetryAll(); }

  // A link that came in counts when its dialler speaks on it: of several that it raced, it keeps one.
  void Accept(std::unique_ptr<Link> link);

  bool Send(const std::string& user, const peer::v1::Frame& frame);
  bool SendBytes(const std::string& user, absl::string_view frame);  // serialized already
  void SendLossy(const std::string& user, const peer::v1::Frame& frame);
  void Close(const std::string& user, peer::v1::Goodbye::Reason reason, const absl::Status& why);
  // Goodbye to everybody; no link is made any more.
  void Shutdown();
  bool quiet() const { return closing_.empty(); }  // after Shutdown: all goodbyes are out
  // The same until Return(); who is wanted is kept in mind.
  void StepAside();
  void Return();

  const LinkInfo* Find(const std::string& user) const;
  std::optional<absl::Duration> Rtt(const std::string& user) const;
  bool dialling(const std::string& user) const { return dialer_.dialling(user); }
  absl::Status last_error(const std::string& user) const { return dialer_.last_error(user); }
  std::vector<std::string> linked() const;

  void LearnAddresses(const std::string& user, const std::vector<PeerAddress>& addresses);
  // From somebody else: whom nothing led to before is dialled at once, if wanted; else it is for the next
  // try.
  void LearnHearsay(const std::string& user, const std::vector<PeerAddress>& addresses);
  std::vector<PeerAddress> AddressesOf(const std::string& user) const;  // as many as may be passed on

 private:
  struct Peer;
  struct Arrival {
    std::unique_ptr<Link> link;
    absl::Duration since;
  };

  Peer* PeerOf(const std::string& user) const;  // null: no link
  Link::Handlers HandlersOf(Link& link);
  void OnFirstFrame(Link& link);
  std::vector<std::string> Opening(const std::string& user) const;
  void OnDialled(std::unique_ptr<Link> link);
  // Its handlers are set, and it was sent a Hello.
  void Adopt(std::unique_ptr<Link> link);
  bool Keeps(const Peer& peer, const Link& fresh) const;
  // Says goodbye on a link that is not, or no longer, a person's one, and keeps it until that is written.
  void Retire(std::unique_ptr<Link> link, peer::v1::Goodbye::Reason reason);
  void Take(const std::string& user, std::unique_ptr<Link> link);
  void OnRetired(Link* link);
  void OnFrame(const std::string& user, absl::string_view bytes);
  void OnHello(const std::string& user, const peer::v1::Hello& hello);
  void OnPong(const std::string& user, uint64_t token);
  void OnGoodbye(const std::string& user, const peer::v1::Goodbye& goodbye);
  void OnClosed(const std::string& user, const absl::Status& why, Dialer::Again again = Dialer::Again::kSoon);
  void End(const std::string& user, const absl::Status& why, Dialer::Again again);
  void Ping(Peer& peer);
  void OnRoundTrip(const std::string& user, absl::Duration rtt);
  void Tick();
  std::string Hello() const;

  Loop& loop_;
  const std::string self_;
  const Handlers handlers_;
  const LinksOptions options_;

  std::vector<PeerAddress> own_addresses_;
  uint16_t listen_port_ = 0;
  bool shut_down_ = false;
  bool aside_ = false;
  AddressBook addresses_;
  Dialer dialer_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;  // who is linked
  // Links that came in and on which nothing was said yet: at most kMaxArrivals, for stranger_patience.
  std::map<Link*, Arrival> arrivals_;
  // Links that say goodbye: kept until they are closed, at most for the 2 s of Link::Close.
  std::map<Link*, std::unique_ptr<Link>> closing_;
  std::unique_ptr<Timer> tick_;
  peer::v1::Frame incoming_;  // reused: parsing into it allocates little
  std::string outgoing_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_LINKS_H_
