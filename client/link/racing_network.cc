#include "client/link/racing_network.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

const char* NameOf(Transport transport) {
  return transport == Transport::kTcp ? "TCP" : "UDP";
}

class TransportRace final : public Dialling {
 public:
  TransportRace(Loop& loop, std::shared_ptr<Network> tcp, std::shared_ptr<Network> udp, DialTarget target,
                Network::DialCallback done)
      : loop_(loop), target_(std::move(target)), done_(std::move(done)) {
    lanes_[0] = {Transport::kTcp, std::move(tcp), nullptr, absl::OkStatus()};
    lanes_[1] = {Transport::kUdp, std::move(udp), nullptr, absl::OkStatus()};
    if (target_.preferred == Transport::kUdp) std::swap(lanes_[0], lanes_[1]);
    Start(lanes_[0]);
    second_ = loop_.After(RacingNetwork::kHeadStart, [this] { StartSecond(); });
  }

 private:
  struct Lane {
    Transport transport = Transport::kTcp;
    std::shared_ptr<Network> network;
    std::unique_ptr<Dialling> dialling;
    absl::Status failure;
  };

  void Start(Lane& lane) {
    lane.dialling = lane.network->Dial(target_, [this, &lane](absl::StatusOr<std::unique_ptr<Link>> link) {
      // What called this is not destroyed by it.
      loop_.Post([dialling = std::shared_ptr<Dialling>(std::move(lane.dialling))] {});
      link.ok() ? Finish(std::move(link)) : OnFailed(lane, link.status());
    });
  }

  void StartSecond() {
    loop_.Post([timer = std::shared_ptr<Timer>(std::move(second_))] {});
    Start(lanes_[1]);
  }

  void OnFailed(Lane& lane, const absl::Status& why) {
    lane.failure = why;
    if (second_ != nullptr) return StartSecond();
    if (!lanes_[0].failure.ok() && !lanes_[1].failure.ok()) Finish(Failure());
  }

  absl::Status Failure() const {
    const bool alike = lanes_[0].failure.code() == lanes_[1].failure.code();
    std::string reasons;
    for (const Lane& lane : lanes_) {
      absl::StrAppend(&reasons, reasons.empty() ? "" : "; ", "over ", NameOf(lane.transport), ": ",
                      lane.failure.message());
    }
    return absl::Status(alike ? lanes_[0].failure.code() : absl::StatusCode::kUnavailable, reasons);
  }

  // Nothing of this race may be touched after it: `done` may destroy it.
  void Finish(absl::StatusOr<std::unique_ptr<Link>> result) {
    second_.reset();
    for (Lane& lane : lanes_) lane.dialling.reset();
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  Loop& loop_;
  const DialTarget target_;
  Network::DialCallback done_;
  std::array<Lane, 2> lanes_;      // the preferred one first
  std::unique_ptr<Timer> second_;  // null once the second one was started
};

}  // namespace

RacingNetwork::RacingNetwork(Loop& loop, Maker make_tcp, Maker make_udp)
    : loop_(loop), make_tcp_(std::move(make_tcp)), make_udp_(std::move(make_udp)) {
  MakeAnew();
}

void RacingNetwork::MakeAnew() {
  tcp_ = make_tcp_();
  udp_ = make_udp_();
  if (!identity_.has_value()) return;
  tcp_->SetIdentity(*identity_);
  udp_->SetIdentity(*identity_);
}

void RacingNetwork::SetIdentity(LinkIdentity identity) {
  tcp_->SetIdentity(identity);
  udp_->SetIdentity(identity);
  identity_ = std::move(identity);
}

absl::StatusOr<uint16_t> RacingNetwork::ListenOnBoth(uint16_t port, const AcceptCallback& on_link) {
  const absl::StatusOr<uint16_t> tcp = tcp_->Listen(port, on_link);
  if (!tcp.ok()) return tcp.status();
  const absl::StatusOr<uint16_t> udp = udp_->Listen(*tcp, on_link);
  if (udp.ok()) return *tcp;
  MakeAnew();  // the port is given back
  return udp.status();
}

absl::StatusOr<uint16_t> RacingNetwork::Listen(uint16_t port, AcceptCallback on_link) {
  if (listening_) return absl::FailedPreconditionError("already listening");
  absl::StatusOr<uint16_t> listened = absl::UnknownError("not tried");
  for (int tries = 0; tries < (port == 0 ? kPortTries : 1) && !listened.ok(); ++tries) {
    listened = ListenOnBoth(port, on_link);
    if (!listened.ok() && !absl::IsAlreadyExists(listened.status())) break;
  }
  listening_ = listened.ok();
  return listened;
}

std::unique_ptr<Dialling> RacingNetwork::Dial(DialTarget target, DialCallback done) {
  return std::make_unique<TransportRace>(loop_, tcp_, udp_, std::move(target), std::move(done));
}

}  // namespace parlor::client
