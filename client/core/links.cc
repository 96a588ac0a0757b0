#include "client/core/links.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr uint32_t kProtocolVersion = 1;
// As many as may shake hands at once (ListenerOptions).
constexpr size_t kMaxArrivals = 64;

const char* Describe(peer::v1::Goodbye::Reason reason) {
  switch (reason) {
    case peer::v1::Goodbye::REASON_LEAVING:
      return "they quit";
    case peer::v1::Goodbye::REASON_NOT_NEEDED:
      return "nothing in common any more";
    case peer::v1::Goodbye::REASON_DUPLICATE:
      return "another link is kept";
    case peer::v1::Goodbye::REASON_REFUSED:
      return "they refuse";
    case peer::v1::Goodbye::REASON_PROTOCOL:
      return "they saw a broken rule";
    case peer::v1::Goodbye::REASON_REVOKED:
      return "a certificate has ended";
    default:
      return "they closed the link";
  }
}

}  // namespace

struct Links::Peer {
  std::unique_ptr<Link> link;
  absl::Duration linked_at;
  absl::Duration heard_at;
  int pings_out = 0;
  uint64_t ping_token = 0;
  absl::Duration pinged_at;
  std::optional<absl::Duration> rtt;
};

Links::Links(Loop& loop, Network& network, std::string self, Dialer::Lookup lookup, Handlers handlers,
             LinksOptions options)
    : loop_(loop),
      self_(std::move(self)),
      handlers_(std::move(handlers)),
      options_(options),
      dialer_(loop, network, addresses_, std::move(lookup),
              {[this](std::unique_ptr<Link> link) { OnDialled(std::move(link)); },
               [this](const std::string& user) { handlers_.on_no_address(user); },
               [this](const std::string& user) { return Opening(user); },
               [this](const std::string& user) { handlers_.on_no_link(user); }},
              options.dialer) {
  tick_ = loop_.After(kTick, [this] { Tick(); });
}

Links::~Links() = default;

void Links::SetOwnAddresses(std::vector<PeerAddress> addresses, uint16_t listen_port) {
  own_addresses_ = std::move(addresses);
  listen_port_ = listen_port;
}

Links::Peer* Links::PeerOf(const std::string& user) const {
  const auto found = peers_.find(user);
  return found == peers_.end() ? nullptr : found->second.get();
}

void Links::Want(const std::string& user, const std::string& reason, const std::string& introduction) {
  if (!shut_down_ && user != self_) dialer_.Want(user, reason, introduction);
}

void Links::Unwant(const std::string& user, const std::string& reason) {
  if (dialer_.Unwant(user, reason) && !handlers_.is_welcome(user)) {
    Close(user, peer::v1::Goodbye::REASON_NOT_NEEDED, absl::OkStatus());
  }
}

// ---- links that came up

Link::Handlers Links::HandlersOf(Link& link) {
  Link* const raw = &link;
  const std::string user = link.info().peer.identity.user;
  return {[this, user, raw](absl::string_view frame) {
            if (arrivals_.contains(raw)) OnFirstFrame(*raw);
            if (Find(user) == &raw->info()) OnFrame(user, frame);
          },
          [this, user, raw] {
            if (Find(user) == &raw->info()) handlers_.on_writable(user);
          },
          [this, user, raw](const absl::Status& why) {
            if (Find(user) == &raw->info()) return OnClosed(user, why);
            OnRetired(raw);
          },
          [this, user, raw] {
            if (Find(user) == &raw->info()) handlers_.on_rtt(user);
          }};
}

void Links::Accept(std::unique_ptr<Link> link) {
  const bool full =
      peers_.size() + arrivals_.size() >= options_.max_links || arrivals_.size() >= kMaxArrivals;
  if (shut_down_ || aside_ || full) return;  // closed without a word: nothing was promised
  Link& arrived = *link;
  arrivals_[&arrived] = {std::move(link), loop_.Uptime()};
  (void)arrived.Send(Hello());  // for which the dialler waits; the first frame always fits
  arrived.Start(HandlersOf(arrived));
}

void Links::OnFirstFrame(Link& link) {
  Adopt(std::move(arrivals_.extract(&link).mapped().link));
}

