// The rooms service as it ships, on a free loopback port, and the people who use it. Time is a manual clock;
// whatever has to happen is waited for, and a test that waits in vain ends by a deadline.
#ifndef PARLOR_TESTS_SERVICES_ROOMS_ROOMS_SERVER_H_
#define PARLOR_TESTS_SERVICES_ROOMS_ROOMS_SERVER_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/crypto/key.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"
#include "prometheus/registry.h"
#include "services/common/key_set.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/token_verifier.h"
#include "services/rooms/rooms_module.h"
#include "tests/services/rooms/server_id.h"

namespace parlor::rooms::testing {

class RoomsServer {
 public:
  // What the tests do not set is small and quick. The database's directory is made, and removed by the
  // server.
  static RoomsOptions DefaultOptions();

  explicit RoomsServer(const RoomsOptions& options = DefaultOptions());
  ~RoomsServer();

  // Stops, and starts anew on the same data and the same port.
  void Restart();
  void Drain() { server_->Drain(absl::Seconds(5)); }

  // An access token of auth.
  std::string Token(const std::string& user, const std::string& device,
                    absl::Duration lifetime = absl::Hours(24)) const;
  void Revoke(const std::string& device);

  // Over a connection of its own.
  std::unique_ptr<v1::Rooms::Stub> NewStub() const;

  ManualClock clock;

 private:
  void Start(const std::string& listen);

  RoomsOptions options_;
  const PrivateKey auth_key_;
  service::KeySet auth_keys_;
  service::Revocations revocations_;
  int revocations_version_ = 0;
  std::unique_ptr<service::TokenVerifier> tokens_;
  std::unique_ptr<prometheus::Registry> registry_;
  std::unique_ptr<RoomsModule> module_;
  std::unique_ptr<service::Server> server_;
};

// One device of one person.
class Person {
 public:
  Person(RoomsServer& server, const std::string& user, const std::string& device = "");

  grpc::Status Create(const v1::CreateRoomRequest& request);
  grpc::Status Create(const std::string& room, bool stage = false);
  v1::ListRoomsResponse List(const v1::ListRoomsRequest& request);

  // Any unary method: Call(&Stub::Kick, request).
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::Rooms::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response = nullptr) {
    grpc::ClientContext context;
    Prepare(context);
    Response ignored;
    return (stub_.get()->*method)(&context, request, response == nullptr ? &ignored : response);
  }
  grpc::Status Kick(const std::string& room, const std::string& user);
  grpc::Status Ban(const std::string& room, const std::string& user);
  grpc::Status Unban(const std::string& room, const std::string& user);
  grpc::Status Invite(const std::string& room, const std::string& user);
  grpc::Status SetRole(const std::string& room, const std::string& user, v1::Role role);
  grpc::Status SetTopic(const std::string& room, const std::string& topic);
  grpc::Status RaiseHand(const std::string& room, bool raised);
  grpc::Status Close(const std::string& room);

  void Prepare(grpc::ClientContext& context) const;

  v1::Rooms::Stub& stub() { return *stub_; }
  std::string token;

 private:
  const std::unique_ptr<v1::Rooms::Stub> stub_;
};

// One EnterRoom stream.
class Visit {
 public:
  using Frame = v1::EnterRoomResponse;

  // Sends Enter; does not wait for the answer.
  Visit(Person& person, const std::string& room, const std::string& password = "", bool takeover = false);
  // Sends nothing.
  explicit Visit(Person& person);
  // Cancels what is still open: as a lost connection does.
  ~Visit();

  bool Write(const v1::EnterRoomRequest& frame) { return stream_->Write(frame); }
  // False: the stream has ended.
  bool Read(Frame& frame) { return stream_->Read(&frame); }
  // The first frame, which is Entered; the test fails without one.
  v1::Entered Entered();
  // Reads on until `wanted`; the last frame read. The test fails if the stream ends before.
  Frame WaitFor(const std::function<bool(const Frame&)>& wanted);
  // Reads on to the end.
  grpc::Status End();
  void Leave();
  void Break() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::EnterRoomRequest, v1::EnterRoomResponse>> stream_;
  bool finished_ = false;
};

// Where most stories begin: olga made #den and is in it, bob is still outside.
struct Den {
  Den();

  RoomsServer server;
  Person olga;
  Person bob;
  std::optional<Visit> hers;
};

// For WaitFor: a change of this person.
std::function<bool(const v1::EnterRoomResponse&)> Change(v1::MemberChange::Kind kind,
                                                         const std::string& user);

}  // namespace parlor::rooms::testing

#endif  // PARLOR_TESTS_SERVICES_ROOMS_ROOMS_SERVER_H_
