#include "client/link/udp/udp_endpoint.h"

#include <algorithm>

#include "client/link/socket_error.h"

namespace parlor::client {
namespace {

// Of a packet; empty if it has none that may be ours.
absl::string_view IdOf(absl::string_view packet) {
  ngtcp2_version_cid ids{};
  const int error = ngtcp2_pkt_decode_version_cid(&ids, reinterpret_cast<const uint8_t*>(packet.data()),
                                                  packet.size(), QuicConnection::kIdSize);
  if (error != 0) return {};
  return {reinterpret_cast<const char*>(ids.dcid), ids.dcidlen};
}

// That nobody listens there; others come and go with the weather.
bool MeansGone(int error) {
  return error == ECONNREFUSED;
}

}  // namespace

struct UdpSession::Entry {
  std::unique_ptr<QuicConnection> quic;
  std::vector<std::string> ids;
  UdpAddress local;                                    // packets leave from here; any: as the kernel likes
  UdpAddress remote;                                   // under which it is indexed
  absl::Duration deadline = absl::InfiniteDuration();  // at which it stands in deadlines_

  bool has_session = false;
  std::weak_ptr<UdpObserver> observer;
  std::string guest_ip;  // that holds a slot; empty: none does

  bool news = false;       // the observer is to be told
  bool told_end = false;   // and was told that it has ended
  bool touched = false;    // is in touched_
  bool soon = false;       // is in soon_
  bool lingering = false;  // counted
  bool retired = false;    // is in retired_
};

UdpSession::UdpSession(std::shared_ptr<UdpEndpoint> endpoint, Entry* entry)
    : endpoint_(std::move(endpoint)), entry_(entry) {
  entry_->has_session = true;
}

UdpSession::~UdpSession() {
  endpoint_->Release(*entry_);
}

QuicConnection& UdpSession::quic() const {
  return *entry_->quic;
}

void UdpSession::Observe(std::weak_ptr<UdpObserver> observer) {
  entry_->observer = std::move(observer);
}

void UdpSession::Flush() {
  endpoint_->Touch(*entry_);
}

void UdpSession::CallSoon() {
  endpoint_->CallSoon(*entry_);
}

Loop& UdpSession::loop() const {
  return endpoint_->loop_;
}

UdpEndpoint::UdpEndpoint(Loop& loop, std::unique_ptr<DatagramSocket> socket, CredentialSource credentials,
                         const QuicOptions& options)
    : loop_(loop), socket_(std::move(socket)), credentials_(std::move(credentials)), options_(options) {}

UdpEndpoint::~UdpEndpoint() = default;

std::shared_ptr<UdpEndpoint> UdpEndpoint::Make(Loop& loop, std::unique_ptr<DatagramSocket> socket,
                                               CredentialSource credentials, const QuicOptions& options) {
  std::shared_ptr<UdpEndpoint> made(
      new UdpEndpoint(loop, std::move(socket), std::move(credentials), options));
  made->AwaitReadable();
  return made;
}

void UdpEndpoint::Accept(const ListenerOptions& options, OnSession on_session) {
  listener_options_ = options;
  slots_ = std::make_unique<HandshakeSlots>(options.max_handshakes, options.max_handshakes_per_host);
  on_session_ = std::move(on_session);
}

void UdpEndpoint::StopAccepting() {
  on_session_ = nullptr;
  for (const auto& [entry, owned] : entries_) {
    if (entry->guest_ip.empty()) continue;
    Dismiss(*entry);
    Touch(*entry);
  }
  slots_.reset();
}

std::unique_ptr<UdpSession> UdpEndpoint::Dial(std::shared_ptr<const QuicCredentials> credentials,
                                              std::string user, const UdpAddress& remote) {
  Entry* const entry = Add();
  entry->quic = QuicConnection::Dial(
      std::move(credentials), std::move(user), remote, options_,
      [this, entry](absl::string_view id, bool added) { OnId(*entry, id, added); }, loop_.Uptime());
  Index(*entry);
  Touch(*entry);
  return std::unique_ptr<UdpSession>(new UdpSession(shared_from_this(), entry));
}

// --- Packets ---

void UdpEndpoint::AwaitReadable() {
  socket_->Await([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnReadable();
  });
}

void UdpEndpoint::OnReadable() {
  const absl::Duration now = loop_.Uptime();
  in_turn_ = true;
  bool more = true;
  for (int i = 0; i < kBatchesInOneTurn && more; ++i) {
    more = socket_->Receive([&](const DatagramSocket::Packet& packet) { OnPacket(packet, now); });
  }
  Turn();
  AwaitReadable();
}

void UdpEndpoint::OnPacket(const DatagramSocket::Packet& packet, absl::Duration now) {
  if (foreign_ != nullptr && foreign_(packet.bytes, packet.from)) return;
  const auto known = by_id_.find(IdOf(packet.bytes));
  if (known == by_id_.end()) return OnUnknown(packet, now);
  ReadBy(*known->second, packet.bytes, packet.from, now);
}

void UdpEndpoint::ReadBy(Entry& entry, absl::string_view bytes, const UdpAddress& from, absl::Duration now) {
  entry.quic->Read(bytes, from, now);
  entry.news = true;
  Touch(entry);
}

void UdpEndpoint::OnUnknown(const DatagramSocket::Packet& packet, absl::Duration now) {
  if (StatelessAnswers::MayBeReset(packet.bytes) && EndsOneThere(packet, now)) return;
  const std::shared_ptr<const QuicCredentials> credentials = credentials_();
  if (credentials == nullptr) return;
  const bool accepting = slots_ != nullptr;
  const bool crowded = accepting && slots_->taken() > listener_options_.max_handshakes / 2;
  const StatelessAnswers::Verdict verdict =
      answers_.Judge(packet.bytes, packet.from, accepting, crowded, credentials->reset_key(), now);
  if (!verdict.answer.empty()) socket_->Send(verdict.answer, packet.from, packet.to);
  if (verdict.initial.has_value()) Begin(packet, *verdict.initial, now);
}

// True if it is the other side's stateless reset. What is not recognised as one is still a reason to ask
// whether somebody is there: a peer that was started again cannot know what its predecessor promised in the
// first packets of a dial.
bool UdpEndpoint::EndsOneThere(const DatagramSocket::Packet& packet, absl::Duration now) {
  const auto known = by_remote_.find(packet.from);
  if (known == by_remote_.end()) return false;
  const std::vector<Entry*>& there = known->second;
  const size_t suspects = std::min(there.size(), kMaxSuspects);
  bool ended = false;
  for (size_t i = 0; i < suspects; ++i) {
    const bool before = there[i]->quic->ended();
    ReadBy(*there[i], packet.bytes, packet.from, now);
    ended = ended || (there[i]->quic->ended() && !before);
  }
  const absl::Status why =
      absl::UnavailableError("the other side was started again, or has forgotten the connection");
  for (size_t i = 0; i < (ended ? there.size() : suspects); ++i) {
    if (there[i]->quic->ready()) there[i]->quic->Doubt(why, now);
    there[i]->news = true;
    Touch(*there[i]);
  }
  return ended;
}

void UdpEndpoint::Begin(const DatagramSocket::Packet& packet, const QuicConnection::Initial& initial,
                        absl::Duration now) {
  const std::string ip = ToPeerAddress(packet.from).ip;
  if (!slots_->TryTake(ip)) return;
  Entry* const entry = Add();
  QuicOptions options = options_;
  options.handshake_deadline = listener_options_.handshake_deadline;
  entry->local = packet.to;
  entry->quic = QuicConnection::Accept(
      credentials_(), initial, packet.from, options,
      [this, entry](absl::string_view id, bool added) { OnId(*entry, id, added); }, now);
  if (entry->quic == nullptr) {
    slots_->Release(ip);
    entries_.erase(entry);
    return;
  }
  entry->guest_ip = ip;
  Index(*entry);
  ReadBy(*entry, packet.bytes, packet.from, now);
}

void UdpEndpoint::OnErrors(absl::Duration now) {
  socket_->TakeErrors([&](const UdpAddress& to, int error) {
    const auto there = by_remote_.find(to);
    if (there == by_remote_.end()) return;
    for (Entry* entry : there->second) {
      const bool dialling = !entry->quic->ready();
      if (!dialling && !MeansGone(error)) continue;
      entry->quic->Doubt(SocketError(dialling ? "cannot connect" : "the connection broke", error), now);
      CallSoon(*entry);
    }
  });
}

// --- Connections ---

UdpEndpoint::Entry* UdpEndpoint::Add() {
  auto made = std::make_unique<Entry>();
  Entry* const entry = made.get();
  entries_.emplace(entry, std::move(made));
  return entry;
}

void UdpEndpoint::OnId(Entry& entry, absl::string_view id, bool added) {
  if (added) {
    by_id_[std::string(id)] = &entry;
    entry.ids.emplace_back(id);
  } else {
    by_id_.erase(id);
    std::erase(entry.ids, id);
  }
}

void UdpEndpoint::Index(Entry& entry) {
  entry.remote = entry.quic->remote();
  by_remote_[entry.remote].push_back(&entry);
}

void UdpEndpoint::Unindex(Entry& entry) {
  const auto there = by_remote_.find(entry.remote);
  if (there == by_remote_.end()) return;
  std::erase(there->second, &entry);
  if (there->second.empty()) by_remote_.erase(there);
}

void UdpEndpoint::OnGuestNews(Entry& entry) {
  if (entry.quic->ended()) return Dismiss(entry);
  if (!entry.quic->ready()) return;
  slots_->Release(entry.guest_ip);
  entry.guest_ip.clear();
  const OnSession on_session = on_session_;  // it may stop us accepting
  on_session(std::unique_ptr<UdpSession>(new UdpSession(shared_from_this(), &entry)));
}

// A refusal is told to the one who dialled, by QUIC; here nobody waits for it.
void UdpEndpoint::Dismiss(Entry& entry) {
  slots_->Release(entry.guest_ip);
  entry.guest_ip.clear();
  entry.quic->Close(QuicGoodbye::kAborted, absl::CancelledError("nobody listens any more"), loop_.Uptime());
}

void UdpEndpoint::Release(Entry& entry) {
  entry.has_session = false;
  entry.observer.reset();
  entry.quic->Close(QuicGoodbye::kAborted, absl::CancelledError("nobody wants it any more"), loop_.Uptime());
  if (in_turn_) return Touch(entry);
  // The loop may not run again, as when a process ends: it is said now.
  entry.quic->Write(loop_.Uptime(), [&](absl::string_view packet, const UdpAddress& to) {
    socket_->Send(packet, to, entry.local);
  });
  socket_->Flush();
  Touch(entry);
}

void UdpEndpoint::Retire(Entry& entry) {
  if (std::exchange(entry.retired, true)) return;
  Unindex(entry);
  for (const std::string& id : entry.ids) {
    const auto known = by_id_.find(id);
    if (known != by_id_.end() && known->second == &entry) by_id_.erase(known);
  }
  deadlines_.erase({entry.deadline, &entry});
  if (entry.lingering) --lingering_;
  retired_.push_back(&entry);
}

// --- Turns ---

void UdpEndpoint::Touch(Entry& entry) {
  if (!std::exchange(entry.touched, true)) touched_.push_back(&entry);
  if (!in_turn_) SchedulePost();
}

void UdpEndpoint::CallSoon(Entry& entry) {
  if (!std::exchange(entry.soon, true)) soon_.push_back(&entry);
  SchedulePost();
}

void UdpEndpoint::SchedulePost() {
  if (std::exchange(posted_, true)) return;
  loop_.Post([self = shared_from_this()] { self->OnPosted(); });
}

void UdpEndpoint::OnPosted() {
  posted_ = false;
  for (Entry* entry : std::exchange(soon_, {})) {
    entry->soon = false;
    entry->news = true;
    Touch(*entry);
  }
  Turn();
}

// Observers may touch more connections, and destroy their own, while this goes through them.
void UdpEndpoint::Turn() {
  const auto keep = shared_from_this();
  in_turn_ = true;
  for (size_t i = 0; i < touched_.size(); ++i) Deliver(*touched_[i]);
  const absl::Duration now = loop_.Uptime();
  for (Entry* entry : touched_) Flush(*entry, now);
  touched_.clear();
  socket_->Flush();
  OnErrors(now);
  std::erase_if(soon_, [](const Entry* entry) { return entry->retired; });
  for (Entry* entry : std::exchange(retired_, {})) entries_.erase(entry);
  in_turn_ = false;
  ArmTimer();
}

void UdpEndpoint::Deliver(Entry& entry) {
  if (!std::exchange(entry.news, false)) return;
  if (entry.quic->ended()) entry.told_end = true;
  if (!entry.guest_ip.empty()) return OnGuestNews(entry);
  if (const auto observer = entry.observer.lock()) observer->OnNews();
}

void UdpEndpoint::Flush(Entry& entry, absl::Duration now) {
  entry.touched = false;
  if (entry.retired) return;
  QuicConnection& quic = *entry.quic;
  quic.Write(now,
             [&](absl::string_view packet, const UdpAddress& to) { socket_->Send(packet, to, entry.local); });
  if (quic.remote() != entry.remote) {
    Unindex(entry);
    Index(entry);
  }
  if (quic.ended() && !entry.told_end) CallSoon(entry);
  const bool owned = entry.has_session || !entry.guest_ip.empty();
  if (quic.ended() && !std::exchange(entry.lingering, true)) ++lingering_;
  if (!owned && (quic.gone() || lingering_ > kMaxLingering)) return Retire(entry);
  Reschedule(entry);
}

void UdpEndpoint::Reschedule(Entry& entry) {
  const absl::Duration due = entry.quic->expiry();
  if (due >= entry.deadline) return;
  deadlines_.erase({entry.deadline, &entry});
  entry.deadline = due;
  deadlines_.insert({due, &entry});
}

void UdpEndpoint::ArmTimer() {
  const absl::Duration next = deadlines_.empty() ? absl::InfiniteDuration() : deadlines_.begin()->first;
  if (next >= armed_) return;
  armed_ = next;
  timer_ = loop_.After(next - loop_.Uptime(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnTimer();
  });
}

void UdpEndpoint::OnTimer() {
  armed_ = absl::InfiniteDuration();
  const absl::Duration now = loop_.Uptime();
  in_turn_ = true;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Entry& entry = *deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    entry.deadline = absl::InfiniteDuration();
    if (entry.quic->expiry() <= now) {
      entry.quic->OnExpiry(now);
      entry.news = true;
      Touch(entry);
    } else {
      Reschedule(entry);
    }
  }
  Turn();
}

}  // namespace parlor::client
