// The EnterRoom stream over real gRPC: how it lives, and how it ends.
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tests/services/rooms/rooms_server.h"

namespace parlor::rooms {
namespace {

using grpc::StatusCode;
using testing::Change;
using testing::Den;
using testing::Person;
using testing::RoomsServer;
using testing::Visit;

v1::EnterRoomRequest Heartbeat() {
  v1::EnterRoomRequest frame;
  frame.mutable_heartbeat();
  return frame;
}

v1::EnterRoomRequest RenewToken(const std::string& token) {
  v1::EnterRoomRequest frame;
  frame.mutable_renew_token()->set_access_token(token);
  return frame;
}

bool IsHeartbeat(const v1::EnterRoomResponse& frame) {
  return frame.has_heartbeat();
}

TEST(RoomsStream, ALostStreamIsReconnectingThenGone) {
  Den den;
  {
    Visit his(den.bob, "den");
    his.Entered();
  }
  den.hers->WaitFor(Change(v1::MemberChange::KIND_RECONNECTING, "bob"));
  EXPECT_EQ(den.olga.List({}).rooms(0).members(), 2u);
  {
    Visit back(den.bob, "den");
    back.Entered();
    den.hers->WaitFor(Change(v1::MemberChange::KIND_BACK, "bob"));
  }
  den.hers->WaitFor(Change(v1::MemberChange::KIND_RECONNECTING, "bob"));
  den.server.clock.Advance(absl::Seconds(21));
  den.hers->WaitFor(Change(v1::MemberChange::KIND_LEFT, "bob"));
  EXPECT_EQ(den.olga.List({}).rooms(0).members(), 1u);
}

TEST(RoomsStream, ALeaveIsAnsweredWithOkAndToldAtOnce) {
  Den den;
  Visit his(den.bob, "den");
  his.Entered();
  his.Leave();
  EXPECT_TRUE(his.End().ok());
  den.hers->WaitFor(Change(v1::MemberChange::KIND_LEFT, "bob"));
}

TEST(RoomsStream, AnswersQuestions) {
  Den den;
  Visit his(den.bob, "den");
  his.Entered();
  v1::EnterRoomRequest frame;
  frame.mutable_introduce()->set_user("olga");
  his.Write(frame);
  EXPECT_EQ(his.WaitFor([](const auto& got) { return got.has_introduction(); }).introduction().user(),
            "olga");
  frame.mutable_list_members()->set_page_size(10);
  his.Write(frame);
  EXPECT_EQ(his.WaitFor([](const auto& got) { return got.has_members(); }).members().members_size(), 2);
  his.Write(Heartbeat());
  EXPECT_EQ(his.WaitFor(IsHeartbeat).heartbeat().server_time_ms(),
            absl::ToUnixMillis(den.server.clock.Now()));
  his.Write(v1::EnterRoomRequest());  // of a later version, perhaps
  his.Write(Heartbeat());
  his.WaitFor(IsHeartbeat);
  frame.mutable_enter()->set_room("den");
  his.Write(frame);
  EXPECT_EQ(his.End().error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST(RoomsStream, TicketsAreRenewed) {
  RoomsServer server;
  Person olga(server, "olga");
  ASSERT_TRUE(olga.Create("den").ok());
  Visit hers(olga, "den");
  const v1::Entered entered = hers.Entered();
  server.clock.Advance(absl::Minutes(5));
  const auto renewed = hers.WaitFor([](const auto& frame) { return frame.has_ticket(); }).ticket();
  EXPECT_EQ(renewed.ticket_expires_ms(), entered.ticket_expires_ms() + 300'000);
  EXPECT_NE(renewed.ticket(), entered.ticket());
}

TEST(RoomsStream, SilenceEndsIt) {
  auto options = RoomsServer::DefaultOptions();
  options.stream.heartbeat = absl::Seconds(5);
  RoomsServer server(options);
  Person olga(server, "olga");
  ASSERT_TRUE(olga.Create("den").ok());
  Visit hers(olga, "den");
  EXPECT_EQ(hers.Entered().heartbeat_ms(), 5000);
  server.clock.Advance(absl::Seconds(14));
  hers.Write(Heartbeat());
  hers.WaitFor(IsHeartbeat);
  server.clock.Advance(absl::Seconds(14));
  hers.Write(Heartbeat());
  hers.WaitFor(IsHeartbeat);
  server.clock.Advance(absl::Seconds(16));
  EXPECT_EQ(hers.End().error_code(), StatusCode::DEADLINE_EXCEEDED);
}

TEST(RoomsStream, AnEmptyStreamIsNotHeldOpen) {
  RoomsServer server;
  Person olga(server, "olga");
  Visit silent(olga);
  // Time goes on until the server has seen the stream and thought of its end.
  absl::Notification ended;
  std::thread time([&] {
    while (!ended.WaitForNotificationWithTimeout(absl::Milliseconds(5)))
      server.clock.Advance(absl::Seconds(11));
  });
  EXPECT_EQ(silent.End().error_code(), StatusCode::DEADLINE_EXCEEDED);
  ended.Notify();
  time.join();
}

TEST(RoomsStream, NeedsAFreshTokenBeforeTheOldOneEnds) {
  RoomsServer server;
  Person olga(server, "olga");
  ASSERT_TRUE(olga.Create("den").ok());
  olga.token = server.Token("olga", "olga-phone", absl::Minutes(10));
  Visit hers(olga, "den");
  hers.Entered();
  server.clock.Advance(absl::Minutes(9) + absl::Seconds(30));
  hers.WaitFor([](const auto& frame) { return frame.has_token_ends(); });
  hers.Write(RenewToken(server.Token("olga", "olga-phone", absl::Minutes(10))));
  hers.Write(Heartbeat());
  hers.WaitFor(IsHeartbeat);
  server.clock.Advance(absl::Minutes(1));
  hers.Write(Heartbeat());
  hers.WaitFor(IsHeartbeat);
  server.clock.Advance(absl::Minutes(10));
  EXPECT_EQ(hers.End().error_code(), StatusCode::UNAUTHENTICATED);
}

TEST(RoomsStream, ATokenOfSomebodyElseEndsIt) {
  RoomsServer server;
  Person olga(server, "olga");
  ASSERT_TRUE(olga.Create("den").ok());
  for (const std::string& token :
       {server.Token("eve", "olga-phone"), server.Token("olga", "another"), std::string("garbage")}) {
    Visit hers(olga, "den");
    hers.Entered();
    hers.Write(RenewToken(token));
    EXPECT_EQ(hers.End().error_code(), StatusCode::UNAUTHENTICATED);
  }
}

TEST(RoomsStream, ARevokedDeviceIsOutAtOnce) {
  Den den;
  Visit his(den.bob, "den");
  his.Entered();
  den.server.Revoke("bob-phone");
  EXPECT_EQ(his.End().error_code(), StatusCode::UNAUTHENTICATED);
  den.hers->WaitFor(Change(v1::MemberChange::KIND_LEFT, "bob"));
  EXPECT_EQ(Visit(den.bob, "den").End().error_code(), StatusCode::UNAUTHENTICATED);
}

TEST(RoomsStream, FramesThatComeTooFastEndIt) {
  Den den;
  for (int i = 0; i < 200 && den.hers->Write(Heartbeat()); ++i) {
  }
  EXPECT_EQ(den.hers->End().error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST(RoomsStream, ADrainSaysGoodbyeAndComeBack) {
  Den den;
  std::thread drain([&] { den.server.Drain(); });
  const auto goodbye = den.hers->WaitFor([](const auto& frame) { return frame.has_goodbye(); }).goodbye();
  EXPECT_LE(goodbye.retry_after_ms(), 100);
  EXPECT_EQ(den.hers->End().error_code(), StatusCode::UNAVAILABLE);
  drain.join();
}

TEST(RoomsStream, ASlowReaderIsEndedAndDelaysNobody) {
  auto options = RoomsServer::DefaultOptions();
  options.stream.queued_frames = 64;
  options.stream.incoming = {absl::Microseconds(1), 1'000'000};
  RoomsServer server(options);
  Person olga(server, "olga");
  Person slow(server, "slow");
  Person quick(server, "quick");
  ASSERT_TRUE(olga.Create("den").ok());
  Visit slows(slow, "den");
  slows.Entered();
  Visit quicks(quick, "den");
  quicks.Entered();
  v1::EnterRoomRequest question;
  question.mutable_list_members();
  // It asks and asks, and reads no answer: HTTP/2 takes 64 KiB, the queue the rest, until it is full.
  std::thread asking([&] {
    for (int i = 0; i < 100'000 && slows.Write(question); ++i) {
    }
  });
  quicks.WaitFor(Change(v1::MemberChange::KIND_RECONNECTING, "slow"));
  ASSERT_TRUE(olga.SetTopic("den", "tea").ok());
  quicks.WaitFor([](const auto& frame) { return frame.has_room(); });
  asking.join();
  EXPECT_EQ(slows.End().error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace parlor::rooms
