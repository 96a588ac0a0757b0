#include "client/link/memory_network.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/dial_budget.h"
#include "client/link/dial_race.h"
#include "client/link/local_addresses.h"
#include "client/link/memory_dialling.h"

namespace parlor::client {
namespace {

using memory::Host;
using memory::MemoryDialling;
using memory::Wire;
using memory::Wires;

class MemoryNetwork final : public Network {
 public:
  MemoryNetwork(std::shared_ptr<Wires> wires, std::vector<std::string> ips, PeerJudge judge)
      : wires_(std::move(wires)), host_(std::make_shared<Host>()) {
    host_->ips = std::move(ips);
    host_->judge = std::move(judge);
  }
  ~MemoryNetwork() override {
    for (const std::string& ip : host_->ips) {
      if (wires_->ListenerAt({ip, port_}) == host_) wires_->listeners.erase({ip, port_});
    }
  }

  void SetIdentity(LinkIdentity identity) override { host_->identity = std::move(identity); }
  absl::StatusOr<uint16_t> Listen(uint16_t port, AcceptCallback on_link) override;
  [[nodiscard]] std::unique_ptr<Dialling> Dial(DialTarget target, DialCallback done) override;
  std::vector<PeerAddress> LocalAddresses() const override;

 private:
  const std::shared_ptr<Wires> wires_;
  const std::shared_ptr<Host> host_;  // diallings hold it too
  const std::shared_ptr<DialBudget> budget_ = std::make_shared<DialBudget>();
  uint16_t port_ = 0;  // 0: not listening
};

absl::StatusOr<uint16_t> MemoryNetwork::Listen(uint16_t port, AcceptCallback on_link) {
  if (port_ != 0) return absl::FailedPreconditionError("already listening");
  if (port == 0) port = wires_->NewPort();
  for (const std::string& ip : host_->ips) {
    if (wires_->ListenerAt({ip, port}) != nullptr) {
      return absl::AlreadyExistsError(
          absl::StrCat("cannot listen on port ", port, ": Address already in use"));
    }
  }
  for (const std::string& ip : host_->ips) wires_->listeners[{ip, port}] = host_;
  host_->on_link = std::move(on_link);
  port_ = port;
  return port;
}

std::unique_ptr<Dialling> MemoryNetwork::Dial(DialTarget target, DialCallback done) {
  if (!host_->identity.has_value()) {
    return std::make_unique<FailedDialling>(
        wires_->loop, absl::FailedPreconditionError("this device has no certificate yet; log in first"),
        std::move(done));
  }
  const auto opening = std::make_shared<SharedOpening>(std::move(target.opening));
  const auto dial_one = [wires = wires_, host = host_, opening](
                            const PeerAddress& address, const std::string& user, DialCallback finished) {
    auto dialling =
        std::make_unique<MemoryDialling>(wires, host, address, user, opening, std::move(finished));
    dialling->Begin();
    return dialling;
  };
  return std::make_unique<DialRace>(wires_->loop, budget_, std::move(target), dial_one, std::move(done));
}

std::vector<PeerAddress> MemoryNetwork::LocalAddresses() const {
  if (port_ == 0) return {};
  return ChooseAddresses(host_->ips, port_);
}

void PathsChanged(Wires& wires) {
  for (const std::shared_ptr<Wire>& wire : wires.Existing()) wire->OnPathChanged();
}

}  // namespace

MemoryInternet::MemoryInternet(VirtualLoop& loop) : wires_(std::make_shared<Wires>(loop, kDefaultLatency)) {}

MemoryInternet::~MemoryInternet() = default;

std::unique_ptr<Network> MemoryInternet::AddHost(std::vector<std::string> ips, PeerJudge judge) {
  return std::make_unique<MemoryNetwork>(wires_, std::move(ips), std::move(judge));
}

void MemoryInternet::SetLatency(absl::string_view ip_a, absl::string_view ip_b, absl::Duration one_way) {
  wires_->paths->SetLatency(ip_a, ip_b, one_way);
}

void MemoryInternet::Cut(absl::string_view ip_a, absl::string_view ip_b) {
  wires_->paths->Cut(ip_a, ip_b);
  PathsChanged(*wires_);
}

void MemoryInternet::Heal(absl::string_view ip_a, absl::string_view ip_b) {
  wires_->paths->Heal(ip_a, ip_b);
  PathsChanged(*wires_);
}

void MemoryInternet::CutHost(absl::string_view ip) {
  wires_->paths->CutHost(ip);
  PathsChanged(*wires_);
}

void MemoryInternet::HealHost(absl::string_view ip) {
  wires_->paths->HealHost(ip);
  PathsChanged(*wires_);
}

void MemoryInternet::CutAll() {
  wires_->paths->CutAll();
  PathsChanged(*wires_);
}

void MemoryInternet::HealAll() {
  wires_->paths->HealAll();
  PathsChanged(*wires_);
}

void MemoryInternet::Reset(absl::string_view ip_a, absl::string_view ip_b) {
  for (const std::shared_ptr<Wire>& wire : wires_->Existing()) {
    const std::string& dialler = wire->ip(memory::kDialler);
    const std::string& acceptor = wire->ip(memory::kAcceptor);
    const bool between = (dialler == ip_a && acceptor == ip_b) || (dialler == ip_b && acceptor == ip_a);
    if (between) wire->Break(absl::UnavailableError("the connection broke: Connection reset by peer"));
  }
}

void MemoryInternet::ResetAll() {
  for (const std::shared_ptr<Wire>& wire : wires_->Existing()) {
    wire->Break(absl::UnavailableError("the connection broke: Connection reset by peer"));
  }
}

int64_t MemoryInternet::DialsTo(const PeerAddress& address) const {
  const auto it = wires_->dials.find(address);
  return it != wires_->dials.end() ? it->second : 0;
}

size_t MemoryInternet::open_links() const {
  const auto wires = wires_->Existing();
  return static_cast<size_t>(
      std::count_if(wires.begin(), wires.end(), [](const auto& wire) { return wire->open(); }));
}

}  // namespace parlor::client
