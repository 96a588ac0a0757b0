#include "client/core/links.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "client/core/backoff.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr size_t kMaxKnownAddresses = 16;
constexpr uint32_t kProtocolVersion = 1;

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
  std::set<std::string> reasons;
  std::string introduction;
  std::vector<PeerAddress> addresses;  // latest first

  std::unique_ptr<Link> link;
  absl::Duration linked_at;
  absl::Duration heard_at;
  int pings_out = 0;
  uint64_t ping_token = 0;
  absl::Duration pinged_at;
  std::optional<absl::Duration> rtt;

  bool looking_up = false;
  std::unique_ptr<Dialling> dialling;
  std::unique_ptr<Timer> retry;
  Backoff backoff{absl::ZeroDuration(), absl::ZeroDuration()};
  absl::Status last_error;
};

Links::Links(Loop& loop, Network& network, std::string self, Lookup lookup, Handlers handlers,
             LinksOptions options)
    : loop_(loop),
      network_(network),
      self_(std::move(self)),
      lookup_(std::move(lookup)),
      handlers_(std::move(handlers)),
      options_(options) {
  tick_ = loop_.After(kTick, [this] { Tick(); });
}

Links::~Links() = default;

void Links::SetOwnAddresses(std::vector<PeerAddress> addresses, uint16_t listen_port) {
  own_addresses_ = std::move(addresses);
  listen_port_ = listen_port;
}

Links::Peer& Links::PeerOf(const std::string& user) {
  std::unique_ptr<Peer>& peer = peers_[user];
  if (peer == nullptr) {
    peer = std::make_unique<Peer>();
    peer->backoff = Backoff(options_.first_retry, options_.last_retry, options_.retry_factor);
  }
  return *peer;
}

void Links::Forget(const std::string& user) {
  const auto found = peers_.find(user);
  if (found == peers_.end()) return;
  const Peer& peer = *found->second;
  if (peer.link == nullptr && peer.reasons.empty() && peer.addresses.empty()) peers_.erase(found);
}

// ---- wanting and dialling
// -------------------------------------------------------------------------------------

void Links::Want(const std::string& user, const std::string& reason, const std::string& introduction) {
  if (shut_down_ || user == self_) return;
  Peer& peer = PeerOf(user);
  peer.reasons.insert(reason);
  if (!introduction.empty()) peer.introduction = introduction;
  if (!introduction.empty() && peer.retry != nullptr) return RetryNow(user);
  if (peer.link == nullptr && !peer.looking_up && peer.dialling == nullptr && peer.retry == nullptr)
    Dial(user);
}

void Links::Unwant(const std::string& user, const std::string& reason) {
  const auto found = peers_.find(user);
  if (found == peers_.end() || found->second->reasons.erase(reason) == 0 || !found->second->reasons.empty())
    return;
  Peer& peer = *found->second;
  peer.dialling.reset();
  peer.retry.reset();
  if (peer.link != nullptr && !handlers_.is_welcome(user)) {
    return Close(user, peer::v1::Goodbye::REASON_NOT_NEEDED, absl::OkStatus());
  }
  Forget(user);
}

void Links::RetryNow(const std::string& user) {
  const auto found = peers_.find(user);
  if (found == peers_.end()) return;
  Peer& peer = *found->second;
  peer.backoff.Reset();
  if (peer.reasons.empty() || peer.link != nullptr || peer.looking_up || peer.dialling != nullptr) return;
  peer.retry.reset();
  Dial(user);
}

void Links::RetryAll() {
  std::vector<std::string> users;
  for (const auto& [user, peer] : peers_) users.push_back(user);
  for (const std::string& user : users) RetryNow(user);
}

