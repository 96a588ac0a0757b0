#include "client/link/memory_dialling.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parlor::client::memory {
namespace {

// Of the same family as `address`; empty if the host has none.
std::string SourceIp(const Host& host, const PeerAddress& address) {
  const bool ipv6 = absl::StrContains(address.ip, ':');
  const auto it = std::find_if(host.ips.begin(), host.ips.end(),
                               [&](const std::string& ip) { return absl::StrContains(ip, ':') == ipv6; });
  return it != host.ips.end() ? *it : "";
}

}  // namespace

std::vector<std::shared_ptr<Wire>> Wires::Existing() {
  std::vector<std::shared_ptr<Wire>> existing;
  std::erase_if(wires, [&](const std::weak_ptr<Wire>& weak) {
    std::shared_ptr<Wire> wire = weak.lock();
    if (wire != nullptr) existing.push_back(wire);
    return wire == nullptr;
  });
  return existing;
}

std::shared_ptr<Host> Wires::ListenerAt(const PeerAddress& address) const {
  const auto it = listeners.find(address);
  return it != listeners.end() ? it->second.lock() : nullptr;
}

MemoryDialling::MemoryDialling(std::shared_ptr<Wires> wires, std::shared_ptr<const Host> dialler,
                               PeerAddress address, std::string user, std::shared_ptr<SharedOpening> opening,
                               Network::DialCallback done)
    : wires_(std::move(wires)),
      dialler_(std::move(dialler)),
      remote_(std::move(address)),
      local_{SourceIp(*dialler_, remote_), wires_->NewPort()},
      user_(std::move(user)),
      opening_(std::move(opening)),
      done_(std::move(done)) {}

void MemoryDialling::Begin() {
  ++wires_->dials[remote_];
  if (local_.ip.empty()) {
    FailAfter(0, absl::UnavailableError("cannot connect: Network is unreachable"));
  } else {
    Continue(1, &MemoryDialling::Arrive);
  }
}

MemoryDialling::~MemoryDialling() {
  if (wire_ != nullptr) {
    wire_->Abandon(kDialler);
  } else if (listener_peer_.has_value() && done_ != nullptr) {
    LeaveLastFlight();
  }
}

void MemoryDialling::LeaveLastFlight() {
  const uint64_t flight = wires_->next_flight++;
  auto ghost = std::make_unique<MemoryDialling>(wires_, dialler_, remote_, user_, opening_, nullptr);
  ghost->local_ = local_;
  ghost->listener_peer_ = std::move(listener_peer_);
  ghost->said_ = std::move(said_);
  const auto arrive = [raw = ghost.get(), weak = std::weak_ptr(wires_), flight] {
    const std::shared_ptr<Wires> wires = weak.lock();
    if (wires == nullptr) return;
    if (wires->paths->Open(raw->local_.ip, raw->remote_.ip)) raw->JudgeDialler();
    wires->loop.Post([weak, flight] {
      if (const std::shared_ptr<Wires> there = weak.lock()) there->last_flights.erase(flight);
    });
  };
  ghost->step_ = wires_->loop.After(arrives_at_ - wires_->loop.Uptime(), arrive);
  wires_->last_flights[flight] = std::move(ghost);
}

void MemoryDialling::Continue(int latencies, void (MemoryDialling::*step)()) {
  const absl::Duration delay = latencies * wires_->paths->Latency(local_.ip, remote_.ip);
  step_ = wires_->loop.After(delay, [this, step] {
    if (wires_->paths->Open(local_.ip, remote_.ip)) (this->*step)();
  });
}

void MemoryDialling::FailAfter(int latencies, absl::Status status) {
  const absl::Duration delay = latencies * wires_->paths->Latency(local_.ip, remote_.ip);
  step_ = wires_->loop.After(delay, [this, why = std::move(status)] { Finish(why); });
}

void MemoryDialling::Arrive() {
  if (wires_->ListenerAt(remote_) == nullptr) {
    FailAfter(1, absl::UnavailableError("cannot connect: Connection refused"));
  } else {
    Continue(3, &MemoryDialling::JudgeListener);
  }
}

void MemoryDialling::JudgeListener() {
  const std::shared_ptr<Host> listener = wires_->ListenerAt(remote_);
  if (listener == nullptr || !listener->identity.has_value()) {
    return Finish(absl::UnavailableError("the other side closed the connection during the handshake"));
  }
  absl::StatusOr<VerifiedPeer> peer = dialler_->judge(listener->identity->chain_der);
  if (!peer.ok()) return Finish(peer.status());
  if (peer->identity.user != user_) {
    return Finish(absl::UnauthenticatedError(
        absl::StrCat("the certificate shown there is of ", peer->identity.user, ", not of ", user_)));
  }
  listener_peer_ = *std::move(peer);
  said_ = opening_->Take();
  arrives_at_ = wires_->loop.Uptime() + wires_->paths->Latency(local_.ip, remote_.ip);
  Continue(1, &MemoryDialling::JudgeDialler);
}

void MemoryDialling::JudgeDialler() {
  const std::shared_ptr<Host> listener = wires_->ListenerAt(remote_);
  if (listener == nullptr) {
    return FailAfter(1, absl::UnavailableError("the connection broke: Connection reset by peer"));
  }
  absl::StatusOr<VerifiedPeer> peer = listener->judge(dialler_->identity->chain_der);
  if (!peer.ok()) {
    return FailAfter(1, absl::UnauthenticatedError("the other side refused this device's certificate (TLS "
                                                   "alert: bad certificate)"));
  }
  Connect(*listener, *std::move(listener_peer_), *std::move(peer));
}

void MemoryDialling::Connect(Host& listener, VerifiedPeer listener_peer, VerifiedPeer dialler_peer) {
  std::array<LinkInfo, 2> infos{LinkInfo{std::move(listener_peer), listener.identity->chain_der, remote_,
                                         Transport::kTcp, Path::kDirect, true, said_.has_value()},
                                LinkInfo{std::move(dialler_peer), dialler_->identity->chain_der, local_,
                                         Transport::kTcp, Path::kDirect, false}};
  wire_ = std::make_shared<Wire>(wires_->loop, wires_->paths, std::move(infos),
                                 [this](const absl::Status& status) { OnFirstFrame(status); });
  wires_->wires.push_back(wire_);
  if (said_.has_value()) wire_->SaidBefore(*said_);
  const Network::AcceptCallback on_link = listener.on_link;
  on_link(wire_->MakeLink(kAcceptor));  // may destroy this
}

void MemoryDialling::OnFirstFrame(const absl::Status& status) {
  if (!status.ok()) return Finish(status);
  Finish(std::exchange(wire_, nullptr)->MakeLink(kDialler));
}

void MemoryDialling::Finish(absl::StatusOr<std::unique_ptr<Link>> result) {
  const Network::DialCallback done = std::exchange(done_, nullptr);
  if (done != nullptr) done(std::move(result));
}

}  // namespace parlor::client::memory