std::vector<std::string> Links::Opening(const std::string& user) const {
  std::vector<std::string> frames = {Hello()};
  for (const peer::v1::Frame& frame : handlers_.opening(user)) frames.push_back(frame.SerializeAsString());
  return frames;
}

void Links::OnDialled(std::unique_ptr<Link> link) {
  if (link->info().peer.identity.user == self_) return;
  Link& dialled = *link;
  if (!dialled.info().opened) (void)dialled.Send(Hello());  // a closed link says so itself
  dialled.Start(HandlersOf(dialled));
  Adopt(std::move(link));
}

// Two who dial each other at the same moment end up with two links, or with half of each: both have to decide
// alike, each alone. The one that was dialled by the smaller name is kept.
bool Links::Keeps(const Peer& peer, const Link& fresh) const {
  const bool fresh_dialled = fresh.info().dialled;
  if (peer.link->info().dialled == fresh_dialled) return false;
  if (peer.link->info().peer.identity.device != fresh.info().peer.identity.device) return false;
  const bool self_is_smaller = self_ < fresh.info().peer.identity.user;
  return peer.link->info().dialled == self_is_smaller;
}

void Links::Adopt(std::unique_ptr<Link> link) {
  const std::string user = link->info().peer.identity.user;
  if (user == self_ || shut_down_ || aside_)
    return Retire(std::move(link), peer::v1::Goodbye::REASON_NOT_NEEDED);
  if (Peer* const peer = PeerOf(user); peer != nullptr) {
    if (Keeps(*peer, *link)) return Retire(std::move(link), peer::v1::Goodbye::REASON_DUPLICATE);
    Retire(std::move(peer->link), peer::v1::Goodbye::REASON_DUPLICATE);
    peers_.erase(user);
    handlers_.on_down(user, absl::AbortedError("another link is kept"));
  }
  Take(user, std::move(link));
}

void Links::Take(const std::string& user, std::unique_ptr<Link> link) {
  const bool dialled = link->info().dialled;
  Peer& peer = *(peers_[user] = std::make_unique<Peer>());
  peer.link = std::move(link);
  peer.linked_at = peer.heard_at = loop_.Uptime();
  dialer_.LinkUp(user, !dialled && self_ < user);
  Ping(peer);
  handlers_.on_up(user);
}

void Links::Retire(std::unique_ptr<Link> link, peer::v1::Goodbye::Reason reason) {
  peer::v1::Frame goodbye;
  goodbye.mutable_goodbye()->set_reason(reason);
  (void)link->Send(goodbye.SerializeAsString());  // where it does not fit, the close says it
  link->Close();
  Link* const key = link.get();
  closing_[key] = std::move(link);
}

// Called by the link itself, which may not be destroyed by that.
void Links::OnRetired(Link* link) {
  std::shared_ptr<Link> gone;
  if (const auto closing = closing_.extract(link); !closing.empty()) {
    gone = std::move(closing.mapped());
  } else if (const auto arrival = arrivals_.extract(link); !arrival.empty()) {
    gone = std::move(arrival.mapped().link);
  }
  loop_.Post([gone] {});
}

std::string Links::Hello() const {
  peer::v1::Frame frame;
  peer::v1::Hello& hello = *frame.mutable_hello();
  hello.set_version(kProtocolVersion);
  hello.set_listen_port(listen_port_);
  for (const PeerAddress& address : own_addresses_) {
    peer::v1::Address& wire = *hello.add_addresses();
    wire.set_ip(address.ip);
    wire.set_port(address.port);
  }
  return frame.SerializeAsString();
}

