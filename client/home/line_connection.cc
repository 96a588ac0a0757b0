#include "client/home/line_connection.h"

#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

constexpr size_t kReadSize = 64 * 1024;
constexpr std::chrono::seconds kClosePatience(2);

}  // namespace

// Operations under way share ownership, and do nothing once it is closed.
class LineConnection::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::local::stream_protocol::socket socket, LineLimits limits, std::shared_ptr<void> slot)
      : limits_(limits),
        slot_(std::move(slot)),
        socket_(std::move(socket)),
        close_timer_(socket_.get_executor()) {}

  void Start(Handlers handlers) {
    handlers_ = std::make_shared<Handlers>(std::move(handlers));
    if (closed_) return PostClosed();
    Read();
  }

  absl::Status Send(absl::string_view line) {
    if (closed_ || closing_) return absl::UnavailableError("the connection is closed");
    if (line.size() > limits_.sent || line.find('\n') != absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("not one line of at most ", limits_.sent, " bytes"));
    }
    if (queued_.size() + writing_.size() > kMaxQueuedLineBytes) {
      End(absl::ResourceExhaustedError("cut off: the other process does not read what it is sent"));
      return why_closed_;
    }
    absl::StrAppend(&queued_, line, "\n");
    WriteSoon();
    return absl::OkStatus();
  }

  void Close() {
    if (closed_ || closing_) return;
    closing_ = true;
    if (Idle()) return End(absl::OkStatus());
    close_timer_.expires_after(kClosePatience);
    close_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) self->End(absl::DeadlineExceededError("the other process did not read what it was sent"));
    });
  }

  // The owner is gone: no handler is called any more.
  void Abandon() {
    handlers_ = nullptr;
    End(absl::OkStatus());
  }

 private:
  bool Idle() const { return queued_.empty() && writing_.empty(); }

  void Read() {
    socket_.async_read_some(asio::buffer(chunk_),
                            [self = shared_from_this()](const asio::error_code& error, size_t size) {
                              if (self->closed_) return;
                              if (error == asio::error::eof || error == asio::error::connection_reset)
                                return self->End(absl::OkStatus());
                              if (error) return self->End(absl::UnavailableError(error.message()));
                              self->TakeLines(absl::string_view(self->chunk_, size));
                              if (!self->closed_) self->Read();
                            });
  }

  // Calls on_line for each line that is complete; a handler may close or destroy the connection.
  void TakeLines(absl::string_view bytes) {
    const std::shared_ptr<Handlers> handlers = handlers_;
    while (!closed_ && !closing_) {
      const size_t newline = bytes.find('\n');
      const absl::string_view part = bytes.substr(0, newline);
      if (partial_.size() + part.size() > limits_.read) {
        return End(absl::InvalidArgumentError(absl::StrCat("a line of more than ", limits_.read, " bytes")));
      }
      if (newline == absl::string_view::npos) {
        absl::StrAppend(&partial_, part);
        return;
      }
      bytes.remove_prefix(newline + 1);
      if (partial_.empty()) {
        handlers->on_line(part);
      } else {
        std::string line = std::exchange(partial_, std::string());
        absl::StrAppend(&line, part);
        handlers->on_line(line);
      }
    }
  }

  // Lines that are queued until the posted call runs leave in one write.
  void WriteSoon() {
    if (write_posted_ || !writing_.empty()) return;
    write_posted_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->write_posted_ = false;
      self->Write();
    });
  }

  void Write() {
    if (closed_ || queued_.empty()) return;
    writing_ = std::exchange(queued_, std::string());
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](const asio::error_code& error, size_t) {
                        if (self->closed_) return;
                        self->writing_.clear();
                        // What the other side sent before it went is still to be read, and its end with it.
                        if (error && self->closing_) return self->End(absl::OkStatus());
                        if (error) return;
                        self->Write();
                        if (self->closing_ && self->Idle()) self->End(absl::OkStatus());
                      });
  }

  void End(absl::Status why) {
    if (closed_) return;
    closed_ = true;
    why_closed_ = std::move(why);
    asio::error_code ignored;  // there is nothing left to be done about it
    close_timer_.cancel();
    socket_.close(ignored);
    slot_ = nullptr;
    PostClosed();
  }

  void PostClosed() {
    if (handlers_ == nullptr) return;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      const std::shared_ptr<Handlers> handlers = std::exchange(self->handlers_, nullptr);
      if (handlers != nullptr) handlers->on_closed(self->why_closed_);
    });
  }

  const LineLimits limits_;
  std::shared_ptr<void> slot_;
  asio::local::stream_protocol::socket socket_;
  asio::steady_timer close_timer_;
  std::shared_ptr<Handlers> handlers_;  // shared: destroying the connection must not end a handler that runs
  char chunk_[kReadSize];
  std::string partial_;  // a line whose end has not come
  std::string queued_;
  std::string writing_;
  bool write_posted_ = false;
  bool closing_ = false;
  bool closed_ = false;
  absl::Status why_closed_;
};

LineConnection::LineConnection(asio::local::stream_protocol::socket socket, LineLimits limits,
                               std::shared_ptr<void> slot)
    : impl_(std::make_shared<Impl>(std::move(socket), limits, std::move(slot))) {}

LineConnection::~LineConnection() {
  impl_->Abandon();
}

void LineConnection::Start(Handlers handlers) {
  impl_->Start(std::move(handlers));
}

absl::Status LineConnection::Send(absl::string_view line) {
  // A handler that runs inside may destroy this object, but not what it stands for.
  return std::shared_ptr<Impl>(impl_)->Send(line);
}

void LineConnection::Close() {
  std::shared_ptr<Impl>(impl_)->Close();
}

}  // namespace parlor::client
