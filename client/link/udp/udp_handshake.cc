#include "client/link/udp/udp_handshake.h"

#include <utility>

#include "client/link/frame_decoder.h"
#include "client/link/udp/udp_link.h"

namespace parlor::client {

UdpHandshake::UdpHandshake(std::unique_ptr<UdpSession> session, Network::DialCallback done)
    : session_(std::move(session)), done_(std::move(done)) {}

std::shared_ptr<UdpHandshake> UdpHandshake::Dial(std::unique_ptr<UdpSession> session,
                                                 Network::DialCallback done) {
  std::shared_ptr<UdpHandshake> made(new UdpHandshake(std::move(session), std::move(done)));
  made->session_->Observe(made);
  return made;
}

void UdpHandshake::Abort() {
  done_ = nullptr;
  session_.reset();
}

void UdpHandshake::OnNews() {
  if (done_ == nullptr) return;
  const QuicConnection& quic = session_->quic();
  if (quic.ready() && StartsWithWholeFrame(quic.received())) {
    return Finish(std::make_unique<UdpLink>(std::move(session_)));
  }
  if (!quic.ended()) return;
  const bool silent = quic.ready() && (absl::IsUnavailable(quic.ending()) || absl::IsDataLoss(quic.ending()));
  Finish(silent ? absl::UnavailableError("the other side closed the connection before it said anything")
                : quic.ending());
}

void UdpHandshake::Finish(absl::StatusOr<std::unique_ptr<Link>> result) {
  const Network::DialCallback done = std::exchange(done_, nullptr);
  session_.reset();
  done(std::move(result));
}

}  // namespace parlor::client
