// One connection of a MemoryInternet and the two links at its ends.
#ifndef PARLOR_CLIENT_LINK_MEMORY_WIRE_H_
#define PARLOR_CLIENT_LINK_MEMORY_WIRE_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/link/link.h"
#include "client/link/memory_paths.h"
#include "client/loop/virtual_loop.h"

namespace parlor::client::memory {

enum Side : size_t { kDialler = 0, kAcceptor = 1 };
constexpr Side Other(Side side) {
  return side == kDialler ? kAcceptor : kDialler;
}

// Loop thread only. Held by its links and by the dialling that waits for it; `loop` must outlive it.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  // Why the connection ended before the acceptor said anything, or OK when its first frame has come.
  using FirstFrame = std::function<void(const absl::Status&)>;

  Wire(VirtualLoop& loop, std::shared_ptr<const Paths> paths, std::array<LinkInfo, 2> infos,
       FirstFrame on_first_frame);

  // By the dialler, a latency ago. At most once, before there are links.
  void SaidBefore(const std::vector<std::string>& frames);
  // Once for each side; the dialler's not before its first frame has come.
  std::unique_ptr<Link> MakeLink(Side side);

  void Start(Side side, Link::Handlers handlers);
  absl::Status Send(Side side, absl::string_view frame);
  size_t queued_bytes(Side side) const;
  absl::Duration rtt() const { return 2 * Latency(); }
  void Close(Side side);
  void Abandon(Side side);
  const LinkInfo& info(Side side) const { return ends_[side].info; }

  bool open() const { return !ends_[kDialler].ended && !ends_[kAcceptor].ended; }
  const std::string& ip(Side side) const { return ends_[Other(side)].info.remote.ip; }

  // The path was cut or healed.
  void OnPathChanged();
  // Both ends learn it in the next turn of the loop.
  void Break(const absl::Status& why);

 private:
  // A frame, or (frames are never empty) the end of the stream and why.
  struct Parcel {
    absl::Duration due;
    std::string frame;
    absl::Status ending;
  };

  struct End {
    explicit End(LinkInfo link_info) : info(std::move(link_info)) {}

    LinkInfo info;
    std::shared_ptr<Link::Handlers> handlers;  // null before Start and after the end

    // What this side sent and the other has not taken yet.
    std::deque<Parcel> outgoing;
    size_t outgoing_bytes = 0;
    bool refused = false;  // Send said no, on_writable is owed

    bool closing = false;
    bool ended = false;
    absl::Status ending;
    std::unique_ptr<Timer> close_deadline;
    std::unique_ptr<Timer> arrival;  // of the first of `outgoing`
    std::unique_ptr<Timer> news;     // on_writable or on_closed
  };

  void OnCloseDeadline(Side side);
  // The other side learns that something is missing.
  void DropOutgoing(Side side);
  void Push(Side from, Parcel parcel);
  void ScheduleArrival(Side from);
  void OnArrival(Side from);
  // False if nothing more can be taken now.
  bool TakeOne(Side from);
  bool ReportFirstFrame();
  void Hand(Side to, const std::string& frame);
  void PayWritable(Side side);
  void Finish(Side side, absl::Status status, absl::Duration after = absl::ZeroDuration());
  void Report(Side side);
  bool PathOpen() const { return paths_->Open(ip(kDialler), ip(kAcceptor)); }
  absl::Duration Latency() const { return paths_->Latency(ip(kDialler), ip(kAcceptor)); }
  std::unique_ptr<Timer> After(absl::Duration delay, std::function<void(Wire&)> run);

  VirtualLoop& loop_;
  const std::shared_ptr<const Paths> paths_;
  std::array<End, 2> ends_;
  FirstFrame on_first_frame_;  // null once it was called
  std::unique_ptr<Timer> cut_timeout_;
};

}  // namespace parlor::client::memory

#endif  // PARLOR_CLIENT_LINK_MEMORY_WIRE_H_
