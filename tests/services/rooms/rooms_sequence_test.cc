// What a member is answered and what it is told, over real gRPC: whoever was made to leave is never answered
// to be gone before it was told how. The test holds the sequence of changes up, as a busy process does.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"
#include "services/common/rpc/server.h"
#include "services/rooms/rooms_service.h"
#include "tests/services/rooms/rooms_world.h"

namespace parlor::rooms {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using Frame = v1::EnterRoomResponse;
using Kind = v1::MemberChange;

// The service over a world whose directory the test can reach.
class RoomsSequenceTest : public ::testing::Test {
 protected:
  RoomsSequenceTest() {
    world_.auth_keys.Set({{"auth", auth_key_.public_key()}});
    service::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.insecure = true;
    auto server = service::Server::Start(options, {{&service_, v1::Rooms::service_full_name()}});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Rooms::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
    nlohmann::json claims = {{"iss", testing::kServerId}, {"sub", "olga"}, {"dev", "olga-phone"}};
    SetTimeClaim(claims, "iat", world_.clock.Now());
    SetTimeClaim(claims, "exp", world_.clock.Now() + absl::Hours(1));
    context_.AddMetadata("authorization", "Bearer " + SignJwt(auth_key_, "auth", kAccessTokenType, claims));
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    world_.Create("olga", "den");
  }
  ~RoomsSequenceTest() override {
    if (removal_.joinable()) removal_.join();
    context_.TryCancel();
    if (olga_ != nullptr) olga_->Finish();
    server_.reset();
  }

  // Olga's stream is open, and bob is in the room.
  void EnterBoth() {
    olga_ = stub_->EnterRoom(&context_);
    v1::EnterRoomRequest enter;
    enter.mutable_enter()->set_room("den");
    olga_->Write(enter);
    Frame frame;
    ASSERT_TRUE(olga_->Read(&frame));
    ASSERT_TRUE(frame.has_entered()) << frame.ShortDebugString();
    bob_ = world_.Enter("bob", "den");
    ReadUntil([](const Frame& joined) { return joined.member().kind() == Kind::KIND_JOINED; });
    heard_.clear();
  }

  // Returns once the server has taken in the question.
  void AskForBob() {
    v1::EnterRoomRequest frame;
    frame.mutable_introduce()->set_user("bob");
    olga_->Write(frame);
    frame.mutable_heartbeat();
    olga_->Write(frame);
    ReadUntil([](const Frame& answer) { return answer.has_heartbeat(); });
  }
  // Has bob removed, on a thread that may wait for the sequence, and returns once he has lost his seat.
  void Start(std::function<absl::Status()> remove) {
    const std::string room = bob_->entered().room().id();
    removal_ = std::thread([remove = std::move(remove)] { EXPECT_TRUE(remove().ok()); });
    while (world_.directory.Find(room, "bob").has_value()) std::this_thread::yield();
  }
  // How bob left, and the answer, in the order in which olga heard of them.
  const std::vector<std::string>& HeardOfBob() {
    if (heard_.size() < 2) ReadUntil([this](const Frame&) { return heard_.size() >= 2; });
    return heard_;
  }

  testing::RoomsWorld world_;

 private:
  void ReadUntil(const std::function<bool(const Frame&)>& wanted) {
    Frame frame;
    do {
      ASSERT_TRUE(olga_->Read(&frame)) << "the stream ended";
      if (frame.introduction().user() == "bob") heard_.push_back("introduced");
      if (frame.member().member().user() == "bob") heard_.push_back(Word(frame.member().kind()));
    } while (!wanted(frame));
  }

  static std::string Word(Kind::Kind kind) {
    switch (kind) {
      case Kind::KIND_LEFT:
        return "left";
      case Kind::KIND_KICKED:
        return "kicked";
      case Kind::KIND_BANNED:
        return "banned";
      default:
        return Kind::Kind_Name(kind);
    }
  }

  RoomsServiceParts Parts() {
    RoomsServiceParts parts;
    parts.call = {&world_.clock, &tokens_, nullptr, nullptr};
    parts.session = {{{}, &world_.clock, &monitor_}, &tokens_, world_.hub.get(), &sessions_};
    parts.keys = world_.signing_keys.get();
    parts.pool = &world_.pool;
    parts.admin = world_.admin.get();
    return parts;
  }

  const PrivateKey auth_key_ = PrivateKey::Generate();
  service::TokenVerifier tokens_{&world_.auth_keys, &world_.revocations, {.issuer = testing::kServerId}};
  service::HeartbeatMonitor monitor_;
  MemberSessions sessions_{{}};
  RoomsService service_{Parts()};
  std::unique_ptr<service::Server> server_;
  std::unique_ptr<v1::Rooms::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::EnterRoomRequest, Frame>> olga_;
  std::shared_ptr<testing::FakeStream> bob_;
  std::thread removal_;
  std::vector<std::string> heard_;  // of bob, by olga
};

TEST_F(RoomsSequenceTest, WhoAsksForTheKickedHearsOfTheKickFirst) {
  EnterBoth();
  world_.InSequence([this] {
    Start([this] { return world_.admin->Kick("olga", "den", "bob"); });  // told once this callback returns
    AskForBob();
  });
  EXPECT_THAT(HeardOfBob(), ElementsAre("kicked", "left"));
}

TEST_F(RoomsSequenceTest, WhoAsksForTheBannedHearsOfTheBanFirst) {
  EnterBoth();
  world_.InSequence([this] {
    Start([this] { return world_.admin->Ban("olga", "den", "bob"); });
    AskForBob();
  });
  EXPECT_THAT(HeardOfBob(), ElementsAre("banned", "left"));
}

TEST_F(RoomsSequenceTest, AlsoWhoAskedJustBeforeTheKick) {
  EnterBoth();
  world_.InSequence([this] {
    AskForBob();
    Start([this] { return world_.admin->Kick("olga", "den", "bob"); });
  });
  EXPECT_THAT(HeardOfBob(), AnyOf(ElementsAre("kicked", "left"), ElementsAre("kicked", "introduced"),
                                  ElementsAre("introduced", "kicked")));
}

}  // namespace
}  // namespace parlor::rooms
