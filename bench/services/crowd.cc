#include "bench/services/crowd.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/rpc/status.h"
#include "base/status.h"
#include "grpcpp/support/sync_stream.h"
#include "parlor/presence/v1/presence.grpc.pb.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"

namespace parlor::bench {
namespace {

using presence::v1::Presence;
using rooms::v1::Rooms;

// Two streams each stay below the server's 256 a connection.
constexpr int kPeoplePerConnection = 100;

// A stream that was opened with one frame and answered with one.
template <typename Request, typename Response>
class HeldStream {
 public:
  using Stream = grpc::ClientReaderWriter<Request, Response>;

  template <typename Stub>
  HeldStream(std::unique_ptr<Stream> (Stub::*method)(grpc::ClientContext*), Stub& stub,
             const std::string& token) {
    AddToken(context_, token);
    stream_ = (stub.*method)(&context_);
  }
  ~HeldStream() {
    context_.TryCancel();
    (void)stream_->Finish();  // CANCELLED
  }

  absl::StatusOr<Response> Greet(const Request& first) {
    Response answer;
    if (stream_->Write(first) && stream_->Read(&answer)) return answer;
    context_.TryCancel();
    return absl::AbortedError("a stream of the crowd was refused");
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
};

using PresenceStream = HeldStream<presence::v1::ConnectRequest, presence::v1::ConnectResponse>;
using RoomStream = HeldStream<rooms::v1::EnterRoomRequest, rooms::v1::EnterRoomResponse>;

}  // namespace

std::string PersonName(int index) {
  return absl::StrFormat("person%05d", index);
}
std::string RoomName(int index) {
  return absl::StrFormat("room%05d", index);
}

class Crowd::Streams {
 public:
  explicit Streams(const Target& target)
      : channel_(MakeChannel(target)),
        presence_(Presence::NewStub(channel_)),
        rooms_(Rooms::NewStub(channel_)) {}

  absl::Status Add(const std::string& token, const std::string& room) {
    presence::v1::ConnectRequest hello;
    hello.mutable_hello()->mutable_status()->set_text("here for a benchmark");
    online_.push_back(std::make_unique<PresenceStream>(&Presence::Stub::Connect, *presence_, token));
    PARLOR_RETURN_IF_ERROR(online_.back()->Greet(hello).status());
    rooms::v1::EnterRoomRequest enter;
    enter.mutable_enter()->set_room(room);
    members_.push_back(std::make_unique<RoomStream>(&Rooms::Stub::EnterRoom, *rooms_, token));
    return members_.back()->Greet(enter).status();
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<Presence::Stub> presence_;
  const std::unique_ptr<Rooms::Stub> rooms_;
  std::vector<std::unique_ptr<PresenceStream>> online_;
  std::vector<std::unique_ptr<RoomStream>> members_;
};

Crowd::~Crowd() = default;

absl::StatusOr<std::unique_ptr<Crowd>> Crowd::Gather(const Target& target, const SharedData& data,
                                                     int count) {
  std::unique_ptr<Crowd> crowd(new Crowd());
  PARLOR_RETURN_IF_ERROR(crowd->MakeRooms(target, data, count));
  for (int i = 0; i < count; ++i) {
    if (i % kPeoplePerConnection == 0) crowd->connections_.push_back(std::make_unique<Streams>(target));
    PARLOR_RETURN_IF_ERROR(crowd->connections_.back()->Add(data.AccessToken(PersonName(i)), RoomName(i)));
  }
  return crowd;
}

absl::Status Crowd::MakeRooms(const Target& target, const SharedData& data, int count) {
  const auto stub = Rooms::NewStub(MakeChannel(target));
  const std::string token = data.AccessToken("owner");
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext context;
    AddToken(context, token);
    rooms::v1::CreateRoomRequest request;
    request.set_name(RoomName(i));
    request.set_topic(absl::StrCat("What people talk about in room ", i));
    rooms::v1::CreateRoomResponse response;
    PARLOR_RETURN_IF_ERROR(FromGrpc(stub->CreateRoom(&context, request, &response)));
  }
  return absl::OkStatus();
}

}  // namespace parlor::bench
