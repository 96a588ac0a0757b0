#include "bench/services/beating_stream.h"

#include "absl/time/clock.h"
#include "base/rpc/status.h"

namespace parlor::bench {
namespace {

constexpr char kMethod[] = "/parlor.presence.v1.Presence/Connect";

}  // namespace

BeatingStream::BeatingStream(const Target& target, const std::string& token, BeatListener* listener)
    : listener_(listener), channel_(MakeChannel(target)), stub_(channel_) {
  AddToken(context_, token);
}

void BeatingStream::Start(const grpc::ByteBuffer& hello) {
  stub_.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
  AddHold();
  StartRead(&incoming_);
  StartWrite(&hello);
  StartCall();
}

bool BeatingStream::Beat(const grpc::ByteBuffer& beat) {
  {
    absl::MutexLock lock(&mutex_);
    if (!held_ || !greeted_ || beat_at_.has_value()) return false;
    beat_at_ = absl::Now();
    // Under the lock, so that the hold is not let go before; gRPC never calls back from within.
    StartWrite(&beat);
  }
  return true;
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
  std::optional<absl::Time> beat_at;
  {
    absl::MutexLock lock(&mutex_);
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
