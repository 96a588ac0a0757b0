#include "client/link/memory_wire.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/frame_decoder.h"
#include "client/link/memory_network.h"

namespace parlor::client::memory {
namespace {

constexpr absl::Duration kCloseDeadline = absl::Seconds(2);  // as in link.h

class MemoryLink final : public Link {
 public:
  MemoryLink(std::shared_ptr<Wire> wire, Side side) : wire_(std::move(wire)), side_(side) {}
  ~MemoryLink() override { wire_->Abandon(side_); }

  void Start(Handlers handlers) override { wire_->Start(side_, std::move(handlers)); }
  absl::Status Send(absl::string_view frame) override { return wire_->Send(side_, frame); }
  size_t queued_bytes() const override { return wire_->queued_bytes(side_); }
  std::optional<absl::Duration> rtt() const override { return wire_->rtt(); }
  void Close() override { wire_->Close(side_); }
  const LinkInfo& info() const override { return wire_->info(side_); }

 private:
  const std::shared_ptr<Wire> wire_;
  const Side side_;
};

}  // namespace

Wire::Wire(VirtualLoop& loop, std::shared_ptr<const Paths> paths, std::array<LinkInfo, 2> infos,
           FirstFrame on_first_frame)
    : loop_(loop),
      paths_(std::move(paths)),
      ends_{End(std::move(infos[kDialler])), End(std::move(infos[kAcceptor]))},
      on_first_frame_(std::move(on_first_frame)) {}

void Wire::SaidBefore(const std::vector<std::string>& frames) {
  for (const std::string& frame : frames) {
    ends_[kDialler].outgoing_bytes += kFrameHeaderSize + frame.size();
    Push(kDialler, {loop_.Uptime(), frame, absl::OkStatus()});
  }
}

std::unique_ptr<Link> Wire::MakeLink(Side side) {
  return std::make_unique<MemoryLink>(shared_from_this(), side);
}

std::unique_ptr<Timer> Wire::After(absl::Duration delay, std::function<void(Wire&)> run) {
  return loop_.After(delay, [weak = weak_from_this(), call = std::move(run)] {
    if (const auto self = weak.lock()) call(*self);
  });
}

void Wire::Start(Side side, Link::Handlers handlers) {
  End& end = ends_[side];
  end.handlers = std::make_shared<Link::Handlers>(std::move(handlers));
  if (end.ended) {
    end.news = After(absl::ZeroDuration(), [side](Wire& wire) { wire.Report(side); });
  } else {
    ScheduleArrival(Other(side));
  }
}

absl::Status Wire::Send(Side side, absl::string_view frame) {
  End& end = ends_[side];
  if (end.closing || end.ended) return absl::UnavailableError("the link is closed");
  if (frame.empty()) return absl::InvalidArgumentError("an empty frame cannot be sent");
  if (frame.size() > kMaxFrameSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", frame.size(), " bytes is over the limit of ", kMaxFrameSize));
  }
  const size_t size = kFrameHeaderSize + frame.size();
  if (end.outgoing_bytes + size > MemoryInternet::kWindow + kMaxQueuedBytes) {
    end.refused = true;
    return absl::ResourceExhaustedError(
        "the other side takes data too slowly; wait until the link is writable again");
  }
  end.outgoing_bytes += size;
  Push(side, {loop_.Uptime() + Latency(), std::string(frame), absl::OkStatus()});
  return absl::OkStatus();
}

size_t Wire::queued_bytes(Side side) const {
  const size_t bytes = ends_[side].outgoing_bytes;
  return bytes - std::min(bytes, MemoryInternet::kWindow);
}

void Wire::Close(Side side) {
  End& end = ends_[side];
  if (end.closing || end.ended) return;
  end.closing = true;
  Push(side, {loop_.Uptime() + Latency(), "", absl::UnavailableError("the other side closed the link")});
  end.close_deadline = After(kCloseDeadline, [side](Wire& wire) { wire.OnCloseDeadline(side); });
}

void Wire::OnCloseDeadline(Side side) {
  const size_t left = queued_bytes(side);
  // What the sockets' buffers hold goes on its way, as the kernel would send it.
  if (left == 0) return Finish(side, absl::OkStatus());
  DropOutgoing(side);
  Finish(side, absl::DeadlineExceededError(
                   absl::StrCat("the other side did not take the last ", left, " bytes within 2 s")));
}

// What was under way is lost with the one who sent it: the worst that a killed process does.
void Wire::Abandon(Side side) {
  if (side == kDialler) on_first_frame_ = nullptr;
  End& end = ends_[side];
  end.handlers.reset();
  if (end.ended) return;
  end.ended = true;
  end.close_deadline.reset();
  end.news.reset();
  DropOutgoing(side);
}

void Wire::DropOutgoing(Side side) {
  ends_[side].outgoing.clear();
  ends_[side].outgoing_bytes = 0;
  Push(side, {loop_.Uptime() + Latency(), "",
              absl::DataLossError("the connection ended without a goodbye; what was under way may be lost")});
}

void Wire::OnPathChanged() {
  if (!PathOpen()) {
    if (cut_timeout_ != nullptr) return;
    cut_timeout_ = After(MemoryInternet::kCutTimeout, [](Wire& wire) {
      wire.Break(absl::DeadlineExceededError("the connection broke: Connection timed out"));
    });
    return;
  }
  cut_timeout_.reset();
  for (const Side side : {kDialler, kAcceptor}) ScheduleArrival(side);
}

void Wire::Break(const absl::Status& why) {
  for (const Side side : {kDialler, kAcceptor}) {
    ends_[side].outgoing.clear();
    ends_[side].outgoing_bytes = 0;
    Finish(side, why);
  }
  if (on_first_frame_ == nullptr) return;
  ends_[kDialler].news = After(absl::ZeroDuration(), [why](Wire& wire) {
    if (const FirstFrame done = std::exchange(wire.on_first_frame_, nullptr)) done(why);
  });
}

void Wire::Push(Side from, Parcel parcel) {
  ends_[from].outgoing.push_back(std::move(parcel));
  if (ends_[from].outgoing.size() == 1) ScheduleArrival(from);
}

void Wire::ScheduleArrival(Side from) {
  End& end = ends_[from];
  if (end.outgoing.empty()) return;
  end.arrival =
      After(end.outgoing.front().due - loop_.Uptime(), [from](Wire& wire) { wire.OnArrival(from); });
}

void Wire::OnArrival(Side from) {
  while (TakeOne(from)) {
  }
  PayWritable(from);
}

bool Wire::TakeOne(Side from) {
  const Side to = Other(from);
  End& sender = ends_[from];
  if (sender.outgoing.empty() || !PathOpen()) return false;
  if (sender.outgoing.front().due > loop_.Uptime()) {
    ScheduleArrival(from);
    return false;
  }
  if (from == kAcceptor && on_first_frame_ != nullptr) return ReportFirstFrame();
  const bool receives = ends_[to].handlers != nullptr || ends_[to].closing || ends_[to].ended;
  if (!receives) return false;

  const Parcel parcel = std::move(sender.outgoing.front());
  sender.outgoing.pop_front();
  if (parcel.frame.empty()) {
    if (sender.closing) Finish(from, absl::OkStatus(), Latency());
    Finish(to, ends_[to].closing ? absl::OkStatus() : parcel.ending);
    return false;
  }
  sender.outgoing_bytes -= kFrameHeaderSize + parcel.frame.size();
  Hand(to, parcel.frame);
  return true;
}

bool Wire::ReportFirstFrame() {
  const bool said_something = !ends_[kAcceptor].outgoing.front().frame.empty();
  const FirstFrame done = std::exchange(on_first_frame_, nullptr);
  done(said_something
           ? absl::OkStatus()
           : absl::UnavailableError("the other side closed the connection before it said anything"));
  return false;
}

void Wire::Hand(Side to, const std::string& frame) {
  End& end = ends_[to];
  if (end.closing || end.ended) return;
  const std::shared_ptr<Link::Handlers> handlers = end.handlers;  // the call may destroy the link
  handlers->on_frame(frame);
}

void Wire::PayWritable(Side side) {
  End& end = ends_[side];
  if (!end.refused || end.closing || end.ended || queued_bytes(side) >= kMaxQueuedBytes / 2) return;
  if (end.handlers == nullptr || end.news != nullptr) return;
  end.news = After(absl::ZeroDuration(), [side](Wire& wire) {
    End& writable = wire.ends_[side];
    writable.news.reset();
    writable.refused = false;
    const std::shared_ptr<Link::Handlers> handlers = writable.handlers;
    if (handlers != nullptr && handlers->on_writable) handlers->on_writable();
  });
}

void Wire::Finish(Side side, absl::Status status, absl::Duration after) {
  End& end = ends_[side];
  if (end.ended) return;
  end.ended = true;
  end.ending = std::move(status);
  end.close_deadline.reset();
  end.news = After(after, [side](Wire& wire) { wire.Report(side); });
}

void Wire::Report(Side side) {
  const std::shared_ptr<Link::Handlers> handlers = std::exchange(ends_[side].handlers, nullptr);
  const absl::Status ending = ends_[side].ending;
  if (handlers != nullptr && handlers->on_closed) handlers->on_closed(ending);
}

}  // namespace parlor::client::memory
