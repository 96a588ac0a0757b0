#include "client/link/tcp_handshake.h"

#include <array>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"
#include "client/link/socket_error.h"

namespace parlor::client {

using asio::ip::tcp;

PeerAddress ToPeerAddress(const tcp::endpoint& endpoint) {
  asio::ip::address ip = endpoint.address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped())
    ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
  return {ip.to_string(), endpoint.port()};
}

TcpHandshake::TcpHandshake(AsioLoop& loop, tcp::socket socket, TlsRole role, Done done)
    : loop_(loop), role_(role), socket_(std::move(socket)), done_(std::move(done)) {}

std::shared_ptr<TcpHandshake> TcpHandshake::Dial(AsioLoop& loop, std::shared_ptr<const TlsContext> context,
                                                 const PeerAddress& address, std::string user, Done done) {
  std::shared_ptr<TcpHandshake> handshake(
      new TcpHandshake(loop, tcp::socket(loop.context()), TlsRole::kDialling, std::move(done)));
  handshake->Connect(std::move(context), address, std::move(user));
  return handshake;
}

std::shared_ptr<TcpHandshake> TcpHandshake::Accept(AsioLoop& loop, std::shared_ptr<const TlsContext> context,
                                                   tcp::socket socket, Done done) {
  std::shared_ptr<TcpHandshake> handshake(
      new TcpHandshake(loop, std::move(socket), TlsRole::kAccepting, std::move(done)));
  handshake->Begin(std::move(context), "");
  return handshake;
}

void TcpHandshake::Abort() {
  done_ = nullptr;
  asio::error_code ignored;  // the descriptor is gone in any case
  socket_.close(ignored);
}

void TcpHandshake::Connect(std::shared_ptr<const TlsContext> context, const PeerAddress& address,
                           std::string user) {
  asio::error_code error;
  const asio::ip::address ip = asio::ip::make_address(address.ip, error);
  if (error) return FailSoon(absl::InvalidArgumentError("not an IP address"));
  const tcp::endpoint endpoint(ip, address.port);
  socket_.open(endpoint.protocol(), error);
  if (error) return FailSoon(SocketError("cannot open a socket", error.value()));
  socket_.async_connect(endpoint, [self = shared_from_this(), context = std::move(context),
                                   user = std::move(user)](const asio::error_code& failure) mutable {
    if (self->done_ == nullptr) return;
    if (failure) return self->Fail(SocketError("cannot connect", failure.value()));
    self->Begin(std::move(context), std::move(user));
  });
}

void TcpHandshake::Begin(std::shared_ptr<const TlsContext> context, std::string user) {
  asio::error_code error;
  remote_ = ToPeerAddress(socket_.remote_endpoint(error));
  if (!error) socket_.native_non_blocking(true, error);
  if (error) return FailSoon(SocketError("the connection broke", error.value()));
  ConfigureLinkSocket(socket_);
  tls_ = std::make_unique<TlsSocket>(std::move(context), socket_.native_handle(), role_, std::move(user));
  asio::post(loop_.context(), [self = shared_from_this()] { self->Step(); });
}

void TcpHandshake::Await(tcp::socket::wait_type what) {
  socket_.async_wait(what, [self = shared_from_this()](const asio::error_code&) { self->Step(); });
}

void TcpHandshake::Step() {
  if (done_ == nullptr) return;
  TlsProgress progress = TlsProgress::kDone;
  if (!handshaken_) progress = tls_->Handshake();
  if (progress == TlsProgress::kDone) {
    handshaken_ = true;
    if (role_ == TlsRole::kDialling) progress = ReadFirstFrame();
  }
  switch (progress) {
    case TlsProgress::kDone:
      return Succeed();
    case TlsProgress::kWaitReadable:
      return Await(tcp::socket::wait_read);
    case TlsProgress::kWaitWritable:
      return Await(tcp::socket::wait_write);
    case TlsProgress::kEnded:
      return Fail(absl::UnavailableError("the other side closed the connection before it said anything"));
    case TlsProgress::kFailed:
      return Fail(tls_->failure());
  }
}

TlsProgress TcpHandshake::ReadFirstFrame() {
  std::array<char, 4096> chunk;
  while (!StartsWithWholeFrame(early_)) {
    size_t count = 0;
    const TlsProgress progress = tls_->Read(absl::MakeSpan(chunk), count);
    if (progress != TlsProgress::kDone) return progress;
    early_.append(chunk.data(), count);
  }
  return TlsProgress::kDone;
}

void TcpHandshake::Succeed() {
  const TlsPeerCheck& check = tls_->peer_check();
  LinkInfo info{*check.peer,     check.chain_der, remote_,
                Transport::kTcp, Path::kDirect,   role_ == TlsRole::kDialling};
  auto link = std::make_unique<TcpLink>(
      loop_, TcpConnection{std::move(socket_), std::move(tls_), std::move(info), std::move(early_)});
  const Done done = std::exchange(done_, nullptr);
  done(std::move(link));
}

void TcpHandshake::Fail(absl::Status status) {
  const Done done = std::exchange(done_, nullptr);
  Abort();
  if (done != nullptr) done(std::move(status));
}

void TcpHandshake::FailSoon(absl::Status status) {
  asio::post(loop_.context(),
             [self = shared_from_this(), status = std::move(status)] { self->Fail(status); });
}

}  // namespace parlor::client
