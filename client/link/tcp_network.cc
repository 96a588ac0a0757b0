#include "client/link/tcp_network.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "client/link/dial_race.h"
#include "client/link/local_addresses.h"
#include "client/link/tcp_handshake.h"

namespace parlor::client {
namespace {

class TcpDialling final : public Dialling {
 public:
  explicit TcpDialling(std::shared_ptr<TcpHandshake> handshake) : handshake_(std::move(handshake)) {}
  ~TcpDialling() override { handshake_->Abort(); }

 private:
  const std::shared_ptr<TcpHandshake> handshake_;
};

}  // namespace

TcpNetwork::TcpNetwork(AsioLoop& loop, PeerJudge judge, ListenerOptions options)
    : loop_(loop),
      judge_(std::move(judge)),
      options_(options),
      context_(std::make_shared<Context>(
          absl::FailedPreconditionError("this device has no certificate yet; log in first"))) {}

void TcpNetwork::SetIdentity(LinkIdentity identity) {
  *context_ = TlsContext::Make(identity, judge_);
}

absl::StatusOr<uint16_t> TcpNetwork::Listen(uint16_t port, AcceptCallback on_link) {
  if (listener_ != nullptr) return absl::FailedPreconditionError("already listening");
  const auto current = [context = context_] { return context->ok() ? **context : nullptr; };
  auto listener = TcpListener::Open(loop_, port, options_, current, std::move(on_link));
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  return listener_->port();
}

std::unique_ptr<Dialling> TcpNetwork::Dial(DialTarget target, DialCallback done) {
  if (!context_->ok()) return std::make_unique<FailedDialling>(loop_, context_->status(), std::move(done));
  const auto dial_one = [&loop = loop_, context = **context_](
                            const PeerAddress& address, const std::string& user, DialCallback finished) {
    return std::make_unique<TcpDialling>(
        TcpHandshake::Dial(loop, context, address, user, std::move(finished)));
  };
  return std::make_unique<DialRace>(loop_, budget_, std::move(target), dial_one, std::move(done));
}

std::vector<PeerAddress> TcpNetwork::LocalAddresses() const {
  if (listener_ == nullptr) return {};
  std::vector<std::string> ips = InterfaceIps();
  if (!listener_->has_ipv6()) {
    std::erase_if(ips, [](const std::string& ip) { return absl::StrContains(ip, ':'); });
  }
  return ChooseAddresses(ips, listener_->port());
}

}  // namespace parlor::client
