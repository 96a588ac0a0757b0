#include "client/link/tcp_link.h"

#include <netinet/tcp.h>

#include <array>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/socket_base.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"
#include "client/link/frame_queue.h"

namespace parlor::client {
namespace {

// One TLS record (RFC 8446, section 5.1).
constexpr size_t kChunkSize = 16 * 1024;

// What one link may read or write before it lets others have the loop: about a quarter of a millisecond.
constexpr size_t kTurnBytes = 256 * 1024;

}  // namespace

// Everything happens in turns of the loop that hold it by a shared pointer, so a link may be destroyed by its
// own handlers. Handlers are called from such turns only.
class TcpLink::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, TcpConnection connection) : loop_(loop), connection_(std::move(connection)) {}

  void Start(Handlers handlers) {
    handlers_ = std::move(handlers);
    Post(&Session::Begin);
  }

  absl::Status Send(absl::string_view frame);
  size_t queued_bytes() const { return queue_.bytes(); }
  std::optional<absl::Duration> rtt();
  void Close();
  const LinkInfo& info() const { return connection_.info; }

  // The owner is gone: nobody to tell.
  void Abandon() {
    finished_ = true;
    reported_ = true;
    CloseSocket();
  }

 private:
  using Step = void (Session::*)();
  using SocketWait = asio::ip::tcp::socket::wait_type;

  void Post(Step step) {
    asio::post(connection_.socket.get_executor(), [self = shared_from_this(), step] { (*self.*step)(); });
  }
  void Await(SocketWait what, Step then);
  void AwaitReadable();
  void AwaitWritable();

  void Begin();
  void OnReadable();
  void ReadTurn();
  void OnReadStopped(TlsProgress progress);
  void Deliver(absl::string_view bytes);

  void ScheduleFlush();
  void OnFlushDue();
  void OnWritable();
  void Flush();
  void WriteTurn();
  void OnWriteStopped(TlsProgress progress);
  void SayGoodbye();

  void OnCloseDeadline();
  void Finish(absl::Status status);
  void Report();
  void CloseSocket();

  TlsSocket& tls() { return *connection_.tls; }

  Loop& loop_;
  TcpConnection connection_;
  Handlers handlers_;

  // Reading.
  FrameDecoder decoder_;
  bool started_ = false;
  bool in_read_turn_ = false;
  bool read_awaited_ = false;
  bool read_wants_write_ = false;  // TLS has to answer something before it can go on reading

  // Writing.
  FrameQueue queue_;
  bool flush_scheduled_ = false;
  bool write_awaited_ = false;
  bool refused_ = false;  // Send said no, on_writable is owed
  absl::Status broken_;   // why nothing can be written any more; what has arrived is read to its end first

  // Ending.
  bool closing_ = false;       // Close() was called
  bool said_goodbye_ = false;  // everything is written, and that nothing follows
  bool finished_ = false;
  bool reported_ = false;  // on_closed was called, or nobody wants it
  absl::Status ending_;
  std::unique_ptr<Timer> close_deadline_;
};

absl::Status TcpLink::Session::Send(absl::string_view frame) {
  if (closing_ || finished_ || !broken_.ok()) return absl::UnavailableError("the link is closed");
  absl::Status added = queue_.Add(frame);
  if (absl::IsResourceExhausted(added)) refused_ = true;
  if (added.ok()) ScheduleFlush();
  return added;
}

std::optional<absl::Duration> TcpLink::Session::rtt() {
  tcp_info info{};
  socklen_t size = sizeof(info);
  const int got = ::getsockopt(connection_.socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
  if (got != 0 || info.tcpi_rtt == 0) return std::nullopt;
  return absl::Microseconds(info.tcpi_rtt);
}

void TcpLink::Session::Close() {
  if (closing_ || finished_) return;
  closing_ = true;
  close_deadline_ = loop_.After(kCloseDeadline, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnCloseDeadline();
  });
  ScheduleFlush();
}

void TcpLink::Session::Await(SocketWait what, Step then) {
  connection_.socket.async_wait(what, [self = shared_from_this(), then](const asio::error_code& error) {
    if (error != asio::error::operation_aborted) (*self.*then)();
  });
}

void TcpLink::Session::AwaitReadable() {
  if (std::exchange(read_awaited_, true)) return;
  Await(SocketWait::wait_read, &Session::OnReadable);
}

void TcpLink::Session::AwaitWritable() {
  if (std::exchange(write_awaited_, true)) return;
  Await(SocketWait::wait_write, &Session::OnWritable);
}

void TcpLink::Session::Begin() {
  started_ = true;
  if (finished_) return Report();
  const std::string early = std::exchange(connection_.early, {});
  if (!early.empty()) Deliver(early);
  // Not AwaitReadable: what TLS has read ahead does not show at the socket any more.
  if (!finished_) OnReadable();
}

void TcpLink::Session::OnReadable() {
  read_awaited_ = false;
  if (finished_) return;
  in_read_turn_ = true;
  ReadTurn();
  in_read_turn_ = false;
  Flush();  // answers to what arrived leave now, not in another turn
}

void TcpLink::Session::ReadTurn() {
  std::array<char, kChunkSize> chunk;
  size_t taken = 0;
  do {
    size_t count = 0;
    const TlsProgress progress = tls().Read(absl::MakeSpan(chunk), count);
    if (progress != TlsProgress::kDone) return OnReadStopped(progress);
    Deliver(absl::string_view(chunk.data(), count));
    if (finished_) return;
    taken += count;
  } while (tls().HasBufferedInput() && taken < kTurnBytes);

  if (tls().HasBufferedInput() || !broken_.ok()) {
    Post(&Session::OnReadable);
  } else {
    AwaitReadable();
  }
}