void Links::Dial(const std::string& user) {
  Peer& peer = PeerOf(user);
  if (aside_) return;  // RetryAll follows when the services are back
  peer.looking_up = true;
  lookup_(user, peer.introduction,
          [weak = std::weak_ptr(alive_), user](absl::StatusOr<std::vector<PeerAddress>> addresses) {
            const auto alive = weak.lock();
            if (!alive) return;
            Links& links = **alive;
            const auto found = links.peers_.find(user);
            if (found == links.peers_.end()) return;
            Peer& wanted = *found->second;
            wanted.looking_up = false;
            if (wanted.link != nullptr || wanted.reasons.empty() || links.shut_down_ || links.aside_) return;
            if (addresses.ok()) links.LearnAddresses(user, *addresses);
            if (absl::IsFailedPrecondition(addresses.status()))
              return links.RetryLater(user, addresses.status());
            if (addresses.ok() && addresses->empty()) links.handlers_.on_no_address(user);
            if (wanted.addresses.empty()) {
              return links.RetryLater(
                  user, addresses.ok() ? absl::NotFoundError("no address is known") : addresses.status());
            }
            links.DialAddresses(user, wanted.addresses);
          });
}

void Links::DialAddresses(const std::string& user, const std::vector<PeerAddress>& addresses) {
  PeerOf(user).dialling = network_.Dial(
      {user, addresses}, [weak = std::weak_ptr(alive_), user](absl::StatusOr<std::unique_ptr<Link>> link) {
        if (const auto alive = weak.lock()) (*alive)->OnDialled(user, std::move(link));
      });
}

void Links::OnDialled(const std::string& user, absl::StatusOr<std::unique_ptr<Link>> link) {
  Peer& peer = PeerOf(user);
  // The callback belongs to the object that is destroyed here.
  loop_.Post([dialling = std::shared_ptr<Dialling>(std::move(peer.dialling))] {});
  if (link.ok()) return Adopt(*std::move(link));
  if (peer.link == nullptr) RetryLater(user, link.status());
}

void Links::RetryLater(const std::string& user, const absl::Status& why) {
  Peer& peer = PeerOf(user);
  peer.last_error = why;
  if (peer.reasons.empty() || shut_down_) return;
  peer.retry = loop_.After(peer.backoff.Next(), [this, user] {
    const auto found = peers_.find(user);
    if (found == peers_.end()) return;
    loop_.Post([retry = std::shared_ptr<Timer>(std::move(found->second->retry))] {});
    if (found->second->link == nullptr && !found->second->reasons.empty()) Dial(user);
  });
}

// ---- links that came up
// -----------------------------------------------------------------------------------------

void Links::Accept(std::unique_ptr<Link> link) {
  const bool full = linked().size() >= options_.max_links;
  if (shut_down_ || aside_ || full) return;  // closed without a word: nothing was promised
  Adopt(std::move(link));
}

bool Links::Keeps(const Peer& peer, const Link& fresh) const {
  const bool fresh_dialled = fresh.info().dialled;
  if (peer.link->info().dialled == fresh_dialled) return false;
  if (peer.link->info().peer.identity.device != fresh.info().peer.identity.device) return false;
  const bool self_is_smaller = self_ < fresh.info().peer.identity.user;
  return peer.link->info().dialled == self_is_smaller;
}

void Links::Adopt(std::unique_ptr<Link> link) {
  const std::string user = link->info().peer.identity.user;
  if (user == self_) return;
  Peer& peer = PeerOf(user);
  SendHello(*link);
  if (peer.link != nullptr) {
    if (Keeps(peer, *link)) {
      Link* const key = link.get();
      link->Start({[](absl::string_view) {}, [] {}, [this, key](const absl::Status&) { OnRetired(key); }});
      return Retire(std::move(link), peer::v1::Goodbye::REASON_DUPLICATE);
    }
    Retire(std::move(peer.link), peer::v1::Goodbye::REASON_DUPLICATE);
    handlers_.on_down(user, absl::AbortedError("another link is kept"));
  }
  Take(user, std::move(link));
}

