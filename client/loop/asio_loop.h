// The real loop: one asio::io_context, run by one thread.
#ifndef PARLOR_CLIENT_LOOP_ASIO_LOOP_H_
#define PARLOR_CLIENT_LOOP_ASIO_LOOP_H_

#include <asio/io_context.hpp>
#include <functional>
#include <memory>

#include "client/loop/loop.h"

namespace parlor::client {

class AsioLoop final : public Loop {
 public:
  AsioLoop() : context_(1) {}

  absl::Time Now() const override;
  absl::Duration Uptime() const override;
  void Post(std::function<void()> run) override;
  std::unique_ptr<Timer> After(absl::Duration delay, std::function<void()> run) override;

  // Until Stop(), which any thread may call.
  void Run();
  void Stop() { context_.stop(); }

  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LOOP_ASIO_LOOP_H_
