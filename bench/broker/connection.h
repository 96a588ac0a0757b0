// One client's connection to a broker: TCP, or TLS over it, and the protocol that is spoken there.
#ifndef PARLOR_BENCH_BROKER_CONNECTION_H_
#define PARLOR_BENCH_BROKER_CONNECTION_H_

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bench/broker/chat_protocol.h"

namespace parlor::bench {

// Loop thread only. Must outlive the loop's last run.
class Connection {
 public:
  // Called from the loop, never from within a call of ours.
  struct Events {
    std::function<void()> ready;  // once: the client is in the room
    std::function<void(absl::string_view text)> heard;
    std::function<void(absl::Status)> failed;  // once; nothing comes after it
  };

  // `tls`: none for plain TCP; must outlive this.
  Connection(asio::io_context& io, asio::ssl::context* tls, std::unique_ptr<ChatProtocol> protocol,
             Events events);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Connect(const asio::ip::tcp::endpoint& broker);
  // Hands it to the kernel before it returns, unless something is still being sent.
  void Say(absl::string_view text) { Send(protocol_->Say(text)); }
  void StayAlive() { Send(protocol_->StayAlive()); }

 private:
  static constexpr size_t kReadSize = 16 * 1024;  // a record of TLS

  template <typename Use>
  void WithStream(Use use) {
    if (tls_ != nullptr) {
      use(*tls_);
    } else {
      use(socket_);
    }
  }
  void Handshake();
  void Begin();
  void Read();
  void Send(std::string bytes);
  void Write();
  void Fail(absl::Status status);
  void Fail(absl::string_view what, const asio::error_code& error);

  asio::ip::tcp::socket socket_;
  const std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  const std::unique_ptr<ChatProtocol> protocol_;
  const Events events_;
  std::array<char, kReadSize> input_;
  std::string being_sent_;  // empty: nothing is
  std::string to_send_;     // behind it; bounded by what is said
  bool was_ready_ = false;
  bool failed_ = false;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_CONNECTION_H_
