// An authenticated, encrypted, ordered stream of frames to one device, with back-pressure. Above it nobody
// knows sockets.
#ifndef PARLOR_CLIENT_LINK_LINK_H_
#define PARLOR_CLIENT_LINK_LINK_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/peer_verifier.h"
#include "base/net/address.h"

namespace parlor::client {

enum class Transport { kTcp, kUdp };
enum class Path { kDirect, kPunched, kRelayed };

// Who is at the other end and by which way. Constant for the life of a link, but for the way (on_path).
struct LinkInfo {
  VerifiedPeer peer;
  std::vector<std::string> chain_der;  // as the peer presented it
  PeerAddress remote;                  // what the socket says, now
  Transport transport = Transport::kTcp;
  Path path = Path::kDirect;
  bool dialled = false;  // by this side
  bool opened = false;   // DialTarget::opening was said on it
};

// A frame's payload. Longer ones are refused: by the sender with an error, from a peer by ending the link.
inline constexpr size_t kMaxFrameSize = 256 * 1024;

// What may wait to be written before Send says no.
inline constexpr size_t kMaxQueuedBytes = 4 * 1024 * 1024;

// With so much waiting, a lossy frame that would have to wait behind it is dropped: it would come too late.
inline constexpr size_t kMaxQueuedBeforeLossy = 64 * 1024;

// Loop thread only. Destroying it closes it without a word.
//
// It ends (Handlers::on_closed) with
//   OK                 Close() was called, and everything was written
//   UNAVAILABLE        the other side closed the link in good order, or the connection was reset
//   DATA_LOSS          it ended without a close, or what arrived is damaged: frames may be missing
//   DEADLINE_EXCEEDED  the other side acknowledged nothing for 45 s, or not all within 2 s after Close()
//   INVALID_ARGUMENT   the other side sent a frame of a length that is not allowed
// and with others (UNAUTHENTICATED, INTERNAL …) for what cannot be told apart further.
class Link {
 public:
  // Called on the loop, never from inside a call to this link.
  struct Handlers {
    std::function<void(absl::string_view frame)> on_frame;  // valid during the call
    std::function<void()> on_writable;                      // queue is below half again, after Send said no
    std::function<void(const absl::Status&)> on_closed;     // once, last; says why
    std::function<void()> on_path = nullptr;                // info() has changed
  };

  virtual ~Link() = default;

  // Frames that came before are kept (within the socket's own window) and handed over now.
  virtual void Start(Handlers handlers) = 0;

  // Queues one frame; frames queued in one turn of the loop leave together. RESOURCE_EXHAUSTED: the queue is
  // full, nothing was queued, wait for on_writable. INVALID_ARGUMENT: empty or too long. UNAVAILABLE: closed.
  virtual absl::Status Send(absl::string_view frame) = 0;

  // A frame that may be lost, or overtake others, or be overtaken: typing, probes. It reaches on_frame like
  // any other. Goes as a datagram where the transport has them and it fits into one; else with the others
  // while less than kMaxQueuedBeforeLossy is queued; else not at all. A bad length, or a link that is closed:
  // not at all either.
  virtual void SendLossy(absl::string_view frame) {
    if (queued_bytes() < kMaxQueuedBeforeLossy) Send(frame).IgnoreError();
  }

  // Not yet written, or (where the link itself repeats what was lost) not yet acknowledged.
  virtual size_t queued_bytes() const = 0;

  // There and back, smoothed, as the transport measures it; nullopt while it does not know.
  virtual std::optional<absl::Duration> rtt() const { return std::nullopt; }

  // Writes what is queued (for at most 2 s), then closes; on_closed follows.
  virtual void Close() = 0;

  virtual const LinkInfo& info() const = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_LINK_H_