void TcpLink::Session::OnReadStopped(TlsProgress progress) {
  switch (progress) {
    case TlsProgress::kDone:
      return;
    case TlsProgress::kWaitReadable:
      return broken_.ok() ? AwaitReadable() : Finish(broken_);
    case TlsProgress::kWaitWritable:
      read_wants_write_ = true;
      return AwaitWritable();
    case TlsProgress::kEnded:
      return Finish(closing_ && queue_.bytes() == 0
                        ? absl::OkStatus()
                        : absl::UnavailableError("the other side closed the link"));
    case TlsProgress::kFailed:
      return Finish(tls().failure());
  }
}

void TcpLink::Session::Deliver(absl::string_view bytes) {
  if (closing_) return;
  const absl::Status decoded = decoder_.Feed(bytes, [this](absl::string_view frame) {
    handlers_.on_frame(frame);
    return !closing_ && !finished_;
  });
  if (!decoded.ok()) Finish(decoded);
}

void TcpLink::Session::ScheduleFlush() {
  if (flush_scheduled_ || write_awaited_ || in_read_turn_) return;
  flush_scheduled_ = true;
  Post(&Session::OnFlushDue);
}

void TcpLink::Session::OnFlushDue() {
  flush_scheduled_ = false;
  Flush();
}

void TcpLink::Session::OnWritable() {
  write_awaited_ = false;
  if (std::exchange(read_wants_write_, false)) Post(&Session::OnReadable);
  Flush();
}

void TcpLink::Session::Flush() {
  if (finished_ || write_awaited_ || !broken_.ok()) return;
  WriteTurn();
  if (finished_ || !broken_.ok()) return;
  if (closing_) {
    if (queue_.bytes() == 0 && !said_goodbye_) SayGoodbye();
  } else if (refused_ && queue_.bytes() < kMaxQueuedBytes / 2 && started_) {
    refused_ = false;
    if (handlers_.on_writable) handlers_.on_writable();
  }
}

void TcpLink::Session::WriteTurn() {
  size_t written = 0;
  for (absl::string_view next = queue_.Front(); !next.empty(); next = queue_.Front()) {
    if (written >= kTurnBytes) return ScheduleFlush();
    size_t count = 0;
    const TlsProgress progress = tls().Write(next, count);
    if (progress != TlsProgress::kDone) return OnWriteStopped(progress);
    queue_.Consume(count);
    written += count;
  }
}

void TcpLink::Session::OnWriteStopped(TlsProgress progress) {
  if (progress == TlsProgress::kWaitWritable) return AwaitWritable();
  if (progress == TlsProgress::kWaitReadable) return;  // every turn of reading ends with a flush
  broken_ = progress == TlsProgress::kFailed ? tls().failure()
                                             : absl::UnavailableError("the other side closed the link");
  if (!started_ || closing_) return Finish(broken_);
  Post(&Session::OnReadable);
}

// The socket is not closed before the other side has ended too: closing it over data that nobody has read
// makes TCP throw away what was just written (RFC 1122, 4.2.2.13).
void TcpLink::Session::SayGoodbye() {
  const TlsProgress progress = tls().CloseWrite();
  if (progress == TlsProgress::kWaitWritable) return AwaitWritable();
  if (progress == TlsProgress::kFailed) return Finish(tls().failure());
  said_goodbye_ = true;
  asio::error_code ignored;  // an end that cannot be sent shows at the next read
  connection_.socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  Post(&Session::OnReadable);
}

void TcpLink::Session::OnCloseDeadline() {
  Finish(absl::DeadlineExceededError(
      absl::StrCat("the other side did not take the last ", queue_.bytes(), " bytes within 2 s")));
}

void TcpLink::Session::Finish(absl::Status status) {
  if (finished_) return;
  finished_ = true;
  ending_ = said_goodbye_ ? absl::OkStatus() : std::move(status);
  CloseSocket();
  if (started_) Report();
}

void TcpLink::Session::Report() {
  if (std::exchange(reported_, true)) return;
  const Handlers handlers = std::exchange(handlers_, {});  // they may hold what holds this link
  const absl::Status ending = ending_;
  if (handlers.on_closed) handlers.on_closed(ending);  // may destroy the link
}

void TcpLink::Session::CloseSocket() {
  close_deadline_.reset();
  asio::error_code ignored;  // the descriptor is gone in any case
  connection_.socket.close(ignored);
}

TcpLink::TcpLink(Loop& loop, TcpConnection connection)
    : session_(std::make_shared<Session>(loop, std::move(connection))) {}

TcpLink::~TcpLink() {
  session_->Abandon();
}

void TcpLink::Start(Handlers handlers) {
  session_->Start(std::move(handlers));
}

absl::Status TcpLink::Send(absl::string_view frame) {
  return session_->Send(frame);
}

size_t TcpLink::queued_bytes() const {
  return session_->queued_bytes();
}

std::optional<absl::Duration> TcpLink::rtt() const {
  return session_->rtt();
}

void TcpLink::Close() {
  session_->Close();
}

const LinkInfo& TcpLink::info() const {
  return session_->info();
}

void ConfigureLinkSocket(asio::ip::tcp::socket& socket) {
  // None of these can fail on a connected TCP socket but when it is already dead, which the next read tells.
  asio::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof(value));
  };
  set(TCP_USER_TIMEOUT, static_cast<int>(absl::ToInt64Milliseconds(TcpLink::kUserTimeout)));
  set(TCP_KEEPIDLE, 30);  // seconds without traffic; then every 5 s until the user timeout
  set(TCP_KEEPINTVL, 5);
}

}  // namespace parlor::client
