#include "services/common/live/postgres/postgres_doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "services/common/postgres/errors.h"
#include "spdlog/spdlog.h"

namespace parlor::live {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);

class Receiver final : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection& connection, const std::string& channel, const Doorbell::Ring& ring)
      : pqxx::notification_receiver(connection, channel), ring_(ring) {}

  void operator()(const std::string& payload, int) override {
    const std::vector<std::string> fields = absl::StrSplit(payload, ' ');
    Notice notice;
    if (fields.size() != 2 || !absl::SimpleAtoi(fields[1], &notice.version)) return ring_(std::nullopt);
    notice.replica = fields[0];
    ring_(std::move(notice));
  }

 private:
  const Doorbell::Ring& ring_;
};

}  // namespace

PostgresDoorbell::PostgresDoorbell(const service::postgres::ConnectOptions& connect, std::string channel)
    : connect_(connect), channel_(std::move(channel)), stop_(::eventfd(0, EFD_CLOEXEC)) {}

PostgresDoorbell::~PostgresDoorbell() {
  ::eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
  ::close(stop_);
}

void PostgresDoorbell::Start(Ring ring) {
  ring_ = std::move(ring);
  thread_ = std::thread([this] { Run(); });
}

void PostgresDoorbell::Run() {
  bool told = false;
  while (!Wait(-1, absl::ZeroDuration())) {
    const absl::Status heard = Listen();
    if (heard.ok()) return;
    if (!std::exchange(told, true)) spdlog::warn("no word of other replicas for now: {}", heard.ToString());
    if (Wait(-1, kRetry)) return;
  }
}

absl::Status PostgresDoorbell::Listen() {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<pqxx::connection> connection,
                          service::postgres::Connect(connect_));
  return service::postgres::Guarded([&]() -> absl::Status {
    const Receiver receiver(*connection, channel_, ring_);
    ring_(std::nullopt);
    while (!Wait(connection->sock(), absl::InfiniteDuration())) connection->get_notifs();
    // The receiver would say UNLISTEN, and wait for an answer for as long as the server stands still.
    ::shutdown(connection->sock(), SHUT_RDWR);
    return absl::OkStatus();
  });
}

bool PostgresDoorbell::Wait(int socket, absl::Duration timeout) const {
  pollfd watched[] = {{stop_, POLLIN, 0}, {socket, POLLIN, 0}};  // poll ignores a descriptor of -1
  const int milliseconds =
      timeout == absl::InfiniteDuration() ? -1 : static_cast<int>(absl::ToInt64Milliseconds(timeout));
  return ::poll(watched, 2, milliseconds) > 0 && watched[0].revents != 0;
}

}  // namespace parlor::live