void Links::Take(const std::string& user, std::unique_ptr<Link> link) {
  Peer& peer = PeerOf(user);
  Link* const raw = link.get();
  peer.link = std::move(link);
  peer.linked_at = peer.heard_at = loop_.Uptime();
  peer.pings_out = 0;
  peer.rtt.reset();
  peer.retry.reset();
  peer.dialling.reset();
  peer.backoff.Reset();
  peer.last_error = absl::OkStatus();
  raw->Start({[this, user, raw](absl::string_view frame) {
                if (Find(user) == &raw->info()) OnFrame(user, frame);
              },
              [this, user] { handlers_.on_writable(user); },
              [this, user, raw](const absl::Status& why) {
                if (closing_.contains(raw)) return OnRetired(raw);
                if (Find(user) == &raw->info()) OnClosed(user, why);
              }});
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
  const auto closing = closing_.find(link);
  if (closing == closing_.end()) return;
  loop_.Post([gone = std::shared_ptr<Link>(std::move(closing->second))] {});
  closing_.erase(closing);
}

void Links::SendHello(Link& link) {
  peer::v1::Frame frame;
  peer::v1::Hello& hello = *frame.mutable_hello();
  hello.set_version(kProtocolVersion);
  hello.set_listen_port(listen_port_);
  for (const PeerAddress& address : own_addresses_) {
    peer::v1::Address& wire = *hello.add_addresses();
    wire.set_ip(address.ip);
    wire.set_port(address.port);
  }
  (void)link.Send(frame.SerializeAsString());  // the first frame always fits; a closed link says so itself
}

void Links::OnFrame(const std::string& user, absl::string_view bytes) {
  Peer& peer = PeerOf(user);
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
    case peer::v1::Frame::kGoodbye: {
      const peer::v1::Goodbye::Reason reason = incoming_.goodbye().reason();
      if (reason == peer::v1::Goodbye::REASON_LEAVING || reason == peer::v1::Goodbye::REASON_REFUSED) {
        peer.backoff.Slowest();
      }
      peer.link->Close();
      return OnClosed(user, absl::CancelledError(Describe(reason)));
    }
    default: {
      // Handlers may send, and frames that arrive in between parse into this one.
      const peer::v1::Frame frame = std::move(incoming_);
      handlers_.on_frame(user, frame);
    }
  }
}

