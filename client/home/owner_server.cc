#include "client/home/owner_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/home/owner_address.h"

namespace parlor::client {
namespace {

using asio::local::stream_protocol;

// After an accept that failed: no descriptor is free, most likely.
constexpr std::chrono::milliseconds kAcceptPause(100);

// Of a file descriptor, until it is released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Release() { fd_ = -1; }  // somebody else closes it now

 private:
  int fd_;
};

absl::StatusOr<stream_protocol::acceptor> ListenAt(const std::filesystem::path& path,
                                                   asio::io_context& context) {
  const auto error = [&path](absl::string_view what) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", what, " ", path.string()));
  };
  PARLOR_ASSIGN_OR_RETURN(const SocketFileAddress address, SocketFileAddress::Of(path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return error("replace");
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return error("make a socket for");
  // Linux gives the file the mode of the descriptor, so that it is never open to others.
  if (::fchmod(socket.get(), kPrivateFile) != 0) return error("close to others");
  if (::bind(socket.get(), address.get(), address.size()) != 0) return error("listen at");
  if (::listen(socket.get(), static_cast<int>(kMaxOwnerClients)) != 0) return error("listen at");
  stream_protocol::acceptor acceptor(context);
  asio::error_code failed;
  acceptor.assign(stream_protocol(), socket.get(), failed);
  if (failed) return absl::ErrnoToStatus(failed.value(), absl::StrCat("cannot listen at ", path.string()));
  socket.Release();
  return acceptor;
}

}  // namespace

class OwnerServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(std::filesystem::path path, stream_protocol::acceptor acceptor, ClientCallback on_client)
      : path_(std::move(path)),
        on_client_(std::move(on_client)),
        acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()) {}

  void Accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const asio::error_code& error, stream_protocol::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (error) return self->AcceptLater();
          self->Welcome(std::move(socket));
          if (self->acceptor_.is_open()) self->Accept();
        });
  }

  void Stop() {
    asio::error_code ignored;  // there is nothing left to be done about it
    acceptor_.close(ignored);
    pause_.cancel();
    ::unlink(path_.c_str());
  }

 private:
  void AcceptLater() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && self->acceptor_.is_open()) self->Accept();
    });
  }

  // Dropping the socket closes it.
  void Welcome(stream_protocol::socket socket) {
    const auto clients = static_cast<size_t>(slot_.use_count() - 1);
    if (clients >= kMaxOwnerClients || !IsSameUser(socket.native_handle())) return;
    on_client_(std::make_unique<LineConnection>(std::move(socket), kOwnersLimits, slot_));
  }

  const std::filesystem::path path_;
  const ClientCallback on_client_;
  // One more owner for each connection that is open.
  const std::shared_ptr<void> slot_ = std::make_shared<int>();
  stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
};

absl::StatusOr<std::unique_ptr<OwnerServer>> OwnerServer::Listen(asio::io_context& context, const Home& home,
                                                                 const OwnerLock& /*lock*/,
                                                                 ClientCallback on_client) {
  PARLOR_ASSIGN_OR_RETURN(stream_protocol::acceptor acceptor, ListenAt(home.socket(), context));
  auto impl = std::make_shared<Impl>(home.socket(), std::move(acceptor), std::move(on_client));
  impl->Accept();
  return std::unique_ptr<OwnerServer>(new OwnerServer(std::move(impl)));
}

OwnerServer::OwnerServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

OwnerServer::~OwnerServer() {
  impl_->Stop();
}

}  // namespace parlor::client