void Links::OnFrame(const std::string& user, absl::string_view bytes) {
  Peer& peer = *PeerOf(user);
  peer.heard_at = loop_.Uptime();
  peer.pings_out = std::min(peer.pings_out, 1);
  if (!incoming_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Close(user, peer::v1::Goodbye::REASON_PROTOCOL,
                 absl::InvalidArgumentError("a frame does not parse"));
  }
  switch (incoming_.kind_case()) {
    case peer::v1::Frame::kHello:
      return OnHello(user, incoming_.hello());
    case peer::v1::Frame::kPing: {
      peer::v1::Frame pong;
      pong.mutable_pong()->set_token(incoming_.ping().token());
      Send(user, pong);
      return;
    }
    case peer::v1::Frame::kPong:
      return OnPong(user, incoming_.pong().token());
    case peer::v1::Frame::kGoodbye:
      return OnGoodbye(user, incoming_.goodbye());
    default: {
      // Handlers may send, and frames that arrive in between parse into this one.
      const peer::v1::Frame frame = std::move(incoming_);
      handlers_.on_frame(user, frame);
    }
  }
}

void Links::OnGoodbye(const std::string& user, const peer::v1::Goodbye& goodbye) {
  const peer::v1::Goodbye::Reason reason = goodbye.reason();
  PeerOf(user)->link->Close();
  // Who leaves may have another device take over; presence says so before anybody is dialled.
  const bool refused = reason == peer::v1::Goodbye::REASON_REFUSED;
  OnClosed(user, absl::CancelledError(Describe(reason)),
           refused ? Dialer::Again::kLate : Dialer::Again::kSoon);
}

void Links::OnHello(const std::string& user, const peer::v1::Hello& hello) {
  const LinkInfo& info = PeerOf(user)->link->info();
  std::vector<PeerAddress> addresses;
  const auto add = [&](const std::string& ip, uint32_t port) {
    absl::StatusOr<PeerAddress> address = MakePeerAddress(ip, port);
    if (address.ok() && addresses.size() < kMaxPeerAddresses) addresses.push_back(*std::move(address));
  };
  if (hello.listen_port() != 0) add(info.remote.ip, hello.listen_port());
  // Only where this link shows them to be: nobody is sent to dial a third party.
  for (const peer::v1::Address& address : hello.addresses()) {
    const absl::StatusOr<std::string> ip = CanonicalIp(address.ip());
    if (ip.ok() && (*ip == info.remote.ip || ScopeOf(*ip) == AddressScope::kPrivate)) {
      add(*ip, address.port());
    }
  }
  LearnAddresses(user, addresses);
}

void Links::Ping(Peer& peer) {
  peer::v1::Frame frame;
  peer.ping_token = RandomUint64();
  peer.pinged_at = loop_.Uptime();
  ++peer.pings_out;
  frame.mutable_ping()->set_token(peer.ping_token);
  (void)peer.link->Send(frame.SerializeAsString());  // a queue that is full for 45 s is as dead as no answer
}

void Links::OnPong(const std::string& user, uint64_t token) {
  Peer& peer = *PeerOf(user);
  if (token != peer.ping_token) return;
  peer.ping_token = 0;
  peer.pings_out = 0;
  OnRoundTrip(user, loop_.Uptime() - peer.pinged_at);
}

void Links::OnRoundTrip(const std::string& user, absl::Duration rtt) {
  Peer& peer = *PeerOf(user);
  const bool news = !peer.rtt.has_value() || rtt > *peer.rtt * 1.5 || rtt < *peer.rtt * 0.5;
  peer.rtt = rtt;
  if (handlers_.on_round_trip) handlers_.on_round_trip(rtt);
  if (news) handlers_.on_rtt(user);
}

void Links::Tick() {
  tick_ = loop_.After(kTick, [this] { Tick(); });
  const absl::Duration now = loop_.Uptime();
  std::vector<std::string> dead;
  std::vector<std::string> strangers;
  std::vector<std::pair<std::string, absl::Duration>> measured;
  for (const auto& [user, peer] : peers_) {
    const bool due = now - std::max(peer->heard_at, peer->pinged_at) >= options_.ping_every;
    if (due && peer->link->info().transport == Transport::kUdp) {
      // QUIC keeps a silent link alive, and ends it when the other side is gone, with fewer bytes.
      peer->pinged_at = now;
      if (const auto rtt = peer->link->rtt(); rtt.has_value()) measured.emplace_back(user, *rtt);
    } else if (due && peer->pings_out >= options_.missed_pings) {
      dead.push_back(user);
    } else if (due) {
      Ping(*peer);
    }
    if (!dialer_.wanted(user) && now - peer->linked_at >= options_.stranger_patience &&
        !handlers_.is_welcome(user)) {
      strangers.push_back(user);
    }
  }
  std::erase_if(arrivals_, [&](const auto& arrival) {
    return now - arrival.second.since >= options_.stranger_patience;
  });
  for (const auto& [user, rtt] : measured) {
    if (Find(user) != nullptr) OnRoundTrip(user, rtt);
  }
  for (const std::string& user : dead) {
    Close(user, peer::v1::Goodbye::REASON_UNSPECIFIED, absl::DeadlineExceededError("no sign of life"));
  }
  for (const std::string& user : strangers) {
    Close(user, peer::v1::Goodbye::REASON_NOT_NEEDED, absl::OkStatus());
  }
}