void Links::OnHello(const std::string& user, const peer::v1::Hello& hello) {
  const Peer& peer = PeerOf(user);
  std::vector<PeerAddress> addresses;
  const auto add = [&](const std::string& ip, uint32_t port) {
    absl::StatusOr<PeerAddress> address = MakePeerAddress(ip, port);
    if (address.ok() && addresses.size() < kMaxPeerAddresses) addresses.push_back(*std::move(address));
  };
  if (hello.listen_port() != 0) add(peer.link->info().remote.ip, hello.listen_port());
  // Only where this link shows them to be: nobody is sent to dial a third party.
  for (const peer::v1::Address& address : hello.addresses()) {
    const absl::StatusOr<std::string> ip = CanonicalIp(address.ip());
    if (ip.ok() && (*ip == peer.link->info().remote.ip || ScopeOf(*ip) == AddressScope::kPrivate)) {
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
  Peer& peer = PeerOf(user);
  if (token != peer.ping_token) return;
  peer.ping_token = 0;
  peer.pings_out = 0;
  const absl::Duration rtt = loop_.Uptime() - peer.pinged_at;
  const bool news = !peer.rtt.has_value() || rtt > *peer.rtt * 1.5 || rtt < *peer.rtt * 0.5;
  peer.rtt = rtt;
  if (news) handlers_.on_rtt(user);
}

void Links::Tick() {
  tick_ = loop_.After(kTick, [this] { Tick(); });
  const absl::Duration now = loop_.Uptime();
  std::vector<std::string> dead;
  std::vector<std::string> strangers;
  for (const auto& [user, peer] : peers_) {
    if (peer->link == nullptr) continue;
    const bool due = now - std::max(peer->heard_at, peer->pinged_at) >= options_.ping_every;
    if (due && peer->pings_out >= options_.missed_pings) {
      dead.push_back(user);
    } else if (due) {
      Ping(*peer);
    }
    if (peer->reasons.empty() && now - peer->linked_at >= options_.stranger_patience &&
        !handlers_.is_welcome(user)) {
      strangers.push_back(user);
    }
  }
  for (const std::string& user : dead) {
    Close(user, peer::v1::Goodbye::REASON_UNSPECIFIED, absl::DeadlineExceededError("no sign of life"));
  }
  for (const std::string& user : strangers) {
    Close(user, peer::v1::Goodbye::REASON_NOT_NEEDED, absl::OkStatus());
  }
}

// ---- ends
// -------------------------------------------------------------------------------------------------------

void Links::OnClosed(const std::string& user, const absl::Status& why) {
  Peer& peer = PeerOf(user);
  loop_.Post([gone = std::shared_ptr<Link>(std::move(peer.link))] {});
  peer.rtt.reset();
  handlers_.on_down(user, why);
  // Whoever still wants the link said so before; a handler may have said otherwise.
  const auto found = peers_.find(user);
  if (found == peers_.end() || found->second->link != nullptr) return;
  if (!found->second->reasons.empty() && !shut_down_) return RetryLater(user, why);
  Forget(user);
}

void Links::Close(const std::string& user, peer::v1::Goodbye::Reason reason, const absl::Status& why) {
  const auto found = peers_.find(user);
  if (found == peers_.end() || found->second->link == nullptr) return;
  Peer& peer = *found->second;
  Retire(std::move(peer.link), reason);
  peer.rtt.reset();
  handlers_.on_down(user, why);
  const auto after = peers_.find(user);
  if (after == peers_.end() || after->second->link != nullptr) return;
  if (!after->second->reasons.empty() && !shut_down_) return RetryLater(user, why);
  Forget(user);
}

void Links::StepAside() {
  if (shut_down_) return;
  Shutdown();
  shut_down_ = false;
  aside_ = true;
}

void Links::Return() {
  aside_ = false;
}

void Links::Shutdown() {
  shut_down_ = true;
  for (const std::string& user : linked()) {
    Close(user, peer::v1::Goodbye::REASON_LEAVING, absl::CancelledError("quitting"));
  }
  for (auto& [user, peer] : peers_) {
    peer->dialling.reset();
    peer->retry.reset();
  }
}

// ---- what stands
// ------------------------------------------------------------------------------------------------

bool Links::Send(const std::string& user, const peer::v1::Frame& frame) {
  const auto found = peers_.find(user);
  if (found == peers_.end() || found->second->link == nullptr) return false;
  outgoing_.clear();
  frame.SerializeToString(&outgoing_);
  return found->second->link->Send(outgoing_).ok();
}

const LinkInfo* Links::Find(const std::string& user) const {
  const auto found = peers_.find(user);
  return found == peers_.end() || found->second->link == nullptr ? nullptr : &found->second->link->info();
}

std::optional<absl::Duration> Links::Rtt(const std::string& user) const {
  const auto found = peers_.find(user);
  return found == peers_.end() ? std::nullopt : found->second->rtt;
}

bool Links::dialling(const std::string& user) const {
  const auto found = peers_.find(user);
  return found != peers_.end() && (found->second->looking_up || found->second->dialling != nullptr);
}

absl::Status Links::last_error(const std::string& user) const {
  const auto found = peers_.find(user);
  return found == peers_.end() ? absl::OkStatus() : found->second->last_error;
}

std::vector<std::string> Links::linked() const {
  std::vector<std::string> users;
  for (const auto& [user, peer] : peers_) {
    if (peer->link != nullptr) users.push_back(user);
  }
  return users;
}

void Links::LearnAddresses(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (addresses.empty() || user == self_) return;
  std::vector<PeerAddress>& known = PeerOf(user).addresses;
  std::vector<PeerAddress> merged = addresses;
  for (const PeerAddress& address : known) {
    if (std::find(merged.begin(), merged.end(), address) == merged.end()) merged.push_back(address);
  }
  if (merged.size() > kMaxKnownAddresses) merged.resize(kMaxKnownAddresses);
  known = std::move(merged);
}

std::vector<PeerAddress> Links::AddressesOf(const std::string& user) const {
  const auto found = peers_.find(user);
  if (found == peers_.end()) return {};
  std::vector<PeerAddress> addresses = found->second->addresses;
  if (addresses.size() > kMaxPeerAddresses) addresses.resize(kMaxPeerAddresses);
  return addresses;
}

}  // namespace parlor::client
