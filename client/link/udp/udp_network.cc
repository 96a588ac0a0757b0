#include "client/link/udp/udp_network.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "client/link/dial_race.h"
#include "client/link/local_addresses.h"
#include "client/link/udp/udp_handshake.h"
#include "client/link/udp/udp_link.h"
#include "client/link/udp/udp_socket.h"

namespace parlor::client {
namespace {

class UdpDialling final : public Dialling {
 public:
  explicit UdpDialling(std::shared_ptr<UdpHandshake> handshake) : handshake_(std::move(handshake)) {}
  ~UdpDialling() override { handshake_->Abort(); }

 private:
  const std::shared_ptr<UdpHandshake> handshake_;
};

}  // namespace

UdpNetwork::UdpNetwork(AsioLoop& loop, PeerJudge judge, ListenerOptions options, QuicOptions quic)
    : loop_(loop),
      judge_(std::move(judge)),
      options_(options),
      quic_(quic),
      credentials_(std::make_shared<Credentials>(
          absl::FailedPreconditionError("this device has no certificate yet; log in first"))) {}

UdpNetwork::~UdpNetwork() {
  if (endpoint_ != nullptr) endpoint_->StopAccepting();
}

void UdpNetwork::SetIdentity(LinkIdentity identity) {
  *credentials_ = QuicCredentials::Make(identity, judge_);
}

absl::StatusOr<std::shared_ptr<UdpEndpoint>> UdpNetwork::OpenEndpoint(uint16_t port) const {
  const auto current = [credentials = credentials_] { return credentials->ok() ? **credentials : nullptr; };
  auto socket = UdpSocket::Open(loop_, port);
  if (!socket.ok()) return socket.status();
  return UdpEndpoint::Make(loop_, *std::move(socket), current, quic_);
}

absl::StatusOr<uint16_t> UdpNetwork::Listen(uint16_t port, AcceptCallback on_link) {
  if (listening_) return absl::FailedPreconditionError("already listening");
  auto endpoint = OpenEndpoint(port);
  if (!endpoint.ok()) return endpoint.status();
  endpoint_ = *std::move(endpoint);  // links that were dialled before keep the one that they have
  listening_ = true;
  endpoint_->Accept(options_, [on_link = std::move(on_link)](std::unique_ptr<UdpSession> session) {
    on_link(std::make_unique<UdpLink>(std::move(session)));
  });
  return endpoint_->port();
}

std::unique_ptr<Dialling> UdpNetwork::Dial(DialTarget target, DialCallback done) {
  if (!credentials_->ok())
    return std::make_unique<FailedDialling>(loop_, credentials_->status(), std::move(done));
  if (endpoint_ == nullptr) {
    auto endpoint = OpenEndpoint(0);
    if (!endpoint.ok()) return std::make_unique<FailedDialling>(loop_, endpoint.status(), std::move(done));
    endpoint_ = *std::move(endpoint);
  }
  const auto opening = std::make_shared<SharedOpening>(std::move(target.opening));
  const auto dial_one = [&loop = loop_, endpoint = endpoint_, credentials = **credentials_, opening](
                            const PeerAddress& address, const std::string& user,
                            DialCallback finished) -> std::unique_ptr<Dialling> {
    const absl::StatusOr<UdpAddress> remote = ToUdpAddress(address);
    if (!remote.ok()) return std::make_unique<FailedDialling>(loop, remote.status(), std::move(finished));
    if (!remote->is_ipv4() && !endpoint->has_ipv6()) {
      return std::make_unique<FailedDialling>(
          loop, absl::UnavailableError("cannot connect: this machine has no IPv6"), std::move(finished));
    }
    return std::make_unique<UdpDialling>(
        UdpHandshake::Dial(endpoint->Dial(credentials, user, *remote), opening, std::move(finished)));
  };
  return std::make_unique<DialRace>(loop_, budget_, std::move(target), dial_one, std::move(done));
}

std::vector<PeerAddress> UdpNetwork::LocalAddresses() const {
  if (!listening_) return {};
  std::vector<std::string> ips = InterfaceIps();
  if (!endpoint_->has_ipv6()) {
    std::erase_if(ips, [](const std::string& ip) { return absl::StrContains(ip, ':'); });
  }
  return ChooseAddresses(ips, endpoint_->port());
}

}  // namespace parlor::client
