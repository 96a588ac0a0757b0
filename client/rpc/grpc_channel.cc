#include "client/rpc/grpc_channel.h"

#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/crypto/certificate.h"
#include "base/rpc/status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/client_callback.h"

namespace parlor::client {
namespace {

constexpr size_t kMaxWaitingFrames = 1'000;
constexpr int kMaxMessageBytes = 4 * 1024 * 1024;
// The server accepts a ping every 30 s (EXAMPLES: else it cuts the connection).
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kMaxReconnectMs = 10'000;

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  // Fails only for a compressed buffer that does not decompress: it then parses as nothing.
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

void SetToken(grpc::ClientContext& context, const std::string& token) {
  if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
}

// gRPC's own words for a call that nobody answered, such as "Socket closed", name no remedy; those of the
// services do.
absl::Status WithRemedy(const absl::Status& why) {
  const bool unanswered = absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why);
  if (!unanswered || absl::StrContains(why.message(), "try again")) return why;
  return absl::Status(why.code(), absl::StrCat("the server did not answer (", why.message(), "): try again"));
}

// How much gRPC still holds: the channel waits for none.
class InFlight {
 public:
  void Begin() {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }
  void End() {
    absl::MutexLock lock(&mutex_);
    --count_;
  }
  void AwaitNone() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* count) { return *count == 0; }, &count_));
  }

 private:
  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// ---- one call

struct UnaryCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  RpcChannel::BytesCallback done;  // loop thread; empty once the call was given up
};

class UnaryHandle final : public PendingCall {
 public:
  explicit UnaryHandle(std::shared_ptr<UnaryCall> call) : call_(std::move(call)) {}
  ~UnaryHandle() override {
    call_->done = nullptr;
    call_->context.TryCancel();
  }

 private:
  const std::shared_ptr<UnaryCall> call_;
};

// ---- one stream

// Reactions come on gRPC's threads; everything that the user sees is posted to the loop. Owns itself until
// OnDone.
class StreamReactor final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public std::enable_shared_from_this<StreamReactor> {
 public:
  StreamReactor(Loop& loop, std::shared_ptr<InFlight> in_flight, RpcStream::Handlers handlers)
      : loop_(loop), in_flight_(std::move(in_flight)), handlers_(std::move(handlers)) {}

  grpc::ClientContext& context() { return context_; }

  void Start() {
    in_flight_->Begin();
    self_ = shared_from_this();
    AddHold();  // writes come from the loop, outside of reactions
    StartRead(&incoming_);
    StartCall();
  }

  // ---- loop thread
  void Send(std::string frame) {
    absl::MutexLock lock(&mutex_);
    if (ended_ || finishing_) return;
    if (waiting_.size() >= kMaxWaitingFrames) {
      overflow_ = true;
      context_.TryCancel();
      return;
    }
    waiting_.push_back(std::move(frame));
    WriteNext();
  }
  void Finish() {
    absl::MutexLock lock(&mutex_);
    finishing_ = true;
    if (!writing_) CloseWrites();
  }
  void GiveUp() {
    handlers_ = {};
    context_.TryCancel();
  }

