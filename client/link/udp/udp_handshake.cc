#include "client/link/udp/udp_handshake.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/link/frame_decoder.h"
#include "client/link/udp/udp_link.h"

namespace parlor::client {

UdpHandshake::UdpHandshake(std::unique_ptr<UdpSession> session, std::shared_ptr<SharedOpening> opening,
                           Network::DialCallback done)
    : session_(std::move(session)), opening_(std::move(opening)), done_(std::move(done)) {}

std::shared_ptr<UdpHandshake> UdpHandshake::Dial(std::unique_ptr<UdpSession> session,
                                                 std::shared_ptr<SharedOpening> opening,
                                                 Network::DialCallback done) {
  std::shared_ptr<UdpHandshake> made(
      new UdpHandshake(std::move(session), std::move(opening), std::move(done)));
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
  if (quic.proved() && !quic.ended()) SayOpening();
  if (quic.ready() && StartsWithWholeFrame(quic.received())) {
    return Finish(std::make_unique<UdpLink>(std::move(session_), opened_));
  }
  if (!quic.ended()) return;
  const bool silent = quic.ready() && (absl::IsUnavailable(quic.ending()) || absl::IsDataLoss(quic.ending()));
  Finish(silent ? absl::UnavailableError("the other side closed the connection before it said anything")
                : quic.ending());
}

void UdpHandshake::SayOpening() {
  const std::optional<std::vector<std::string>> opening = opening_->Take();
  if (!opening.has_value()) return;
  for (const std::string& frame : *opening) {
    session_->quic().outgoing().Add(frame).IgnoreError();  // the target has promised that it fits
  }
  opened_ = true;
  session_->Flush();
}

void UdpHandshake::Finish(absl::StatusOr<std::unique_ptr<Link>> result) {
  const Network::DialCallback done = std::exchange(done_, nullptr);
  session_.reset();
  done(std::move(result));
}

}  // namespace parlor::client
