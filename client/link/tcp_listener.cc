#include "client/link/tcp_listener.h"

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <cerrno>
#include <list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/handshake_slots.h"
#include "client/link/socket_error.h"
#include "client/link/tcp_handshake.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;

// After accepting failed for want of descriptors or memory: others must give some back first.
constexpr absl::Duration kAcceptBackoff = absl::Milliseconds(100);

// SO_REUSEADDR takes a port back whose old connections linger in TIME_WAIT. On Linux it does not let two
// sockets listen on one port, so a port in use is still an error (socket(7)).
asio::error_code TryOpen(tcp::acceptor& acceptor, const tcp& protocol, uint16_t port) {
  asio::error_code error;
  acceptor.open(protocol, error);
  if (!error && protocol == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(tcp::endpoint(protocol, port), error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    asio::error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

bool MeansNoIpv6(const asio::error_code& error) {
  return error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL;
}

}  // namespace

class TcpListener::State : public std::enable_shared_from_this<State> {
 public:
  State(AsioLoop& loop, ListenerOptions options, ContextSource contexts, Network::AcceptCallback on_link)
      : options_(options),
        loop_(loop),
        contexts_(std::move(contexts)),
        on_link_(std::move(on_link)),
        acceptor_(loop.context()),
        slots_(options.max_handshakes, options.max_handshakes_per_host) {}

  absl::Status Open(uint16_t port);
  void Stop();
  uint16_t port() const { return port_; }
  bool has_ipv6() const { return has_ipv6_; }

 private:
  struct Guest {
    std::string ip;
    std::shared_ptr<TcpHandshake> handshake;
    std::unique_ptr<Timer> deadline;
  };
  using Guests = std::list<Guest>;

  void AcceptNext();
  void OnAccept(const asio::error_code& error, tcp::socket socket);
  void Welcome(tcp::socket socket);
  void OnHandshake(Guests::iterator guest, absl::StatusOr<std::unique_ptr<Link>> link);
  void Dismiss(Guests::iterator guest);

  const ListenerOptions options_;
  AsioLoop& loop_;
  const ContextSource contexts_;
  const Network::AcceptCallback on_link_;
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  bool has_ipv6_ = false;
  bool stopped_ = false;
  HandshakeSlots slots_;
  Guests guests_;  // one for each slot taken
  std::unique_ptr<Timer> backoff_;
};

absl::Status TcpListener::State::Open(uint16_t port) {
  asio::error_code error = TryOpen(acceptor_, tcp::v6(), port);
  has_ipv6_ = !error;
  if (MeansNoIpv6(error)) error = TryOpen(acceptor_, tcp::v4(), port);
  if (error) return SocketError(absl::StrCat("cannot listen on port ", port), error.value());
  port_ = acceptor_.local_endpoint(error).port();
  AcceptNext();
  return absl::OkStatus();
}

void TcpListener::State::Stop() {
  stopped_ = true;
  backoff_.reset();
  asio::error_code ignored;  // the descriptor is gone in any case
  acceptor_.close(ignored);
  for (const Guest& guest : guests_) guest.handshake->Abort();
  guests_.clear();
}

void TcpListener::State::AcceptNext() {
  acceptor_.async_accept([self = shared_from_this()](const asio::error_code& error, tcp::socket socket) {
    if (!self->stopped_) self->OnAccept(error, std::move(socket));
  });
}

void TcpListener::State::OnAccept(const asio::error_code& error, tcp::socket socket) {
  if (!error) Welcome(std::move(socket));
  // A connection that was gone before it was accepted says nothing about the next one.
  if (!error || error == asio::error::connection_aborted) return AcceptNext();
  backoff_ = loop_.After(kAcceptBackoff, [this] { AcceptNext(); });
}

void TcpListener::State::Welcome(tcp::socket socket) {
  asio::error_code error;
  const std::string ip = ToPeerAddress(socket.remote_endpoint(error)).ip;
  std::shared_ptr<const TlsContext> context = contexts_();
  if (error || context == nullptr || !slots_.TryTake(ip)) return;  // closes it

  const auto guest = guests_.insert(guests_.end(), Guest{ip, nullptr, nullptr});
  guest->deadline = loop_.After(options_.handshake_deadline, [this, guest] { Dismiss(guest); });
  guest->handshake =
      TcpHandshake::Accept(loop_, std::move(context), std::move(socket),
                           [weak = weak_from_this(), guest](absl::StatusOr<std::unique_ptr<Link>> link) {
                             const auto self = weak.lock();
                             if (self != nullptr && !self->stopped_)
                               self->OnHandshake(guest, std::move(link));
                           });
}

// A refusal is told to the one who dialled, by TLS; here nobody waits for it.
void TcpListener::State::OnHandshake(Guests::iterator guest, absl::StatusOr<std::unique_ptr<Link>> link) {
  Dismiss(guest);
  if (link.ok()) on_link_(*std::move(link));
}

void TcpListener::State::Dismiss(Guests::iterator guest) {
  guest->handshake->Abort();
  slots_.Release(guest->ip);
  guests_.erase(guest);
}

TcpListener::TcpListener(std::shared_ptr<State> state) : state_(std::move(state)) {}

TcpListener::~TcpListener() {
  state_->Stop();
}

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Open(AsioLoop& loop, uint16_t port,
                                                               ListenerOptions options,
                                                               ContextSource contexts,
                                                               Network::AcceptCallback on_link) {
  auto state = std::make_shared<State>(loop, options, std::move(contexts), std::move(on_link));
  if (const absl::Status opened = state->Open(port); !opened.ok()) return opened;
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(state)));
}

uint16_t TcpListener::port() const {
  return state_->port();
}

bool TcpListener::has_ipv6() const {
  return state_->has_ipv6();
}

}  // namespace parlor::client
