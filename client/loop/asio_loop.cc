#include "client/loop/asio_loop.h"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"

namespace parlor::client {
namespace {

// The callback shares ownership of `alive`, so that a cancelled wait whose completion is already queued finds
// out without touching the timer.
class AsioTimer final : public Timer {
 public:
  AsioTimer(asio::io_context& context, absl::Duration delay, std::function<void()> run) : timer_(context) {
    timer_.expires_after(std::max(absl::ToChronoNanoseconds(delay), std::chrono::nanoseconds(0)));
    timer_.async_wait([alive = alive_, call = std::move(run)](const asio::error_code& error) {
      if (!error && *alive) call();
    });
  }
  ~AsioTimer() override { *alive_ = false; }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

absl::Time AsioLoop::Now() const {
  return absl::Now();
}

absl::Duration AsioLoop::Uptime() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

void AsioLoop::Post(std::function<void()> run) {
  asio::post(context_, std::move(run));
}

std::unique_ptr<Timer> AsioLoop::After(absl::Duration delay, std::function<void()> run) {
  return std::make_unique<AsioTimer>(context_, delay, std::move(run));
}

void AsioLoop::Run() {
  const auto keep_running = asio::make_work_guard(context_);
  context_.run();
}

}  // namespace parlor::client
