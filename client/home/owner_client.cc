#include "client/home/owner_client.h"

#include <sys/socket.h>

#include <asio/local/stream_protocol.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/home/owner_address.h"

namespace parlor::client {
namespace {

using asio::local::stream_protocol;

constexpr absl::Duration kRetryPause = absl::Milliseconds(20);

class Connecting final : public OwnerConnecting {
 public:
  Connecting(AsioLoop& loop, const Home& home, OwnerConnectCallback done, absl::Duration patience)
      : loop_(loop), home_(home), done_(std::move(done)), until_(loop.Uptime() + patience) {
    TryAfter(absl::ZeroDuration());
  }

 private:
  void TryAfter(absl::Duration pause) {
    timer_ = loop_.After(pause, [this] { Try(); });
  }

  void Try() {
    auto connection = Connect();
    if (absl::IsUnavailable(connection.status()) && loop_.Uptime() < until_) return TryAfter(kRetryPause);
    // The callback may destroy this.
    const OwnerConnectCallback done = std::move(done_);
    done(std::move(connection));
  }

  // A Unix socket connects at once or not at all. UNAVAILABLE: nobody listens (yet), or too many at once.
  absl::StatusOr<std::unique_ptr<LineConnection>> Connect() {
    PARLOR_ASSIGN_OR_RETURN(const SocketFileAddress address, SocketFileAddress::Of(home_.socket()));
    stream_protocol::socket socket(loop_.context());
    asio::error_code error;
    socket.open(stream_protocol(), error);
    if (!error) socket.non_blocking(true, error);
    if (error) return absl::ErrnoToStatus(error.value(), "cannot make a socket");
    if (::connect(socket.native_handle(), address.get(), address.size()) != 0) {
      const bool not_yet = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN;
      if (!not_yet) return absl::ErrnoToStatus(errno, absl::StrCat("cannot reach ", home_.socket().string()));
      return absl::UnavailableError(
          absl::StrCat("another process uses ", home_.path().string(),
                       " but does not answer: wait until it has started, or end it, and try again"));
    }
    if (!IsSameUser(socket.native_handle())) {
      return absl::PermissionDeniedError(
          absl::StrCat("the process at ", home_.socket().string(), " belongs to another user"));
    }
    return std::make_unique<LineConnection>(std::move(socket), kClientsLimits);
  }

  AsioLoop& loop_;
  const Home home_;
  OwnerConnectCallback done_;
  const absl::Duration until_;  // uptime
  std::unique_ptr<Timer> timer_;
};

}  // namespace

std::unique_ptr<OwnerConnecting> ConnectToOwner(AsioLoop& loop, const Home& home, OwnerConnectCallback done,
                                                absl::Duration patience) {
  return std::make_unique<Connecting>(loop, home, std::move(done), patience);
}

}  // namespace parlor::client
