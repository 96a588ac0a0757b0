#include "bench/broker/connection.h"

#include <asio/write.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::bench {

using asio::ip::tcp;

Connection::Connection(asio::io_context& io, asio::ssl::context* tls, std::unique_ptr<ChatProtocol> protocol,
                       Events events)
    : socket_(io),
      tls_(tls == nullptr ? nullptr : std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *tls)),
      protocol_(std::move(protocol)),
      events_(std::move(events)) {}

void Connection::Connect(const tcp::endpoint& broker) {
  socket_.async_connect(broker, [this](const asio::error_code& error) {
    if (error) return Fail("connect", error);
    asio::error_code ignored;  // a socket that cannot do this would only be slower
    socket_.set_option(tcp::no_delay(true), ignored);
    Handshake();
  });
}

void Connection::Handshake() {
  if (tls_ == nullptr) return Begin();
  tls_->async_handshake(asio::ssl::stream_base::client, [this](const asio::error_code& error) {
    if (error) return Fail("TLS handshake", error);
    Begin();
  });
}

void Connection::Begin() {
  Send(protocol_->Greeting());
  Read();
}

void Connection::Read() {
  WithStream([this](auto& stream) {
    stream.async_read_some(asio::buffer(input_), [this](const asio::error_code& error, size_t count) {
      if (error) return Fail("read", error);
      std::string reply;
      const absl::Status taken = protocol_->Take({input_.data(), count}, reply, events_.heard);
      if (!taken.ok()) return Fail(taken);
      Send(std::move(reply));
      if (!was_ready_ && protocol_->ready()) {
        was_ready_ = true;
        events_.ready();
      }
      Read();
    });
  });
}

void Connection::Send(std::string bytes) {
  if (bytes.empty() || failed_) return;
  to_send_ += bytes;
  if (being_sent_.empty()) Write();
}

void Connection::Write() {
  being_sent_ = std::exchange(to_send_, std::string());
  WithStream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(being_sent_), [this](const asio::error_code& error, size_t) {
      being_sent_.clear();
      if (error) return Fail("write", error);
      if (!to_send_.empty()) Write();
    });
  });
}

void Connection::Fail(absl::string_view what, const asio::error_code& error) {
  Fail(absl::UnavailableError(absl::StrCat(what, ": ", error.message())));
}

void Connection::Fail(absl::Status status) {
  if (std::exchange(failed_, true)) return;
  asio::error_code ignored;  // it is given up
  socket_.close(ignored);
  events_.failed(std::move(status));
}

}  // namespace parlor::bench