  // ---- gRPC's threads
  void OnReadDone(bool ok) override {
    if (!ok) {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
      if (!writing_) CloseWrites();
      return;
    }
    loop_.Post([self = shared_from_this(), frame = ToBytes(incoming_)] {
      if (self->handlers_.on_frame) self->handlers_.on_frame(frame);
    });
    incoming_.Clear();
    StartRead(&incoming_);
  }
  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) ended_ = true;
    WriteNext();
    if (!writing_ && (finishing_ || ended_)) CloseWrites();
  }
  void OnDone(const grpc::Status& status) override {
    absl::Status why = FromGrpc(status);
    {
      absl::MutexLock lock(&mutex_);
      if (overflow_) why = absl::ResourceExhaustedError("the server does not take what is sent to it");
    }
    // The loop drops this reactor, and its ClientContext with it: on a thread of gRPC's that could be the
    // channel's end.
    const std::shared_ptr<InFlight> in_flight = in_flight_;
    loop_.Post([self = std::move(self_), why] {
      const auto on_closed = std::exchange(self->handlers_, {}).on_closed;
      if (on_closed) on_closed(why);
    });
    in_flight->End();
  }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || ended_ || waiting_.empty()) return;
    writing_ = true;
    outgoing_ = ToBuffer(waiting_.front());
    waiting_.pop_front();
    StartWrite(&outgoing_);
  }
  void CloseWrites() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(closed_, true)) return;
    if (!ended_) StartWritesDone();
    RemoveHold();
  }

  Loop& loop_;
  const std::shared_ptr<InFlight> in_flight_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::shared_ptr<StreamReactor> self_;

  RpcStream::Handlers handlers_;  // loop thread

  absl::Mutex mutex_;
  std::deque<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool overflow_ ABSL_GUARDED_BY(mutex_) = false;
};

class StreamHandle final : public RpcStream {
 public:
  explicit StreamHandle(std::shared_ptr<StreamReactor> reactor) : reactor_(std::move(reactor)) {}
  ~StreamHandle() override { reactor_->GiveUp(); }
  void Send(std::string frame) override { reactor_->Send(std::move(frame)); }
  void Finish() override { reactor_->Finish(); }

 private:
  const std::shared_ptr<StreamReactor> reactor_;
};

// ---- the channel

class GrpcChannel final : public RpcChannel {
 public:
  GrpcChannel(Loop& loop, std::shared_ptr<grpc::Channel> channel)
      : loop_(loop), channel_(std::move(channel)), stub_(channel_) {}

  // Whoever holds a call or a stream has let go of it by now, which cancelled it.
  ~GrpcChannel() override { in_flight_->AwaitNone(); }

  std::unique_ptr<PendingCall> Call(const std::string& method, const std::string& request,
                                    const std::string& token, absl::Duration timeout,
                                    BytesCallback done) override {
    auto call = std::make_shared<UnaryCall>();
    call->request = ToBuffer(request);
    call->done = std::move(done);
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    SetToken(call->context, token);
    in_flight_->Begin();
    // Boxed, so that nothing of it stays behind in gRPC's copies of the callback: whoever drops a
    // ClientContext may drop the last reference of the channel with it, which must not happen on a thread of
    // gRPC's.
    stub_.UnaryCall(&call->context, method, {}, &call->request, &call->response,
                    [loop = &loop_, in_flight = in_flight_,
                     box = std::make_shared<std::shared_ptr<UnaryCall>>(call)](const grpc::Status& status) {
                      loop->Post([ended = std::move(*box), why = FromGrpc(status)] {
                        const BytesCallback answer = std::exchange(ended->done, nullptr);
                        if (!answer) return;
                        if (!why.ok()) return answer(WithRemedy(why));
                        answer(ToBytes(ended->response));
                      });
                      in_flight->End();
                    });
    return std::make_unique<UnaryHandle>(std::move(call));
  }

  std::unique_ptr<RpcStream> OpenStream(const std::string& method, const std::string& token,
                                        RpcStream::Handlers handlers) override {
    auto reactor = std::make_shared<StreamReactor>(loop_, in_flight_, std::move(handlers));
    SetToken(reactor->context(), token);
    stub_.PrepareBidiStreamingCall(&reactor->context(), method, {}, reactor.get());
    reactor->Start();
    return std::make_unique<StreamHandle>(std::move(reactor));
  }

 private:
  Loop& loop_;
  const std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<RpcChannel> MakeGrpcChannel(Loop& loop, const ServerAddress& address) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = address.root_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(ServiceDnsName(address.server_id));
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  // Two accounts of one process must not share a connection, nor must its fate.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return std::make_unique<GrpcChannel>(
      loop, grpc::CreateCustomChannel(ToString(address.server), grpc::SslCredentials(tls), arguments));
}

}  // namespace parlor::client