// ---- ends

// Called by the link itself, which may not be destroyed by that.
void Links::OnClosed(const std::string& user, const absl::Status& why, Dialer::Again again) {
  loop_.Post([gone = std::shared_ptr<Link>(std::move(PeerOf(user)->link))] {});
  peers_.erase(user);
  End(user, why, again);
}

void Links::Close(const std::string& user, peer::v1::Goodbye::Reason reason, const absl::Status& why) {
  Peer* const peer = PeerOf(user);
  if (peer == nullptr) return;
  Retire(std::move(peer->link), reason);
  peers_.erase(user);
  End(user, why, Dialer::Again::kSoon);
}

void Links::End(const std::string& user, const absl::Status& why, Dialer::Again again) {
  handlers_.on_down(user, why);  // may say whether the link is still wanted, or take another one
  if (PeerOf(user) == nullptr) dialer_.LinkDown(user, why, again);
}

void Links::StepAside() {
  if (shut_down_) return;
  Shutdown();
  shut_down_ = false;
  aside_ = true;
}

void Links::Return() {
  aside_ = false;
  dialer_.Resume();
}

void Links::Shutdown() {
  shut_down_ = true;
  arrivals_.clear();
  dialer_.Pause();
  for (const std::string& user : linked()) {
    Close(user, peer::v1::Goodbye::REASON_LEAVING, absl::CancelledError("quitting"));
  }
}

// ---- what stands

bool Links::Send(const std::string& user, const peer::v1::Frame& frame) {
  Peer* const peer = PeerOf(user);
  if (peer == nullptr) return false;
  outgoing_.clear();
  frame.SerializeToString(&outgoing_);
  return peer->link->Send(outgoing_).ok();
}

bool Links::SendBytes(const std::string& user, absl::string_view frame) {
  Peer* const peer = PeerOf(user);
  return peer != nullptr && peer->link->Send(frame).ok();
}

void Links::SendLossy(const std::string& user, const peer::v1::Frame& frame) {
  Peer* const peer = PeerOf(user);
  if (peer != nullptr) peer->link->SendLossy(frame.SerializeAsString());
}

const LinkInfo* Links::Find(const std::string& user) const {
  const Peer* const peer = PeerOf(user);
  return peer == nullptr ? nullptr : &peer->link->info();
}

std::optional<absl::Duration> Links::Rtt(const std::string& user) const {
  const Peer* const peer = PeerOf(user);
  if (peer == nullptr) return std::nullopt;
  const std::optional<absl::Duration> measured = peer->link->rtt();
  return measured.has_value() ? measured : peer->rtt;
}

std::vector<std::string> Links::linked() const {
  std::vector<std::string> users;
  for (const auto& [user, peer] : peers_) users.push_back(user);
  return users;
}

void Links::LearnAddresses(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (user != self_) addresses_.Learn(user, addresses);
}

void Links::LearnHearsay(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (user != self_ && addresses_.LearnHearsay(user, addresses)) dialer_.RetryNow(user);
}

std::vector<PeerAddress> Links::AddressesOf(const std::string& user) const {
  std::vector<PeerAddress> addresses = addresses_.Of(user);
  if (addresses.size() > kMaxPeerAddresses) addresses.resize(kMaxPeerAddresses);
  return addresses;
}

}  // namespace parlor::client
