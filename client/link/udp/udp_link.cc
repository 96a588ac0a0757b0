#include "client/link/udp/udp_link.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"

namespace parlor::client {
namespace {

LinkInfo InfoOf(const QuicConnection& quic, bool opened) {
  const TlsPeerCheck& check = quic.peer_check();
  return {*check.peer,    check.chain_der, ToPeerAddress(quic.remote()), Transport::kUdp, Path::kDirect,
          quic.dialled(), opened};
}

}  // namespace

// Handlers are called from OnNews only, whose caller holds it, so a link may be destroyed by its own
// handlers.
class UdpLink::Core final : public UdpObserver, public std::enable_shared_from_this<Core> {
 public:
  Core(std::unique_ptr<UdpSession> session, bool opened)
      : session_(std::move(session)), remote_(quic().remote()), info_(InfoOf(quic(), opened)) {}

  // To be called once a shared pointer holds it.
  void Attach() { session_->Observe(weak_from_this()); }

  void Start(Handlers handlers) {
    handlers_ = std::move(handlers);
    started_ = true;
    session_->CallSoon();
  }

  absl::Status Send(absl::string_view frame);
  bool SendDatagram(absl::string_view frame);
  size_t queued_bytes() const { return quic().outgoing().bytes(); }
  std::optional<absl::Duration> rtt() const { return quic().rtt(); }
  void Close();
  const LinkInfo& info() const { return info_; }

  // The owner is gone: nobody to tell.
  void Abandon() {
    finished_ = true;
    close_deadline_.reset();
    session_.reset();
  }

  void OnNews() override;

 private:
  QuicConnection& quic() const { return session_->quic(); }
  bool open() const { return !closing_ && !finished_ && !quic().ended(); }
  absl::Duration now() const { return session_->loop().Uptime(); }

  void FollowPath();
  void DeliverStream();
  void DeliverDatagrams();
  void PayWritable();
  void CloseWhenWritten();
  void OnCloseDeadline();
  void FinishIfEnded();

  std::unique_ptr<UdpSession> session_;  // null once the owner is gone
  UdpAddress remote_;
  LinkInfo info_;
  Handlers handlers_;
  FrameDecoder decoder_;

  bool started_ = false;
  bool refused_ = false;   // Send said no, on_writable is owed
  bool closing_ = false;   // Close() was called
  bool finished_ = false;  // on_closed was called, or nobody wants it
  std::unique_ptr<Timer> close_deadline_;
};

absl::Status UdpLink::Core::Send(absl::string_view frame) {
  if (!open()) return absl::UnavailableError("the link is closed");
  absl::Status added = quic().outgoing().Add(frame);
  if (absl::IsResourceExhausted(added)) refused_ = true;
  if (added.ok()) session_->Flush();
  return added;
}

bool UdpLink::Core::SendDatagram(absl::string_view frame) {
  if (!open() || !quic().SendDatagram(frame)) return false;
  session_->Flush();
  return true;
}

void UdpLink::Core::Close() {
  if (closing_ || finished_) return;
  closing_ = true;
  close_deadline_ = session_->loop().After(kCloseDeadline, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnCloseDeadline();
  });
  session_->CallSoon();
}

void UdpLink::Core::OnNews() {
  if (finished_) return;
  FollowPath();
  // What came together was sent in this order (QuicConnection::WritePackets).
  if (started_) DeliverDatagrams();
  if (started_) DeliverStream();
  if (finished_) return;
  CloseWhenWritten();
  PayWritable();
  FinishIfEnded();
}

void UdpLink::Core::FollowPath() {
  if (quic().remote() == remote_) return;
  remote_ = quic().remote();
  info_.remote = ToPeerAddress(remote_);
  if (started_ && handlers_.on_path) handlers_.on_path();
}

void UdpLink::Core::DeliverStream() {
  if (finished_ || quic().received().empty()) return;
  const absl::string_view received = quic().received();
  absl::Status decoded;
  if (!closing_) {
    decoded = decoder_.Feed(received, [this](absl::string_view frame) {
      handlers_.on_frame(frame);
      return !closing_ && !finished_;
    });
  }
  if (finished_) return;
  quic().Consume(received.size());
  if (!decoded.ok()) quic().Close(QuicGoodbye::kBadFrame, decoded, now());
}

void UdpLink::Core::DeliverDatagrams() {
  if (finished_) return;
  for (const std::string& frame : quic().TakeDatagrams()) {
    if (closing_ || finished_) return;
    handlers_.on_frame(frame);
  }
}

void UdpLink::Core::PayWritable() {
  if (finished_ || !started_ || !refused_ || !open() || queued_bytes() >= kMaxQueuedBytes / 2) return;
  refused_ = false;
  if (handlers_.on_writable) handlers_.on_writable();
}

void UdpLink::Core::CloseWhenWritten() {
  if (!closing_ || queued_bytes() > 0) return;
  quic().Close(QuicGoodbye::kClosed, absl::OkStatus(), now());
}

void UdpLink::Core::OnCloseDeadline() {
  if (finished_) return;
  quic().Close(QuicGoodbye::kAborted,
               absl::DeadlineExceededError(absl::StrCat("the other side did not take the last ",
                                                        queued_bytes(), " bytes within 2 s")),
               now());
  session_->CallSoon();
}

void UdpLink::Core::FinishIfEnded() {
  if (finished_ || !quic().ended()) return;
  close_deadline_.reset();
  if (!started_) return;
  finished_ = true;
  // Both sides have closed, and their goodbyes have crossed.
  const bool crossed = closing_ && quic().outgoing().all_sent() && absl::IsUnavailable(quic().ending());
  const absl::Status ending = crossed ? absl::OkStatus() : quic().ending();
  const Handlers handlers = std::exchange(handlers_, {});  // they may hold what holds this link
  if (handlers.on_closed) handlers.on_closed(ending);      // may destroy the link
}

UdpLink::UdpLink(std::unique_ptr<UdpSession> session, bool opened)
    : core_(std::make_shared<Core>(std::move(session), opened)) {
  core_->Attach();
}

UdpLink::~UdpLink() {
  core_->Abandon();
}

void UdpLink::Start(Handlers handlers) {
  core_->Start(std::move(handlers));
}

absl::Status UdpLink::Send(absl::string_view frame) {
  return core_->Send(frame);
}

void UdpLink::SendLossy(absl::string_view frame) {
  if (!core_->SendDatagram(frame)) Link::SendLossy(frame);
}

size_t UdpLink::queued_bytes() const {
  return core_->queued_bytes();
}

std::optional<absl::Duration> UdpLink::rtt() const {
  return core_->rtt();
}

void UdpLink::Close() {
  core_->Close();
}

const LinkInfo& UdpLink::info() const {
  return core_->info();
}

}  // namespace parlor::client
