#include "tests/fuzz/wire.h"

#include <algorithm>
#include <utility>

namespace parlor::fuzz {

using client::UdpAddress;

class Wire::Socket final : public client::DatagramSocket {
 public:
  Socket(Wire& wire, const UdpAddress& at) : wire_(wire), at_(at) { wire_.sockets_.push_back(this); }
  ~Socket() override { std::erase(wire_.sockets_, this); }

  const UdpAddress& at() const { return at_; }

  void Arrive(Datagram datagram) {
    inbox_.push_back(std::move(datagram));
    Wake();
  }
  void Fail(const UdpAddress& to, int error) {
    failures_.emplace_back(to, error);
    Wake();
  }

  uint16_t port() const override { return at_.port; }
  bool has_ipv6() const override { return true; }
  void Await(std::function<void()> run) override { run_ = std::move(run); }

  bool Receive(absl::FunctionRef<void(const Packet& packet)> take) override {
    for (const Datagram& datagram : std::exchange(inbox_, {})) {
      if (datagram.bytes.empty() || datagram.bytes.size() > kMaxDatagram) continue;
      take({datagram.bytes, datagram.from, {at_.ip, 0}});
    }
    return false;
  }

  void Send(absl::string_view packet, const UdpAddress& to, const UdpAddress&) override {
    outbox_.push_back({at_, to, std::string(packet)});
  }
  void Flush() override {
    for (Datagram& datagram : std::exchange(outbox_, {})) wire_.SendOwn(std::move(datagram));
  }
  void TakeErrors(absl::FunctionRef<void(const UdpAddress& to, int error)> take) override {
    for (const auto& [to, error] : std::exchange(failures_, {})) take(to, error);
  }

 private:
  void Wake() {
    if (const auto run = std::exchange(run_, nullptr)) run();
  }

  Wire& wire_;
  const UdpAddress at_;
  std::function<void()> run_;
  std::vector<Datagram> inbox_;
  std::vector<Datagram> outbox_;
  std::vector<std::pair<UdpAddress, int>> failures_;
};

std::unique_ptr<client::DatagramSocket> Wire::Open(const UdpAddress& at) {
  return std::make_unique<Socket>(*this, at);
}

void Wire::SendOwn(Datagram datagram) {
  if (watch_ != nullptr) watch_(datagram);
  if (std::find(deaf_.begin(), deaf_.end(), datagram.to) == deaf_.end()) {
    Send(std::move(datagram));
  }
}

void Wire::Send(Datagram datagram) {
  const uint64_t number = ++sent_;
  on_their_way_[number] = {std::move(datagram), loop_.After(kLatency, [this, number] { Arrive(number); })};
}

void Wire::Arrive(uint64_t number) {
  auto arrived = on_their_way_.extract(number);
  Datagram& datagram = arrived.mapped().datagram;
  if (Socket* const socket = At(datagram.to)) socket->Arrive(std::move(datagram));
}

void Wire::Tell(const UdpAddress& at, const UdpAddress& to, int error) {
  if (Socket* const socket = At(at)) socket->Fail(to, error);
}

void Wire::SetDeaf(const UdpAddress& at, bool deaf) {
  std::erase(deaf_, at);
  if (deaf) deaf_.push_back(at);
}

Wire::Socket* Wire::At(const UdpAddress& address) const {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [&](const Socket* socket) { return socket->at() == address; });
  return found == sockets_.end() ? nullptr : *found;
}

}  // namespace parlor::fuzz
