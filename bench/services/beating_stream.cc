#include "bench/services/beating_stream.h"

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "base/rpc/status.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::bench {
namespace {

constexpr char kMethod[] = "/parlor.presence.v1.Presence/Connect";

// How often the server wants to be heard, if this message of presence says so.
std::optional<absl::Duration> PaceIn(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  presence::v1::ConnectResponse frame;
  std::string bytes;
  if (!message.Dump(&slices).ok()) return std::nullopt;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  if (!frame.ParseFromString(bytes)) return std::nullopt;
  const int64_t told =
      frame.has_welcome() ? frame.welcome().heartbeat_ms() : frame.heartbeat().heartbeat_ms();
  if (told <= 0) return std::nullopt;
  return absl::Milliseconds(told);
}

}  // namespace

BeatingStream::BeatingStream(const Target& target, const std::string& token, Pace pace,
                             BeatListener* listener)
    : pace_(pace), listener_(listener), channel_(MakeChannel(target)), stub_(channel_) {
  AddToken(context_, token);
}

void BeatingStream::Start(const grpc::ByteBuffer& hello) {
  stub_.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
  AddHold();
  {
    absl::MutexLock lock(&mutex_);
    writing_ = true;
  }
  StartRead(&incoming_);
  StartWrite(&hello);
  StartCall();
}

bool BeatingStream::Beat(const grpc::ByteBuffer& beat) {
  {
    absl::MutexLock lock(&mutex_);
    if (!held_ || !greeted_ || writing_) return false;
    if (pace_ == Pace::kAnswered && beat_at_.has_value()) return false;
    beat_at_ = absl::Now();
    writing_ = true;
    // Under the lock, so that the hold is not let go before; gRPC never calls back from within.
    StartWrite(&beat);
  }
  return true;
}

std::optional<absl::Duration> BeatingStream::told() const {
  absl::MutexLock lock(&mutex_);
  return told_;
}

void BeatingStream::OnWriteDone(bool) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
}

void BeatingStream::Stop() {
  context_.TryCancel();
  LetGo();
}

void BeatingStream::LetGo() {
  {
    absl::MutexLock lock(&mutex_);
    if (!held_) return;
    held_ = false;
  }
  RemoveHold();
}

void BeatingStream::OnReadDone(bool ok) {
  if (!ok) return LetGo();
  const absl::Time now = absl::Now();
  const std::optional<absl::Duration> told = pace_ == Pace::kTold ? PaceIn(incoming_) : std::nullopt;
  std::optional<absl::Time> beat_at;
  {
    absl::MutexLock lock(&mutex_);
    if (told.has_value()) told_ = told;
    beat_at.swap(beat_at_);
    greeted_ = true;
  }
  StartRead(&incoming_);
  if (beat_at.has_value()) {
    listener_->OnAnswer(now - *beat_at);
  } else {
    listener_->OnGreeted();
  }
}

void BeatingStream::OnDone(const grpc::Status& status) {
  listener_->OnStreamEnded(FromGrpc(status));
}

}  // namespace parlor::bench
