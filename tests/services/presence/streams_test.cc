// Connect over real gRPC: coming, going, and everything that must not happen on a stream.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/presence/presence_server.h"

namespace parlor::presence {
namespace {

using ::testing::SizeIs;

v1::Hello Watching(const std::vector<std::string>& people) {
  v1::Hello hello;
  hello.mutable_watch()->Assign(people.begin(), people.end());
  return hello;
}

v1::ConnectRequest StatusFrame(v1::Availability availability, const std::string& text = "") {
  v1::ConnectRequest frame;
  frame.mutable_status()->set_availability(availability);
  frame.mutable_status()->set_text(text);
  return frame;
}

v1::ConnectRequest GoodbyeFrame() {
  v1::ConnectRequest frame;
  frame.mutable_goodbye();
  return frame;
}

v1::ConnectRequest RenewalFrame(const std::string& token) {
  v1::ConnectRequest frame;
  frame.mutable_renew_token()->set_access_token(token);
  return frame;
}

TEST(StreamsTest, AWelcomeTellsAllThatTheClientNeeds) {
  PresenceServer server;
  ASSERT_TRUE(server.revocations().Update(server.auth().Revocations(1, {"gone"}), server.clock().Now()).ok());
  const auto bob = server.Connect("bob");
  v1::Hello hello = Watching({"bob", "cid"});
  hello.set_listen_port(7000);
  hello.add_addresses()->set_ip("8.8.8.8");
  const auto stream = server.Open("ann");
  stream->SendHello(hello);
  const v1::ConnectResponse first = stream->Next();
  ASSERT_TRUE(first.has_welcome());
  const v1::Welcome& welcome = first.welcome();
  EXPECT_THAT(welcome.session(), SizeIs(26));
  EXPECT_EQ(welcome.heartbeat_ms(), 5000);
  EXPECT_EQ(welcome.server_time_ms(), absl::ToUnixMillis(server.clock().Now()));
  EXPECT_EQ(welcome.observed_ip(), "127.0.0.1");
  ASSERT_THAT(welcome.people(), SizeIs(1));
  EXPECT_EQ(welcome.people(0).user(), "bob");
  EXPECT_EQ(welcome.revocations(), server.revocations().token());
  ASSERT_THAT(welcome.addresses().addresses(), SizeIs(1));
  EXPECT_EQ(welcome.addresses().addresses(0).port(), 7000u);
  EXPECT_THAT(welcome.addresses().refused(), SizeIs(1));
}

TEST(StreamsTest, AHeartbeatGivesTheClock) {
  PresenceServer server;
  const auto ann = server.Connect("ann");
  v1::ConnectRequest frame;
  frame.mutable_heartbeat()->set_client_time_ms(-5);
  ann->Send(frame);
  const v1::ConnectResponse answer = ann->Next();
  ASSERT_TRUE(answer.has_heartbeat());
  EXPECT_EQ(answer.heartbeat().client_time_ms(), -5);
  EXPECT_EQ(answer.heartbeat().server_time_ms(), absl::ToUnixMillis(server.clock().Now()));
}

TEST(StreamsTest, OnlyAsManyHeartbeatsAreAnsweredAsWerePromised) {
  PresenceServer server({}, PaceOptions());
  const auto ann = server.Open("ann");
  ann->SendHello({});
  EXPECT_EQ(ann->Next().welcome().answer_ms(), 30'000);
  v1::ConnectRequest frame;
  for (int seconds = 5; seconds <= 60; seconds += 5) {
    server.clock().Advance(absl::Seconds(5));
    frame.mutable_heartbeat()->set_client_time_ms(seconds);
    ann->Send(frame);
    // Told in the same order: what has been answered until now has arrived before it.
    ann->Send(StatusFrame(seconds % 2 == 0 ? v1::AVAILABILITY_AWAY : v1::AVAILABILITY_ONLINE));
    server.WaitUntilSeenAs("ann", seconds % 2 == 0 ? v1::AVAILABILITY_AWAY : v1::AVAILABILITY_ONLINE);
  }
  for (const int answered : {5, 30, 55}) {
    const v1::ConnectResponse answer = ann->Next();
    EXPECT_EQ(answer.heartbeat().client_time_ms(), answered);
    EXPECT_EQ(answer.heartbeat().heartbeat_ms(), 5000);
  }
}

TEST(StreamsTest, NoStreamWithoutAValidToken) {
  PresenceServer server;
  const parlor::testing::TokenMaker stranger;
  const absl::Time now = server.clock().Now();
  const std::string tokens[] = {"", "garbage", stranger.Access("ann", "phone", now + absl::Minutes(10)),
                                server.auth().Access("ann", "phone", now - absl::Minutes(1)),
                                server.auth().Revocations(1, {})};
  for (const std::string& token : tokens) {
    TestStream stream(server.stub(), token);
    stream.SendHello();
    EXPECT_EQ(stream.End(), grpc::StatusCode::UNAUTHENTICATED) << token;
  }
}

TEST(StreamsTest, OfSixteenDevicesOneWins) {
  PresenceServer server;
  std::vector<std::unique_ptr<TestStream>> streams;
  for (int i = 0; i < 16; ++i) streams.push_back(server.Open("ann", absl::StrCat("device", i)));
  std::vector<std::thread> threads;
  for (const auto& stream : streams) threads.emplace_back([&stream] { stream->SendHello(); });
  for (std::thread& thread : threads) thread.join();
  int refused = 0;
  // The winner's stream does not end, so that the losers are waited for in turn.
  TestStream* winner = nullptr;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (refused != 15 && absl::Now() < deadline) {
    refused = 0;
    for (const auto& stream : streams) {
      if (stream->ended()) {
        EXPECT_EQ(stream->End(), grpc::StatusCode::ALREADY_EXISTS);
        ++refused;
      } else {
        winner = stream.get();
      }
    }
  }
  ASSERT_EQ(refused, 15);
  EXPECT_TRUE(winner->Next().has_welcome());
  winner->Heartbeat();
}

TEST(StreamsTest, TakeoverEndsTheOlderDeviceAndNobodyFlaps) {
  PresenceServer server;
  const auto watcher = server.Connect("cid", "phone", Watching({"ann"}));
  const auto phone = server.Connect("ann", "phone");
  EXPECT_EQ(watcher->NextPresence(), "ann=ONLINE");
  v1::Hello takeover;
  takeover.set_takeover(true);
  const auto laptop = server.Connect("ann", "laptop", takeover);
  EXPECT_EQ(phone->End(), grpc::StatusCode::ABORTED);
  laptop->Heartbeat();
  server.clock().Advance(absl::Seconds(10));
  laptop->Send(StatusFrame(v1::AVAILABILITY_BUSY));
  EXPECT_EQ(watcher->NextPresence(), "ann=BUSY");
}

TEST(StreamsTest, TheSameDeviceReplacesItsOlderStreamSilently) {
  PresenceServer server;
  const auto watcher = server.Connect("cid", "phone", Watching({"ann"}));
  const auto older = server.Connect("ann");
  EXPECT_EQ(watcher->NextPresence(), "ann=ONLINE");
  const auto newer = server.Connect("ann");
  EXPECT_EQ(older->End(), grpc::StatusCode::CANCELLED);
  newer->Send(StatusFrame(v1::AVAILABILITY_AWAY));
  EXPECT_EQ(watcher->NextPresence(), "ann=AWAY");
}

TEST(StreamsTest, TheSilentOneIsRemovedAndNobodyElse) {
  PresenceServer server;
  const auto alive = server.Connect("ann", "phone", Watching({"bob", "cid"}));
  const auto also_alive = server.Connect("cid");
  const auto silent = server.Connect("bob");
  EXPECT_EQ(alive->NextPresence(), "cid=ONLINE");
  EXPECT_EQ(alive->NextPresence(), "bob=ONLINE");
  for (int i = 0; i < 3; ++i) {
    server.clock().Advance(absl::Seconds(5));
    if (i < 2) alive->Heartbeat();
    also_alive->Heartbeat();
  }
  EXPECT_EQ(silent->End(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(alive->NextPresence(), "bob=RECONNECTING");
  for (int i = 0; i < 4; ++i) {
    alive->Heartbeat();
    also_alive->Heartbeat();
    server.clock().Advance(absl::Seconds(5));
  }
  server.WaitUntilSeenAs("bob", v1::AVAILABILITY_OFFLINE);
  alive->Heartbeat();
  also_alive->Heartbeat();
}

TEST(StreamsTest, AGoodbyeIsOfflineAtOnce) {
  PresenceServer server;
  const auto watcher = server.Connect("cid", "phone", Watching({"ann"}));
  const auto ann = server.Connect("ann");
  EXPECT_EQ(watcher->NextPresence(), "ann=ONLINE");
  ann->Send(GoodbyeFrame());
  EXPECT_EQ(ann->End(), grpc::StatusCode::OK);
  EXPECT_EQ(watcher->NextPresence(), "ann=OFFLINE");
}

TEST(StreamsTest, ALostStreamIsReconnectingAndThenBackOrOffline) {
  PresenceServer server;
  const auto watcher = server.Connect("cid", "phone", Watching({"ann"}));
  auto ann = server.Connect("ann");
  EXPECT_EQ(watcher->NextPresence(), "ann=ONLINE");
  ann->Cancel();
  EXPECT_EQ(watcher->NextPresence(), "ann=RECONNECTING");
  ann = server.Connect("ann");
  EXPECT_EQ(watcher->NextPresence(), "ann=ONLINE");
  ann.reset();
  EXPECT_EQ(watcher->NextPresence(), "ann=RECONNECTING");
  for (int i = 0; i < 4; ++i) {
    watcher->Heartbeat();
    server.clock().Advance(absl::Seconds(5));
  }
  EXPECT_EQ(watcher->NextPresence(), "ann=OFFLINE");
}

TEST(StreamsTest, AnotherDeviceWaitsForTheGrace) {
  PresenceServer server;
  server.Connect("ann", "phone")->Cancel();
  server.WaitUntilSeenAs("ann", v1::AVAILABILITY_RECONNECTING);
  const auto early = server.Open("ann", "laptop");
  early->SendHello();
  EXPECT_EQ(early->End(), grpc::StatusCode::ALREADY_EXISTS);
  server.clock().Advance(absl::Seconds(20));
  server.WaitUntilSeenAs("ann", v1::AVAILABILITY_OFFLINE);
  server.Connect("ann", "laptop")->Heartbeat();
}

TEST(StreamsTest, FramesInTheWrongOrderEndTheStreamWithTheReason) {
  PresenceServer server;
  v1::ConnectRequest heartbeat, signal, empty, bad_status, bad_watch;
  heartbeat.mutable_heartbeat();
  signal.mutable_signal()->set_user("bob");
  bad_status.mutable_status()->set_availability(v1::AVAILABILITY_OFFLINE);
  bad_watch.mutable_watch()->add_add(std::string(10'000, 'x'));
  for (const auto& first : {heartbeat, signal, empty, GoodbyeFrame(), StatusFrame(v1::AVAILABILITY_AWAY)}) {
    const auto stream = server.Open("ann");
    stream->Send(first);
    EXPECT_EQ(stream->End(), grpc::StatusCode::INVALID_ARGUMENT) << first.ShortDebugString();
  }
  v1::ConnectRequest hello;
  hello.mutable_hello();
  for (const auto& later :
       {hello, bad_status, bad_watch, StatusFrame(v1::AVAILABILITY_AWAY, std::string(81, 'x'))}) {
    const auto stream = server.Connect("ann");
    stream->Send(later);
    EXPECT_EQ(stream->End(), grpc::StatusCode::INVALID_ARGUMENT) << later.ShortDebugString();
  }
  const auto tolerant = server.Connect("ann");
  tolerant->Send(empty);  // a frame of a newer protocol
  tolerant->Heartbeat();
}

TEST(StreamsTest, AStreamThatSaysNothingIsEnded) {
  PresenceServer server;
  const auto mute = server.Open("ann");
  // The call has to have begun before the time passes.
  server.Connect("bob")->Heartbeat();
  server.clock().Advance(absl::Seconds(10));
  EXPECT_EQ(mute->End(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(StreamsTest, FramesThatComeTooFastEndTheStream) {
  PresenceServer server;
  const auto ann = server.Connect("ann");
  v1::ConnectRequest frame;
  frame.mutable_heartbeat();
  for (int i = 0; i < 200; ++i) ann->Send(frame);
  EXPECT_EQ(ann->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(StreamsTest, OnePersonOpensABoundedNumberOfStreams) {
  PresenceOptions options;
  options.sessions.per_user = 4;
  PresenceServer server(options);
  std::vector<std::unique_ptr<TestStream>> streams;
  for (int i = 0; i < 5; ++i) streams.push_back(server.Open("ann"));
  const auto ended = [&] {
    return std::count_if(streams.begin(), streams.end(), [](const auto& stream) { return stream->ended(); });
  };
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (ended() == 0 && absl::Now() < deadline) std::this_thread::yield();
  server.Connect("bob")->Heartbeat();
  ASSERT_EQ(ended(), 1);
  for (const auto& stream : streams) {
    if (stream->ended()) {
      EXPECT_EQ(stream->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
  }
}

// ---- tokens and revocation

PresenceOptions SlowHeartbeats() {
  PresenceOptions options;
  options.stream.heartbeat = absl::Minutes(30);
  return options;
}

TEST(StreamsTest, AFreshTokenInBandKeepsTheStream) {
  PresenceServer server(SlowHeartbeats());
  const auto ann = server.Connect("ann");
  const int64_t ends = absl::ToUnixMillis(server.clock().Now() + absl::Minutes(10));
  server.clock().Advance(absl::Minutes(9));
  const v1::ConnectResponse warning = ann->Next();
  ASSERT_TRUE(warning.has_token_ends());
  EXPECT_EQ(warning.token_ends().at_ms(), ends);
  ann->Send(RenewalFrame(server.Token("ann")));
  ann->Heartbeat();
  server.clock().Advance(absl::Minutes(5));
  ann->Heartbeat();
  server.clock().Advance(absl::Minutes(4));
  EXPECT_TRUE(ann->Next().has_token_ends());
}

TEST(StreamsTest, WithoutAFreshTokenTheStreamEnds) {
  PresenceServer server(SlowHeartbeats());
  const auto ann = server.Connect("ann");
  server.clock().Advance(absl::Minutes(10));
  EXPECT_EQ(ann->End(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST(StreamsTest, SomebodyElsesTokenDoesNotRenew) {
  PresenceServer server;
  const parlor::testing::TokenMaker stranger;
  const std::string tokens[] = {"", "garbage", server.Token("bob"), server.Token("ann", "laptop"),
                                stranger.Access("ann", "phone", server.clock().Now() + absl::Minutes(10))};
  for (const std::string& token : tokens) {
    const auto ann = server.Connect("ann");
    ann->Send(RenewalFrame(token));
    EXPECT_EQ(ann->End(), grpc::StatusCode::UNAUTHENTICATED) << token;
  }
}

TEST(StreamsTest, ARevokedDeviceIsEndedAndAllOthersAreTold) {
  PresenceServer server;
  const auto ann = server.Connect("ann", "ann's phone");
  const auto bob = server.Connect("bob", "bob's phone");
  const std::string list = server.auth().Revocations(7, {"ann's phone"});
  ASSERT_TRUE(server.revocations().Update(list, server.clock().Now()).ok());
  const v1::ConnectResponse told = bob->Next();
  ASSERT_TRUE(told.has_revocations());
  EXPECT_EQ(told.revocations().revocations(), list);
  EXPECT_EQ(ann->End(), grpc::StatusCode::UNAUTHENTICATED);
  bob->Heartbeat();
  const auto again = server.Open("ann", "ann's phone");
  again->SendHello();
  EXPECT_EQ(again->End(), grpc::StatusCode::UNAUTHENTICATED);
  // The device that is gone for good does not keep the next one out.
  server.Connect("ann", "ann's new phone")->Heartbeat();
}

// ---- from one to another

TEST(StreamsTest, SignalsArePassedOnOrRefusedWithTheReason) {
  PresenceServer server;
  const auto ann = server.Connect("ann", "laptop");
  const auto bob = server.Connect("bob");
  const auto signal = [&](const std::string& to, const std::string& payload) {
    v1::ConnectRequest frame;
    frame.mutable_signal()->set_user(to);
    frame.mutable_signal()->set_payload(payload);
    ann->Send(frame);
  };
  signal("bob", "hello");
  const v1::Signal got = bob->Next().signal();
  EXPECT_EQ(got.user(), "ann");
  EXPECT_EQ(got.device(), "laptop");
  EXPECT_EQ(got.payload(), "hello");
  signal("nobody", "hello");
  EXPECT_EQ(ann->Next().signal_refused().reason(), v1::SignalRefused::REASON_OFFLINE);
  signal("bob", std::string(4097, 'x'));
  const v1::SignalRefused refused = ann->Next().signal_refused();
  EXPECT_EQ(refused.reason(), v1::SignalRefused::REASON_TOO_LARGE);
  EXPECT_EQ(refused.user(), "bob");
  for (int i = 0; i < 20; ++i) signal("bob", "again");
  EXPECT_EQ(ann->Next().signal_refused().reason(), v1::SignalRefused::REASON_TOO_FAST);
}

TEST(StreamsTest, TheBlockedSeeNothingAndAreAnsweredAsOffline) {
  PresenceServer server;
  const auto eve = server.Connect("eve", "phone", Watching({"bob"}));
  v1::Hello hello;
  hello.add_block("eve");
  hello.add_accept("eve");
  hello.set_listen_port(7000);
  const auto bob = server.Connect("bob", "phone", hello);
  v1::ConnectRequest frame;
  frame.mutable_signal()->set_user("bob");
  eve->Send(frame);
  EXPECT_EQ(eve->Next().signal_refused().reason(), v1::SignalRefused::REASON_OFFLINE);
  const v1::LookupResponse seen = server.Lookup("eve", "bob");
  EXPECT_EQ(seen.presence().status().availability(), v1::AVAILABILITY_OFFLINE);
  EXPECT_THAT(seen.addresses(), SizeIs(0));
}

// ---- slow and many

TEST(StreamsTest, ASlowReaderDelaysNobodyAndIsEnded) {
  PresenceOptions options;
  options.stream.incoming = {absl::Microseconds(1), 1'000'000};
  options.stream.queued_bytes = 64 << 10;
  PresenceServer server(options);
  const auto slow = server.Open("slow", "phone", TestStream::Reading::kLater);
  slow->SendHello(Watching({"bob"}));
  server.WaitUntilSeenAs("slow", v1::AVAILABILITY_ONLINE);
  const auto quick = server.Connect("ann", "phone", Watching({"bob", "slow"}));
  const auto bob = server.Connect("bob");
  EXPECT_EQ(quick->NextPresence(), "bob=ONLINE");
  int told = 0;
  bool slow_gone = false;
  // What gRPC and the kernel buffer for the slow one is finite; the quick one gets every change meanwhile.
  for (int i = 0; i < 20'000 && !slow_gone; ++i) {
    bob->Send(StatusFrame(i % 2 == 0 ? v1::AVAILABILITY_AWAY : v1::AVAILABILITY_BUSY, std::string(80, 'x')));
    const v1::ConnectResponse frame = quick->Next();
    ASSERT_TRUE(frame.has_presence());
    if (frame.presence().user() == "slow") {
      EXPECT_EQ(frame.presence().status().availability(), v1::AVAILABILITY_RECONNECTING);
      slow_gone = true;
    } else {
      ++told;
    }
  }
  EXPECT_TRUE(slow_gone);
  EXPECT_GT(told, 100);
  slow->StartReading();
  EXPECT_EQ(slow->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(StreamsTest, WhoNeverReadsIsCutAndDoesNotHoldUpTheServersEnd) {
  PresenceOptions options;
  options.stream.incoming = {absl::Microseconds(1), 1'000'000};
  options.stream.queued_bytes = 16 << 10;
  PresenceServer server(options);
  const auto stuck = server.Open("stuck", "phone", TestStream::Reading::kLater);
  stuck->SendHello(Watching({"bob"}));
  server.WaitUntilSeenAs("stuck", v1::AVAILABILITY_ONLINE);
  const auto bob = server.Connect("bob", "phone", Watching({"stuck"}));
  v1::Availability seen = v1::AVAILABILITY_ONLINE;
  for (int i = 0; i < 20'000 && seen == v1::AVAILABILITY_ONLINE; ++i) {
    bob->Send(StatusFrame(i % 2 == 0 ? v1::AVAILABILITY_AWAY : v1::AVAILABILITY_BUSY, std::string(80, 'x')));
    if (i % 100 != 0) continue;
    bob->Heartbeat();
    seen = server.Lookup("ann", "stuck").presence().status().availability();
  }
  ASSERT_EQ(seen, v1::AVAILABILITY_RECONNECTING);
  bob->Send(GoodbyeFrame());
  EXPECT_EQ(bob->End(), grpc::StatusCode::OK);
  server.clock().Advance(absl::Seconds(5));  // the linger
  const absl::Time start = absl::Now();
  server.server().Drain(absl::Seconds(60));
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
}

// ---- drain

TEST(StreamsTest, ADrainSaysGoodbyeAndMakesNobodyOffline) {
  PresenceServer server;
  std::vector<std::unique_ptr<TestStream>> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(server.Connect(absl::StrCat("user", i)));
  const auto mute = server.Open("mute");
  server.module().Drain(absl::Now());
  std::map<int64_t, int> delays;
  for (const auto& stream : streams) {
    const v1::ConnectResponse frame = stream->Next();
    ASSERT_TRUE(frame.has_goodbye());
    EXPECT_GE(frame.goodbye().retry_after_ms(), 200);
    EXPECT_LE(frame.goodbye().retry_after_ms(), 5000);
    ++delays[frame.goodbye().retry_after_ms()];
    EXPECT_EQ(stream->End(), grpc::StatusCode::UNAVAILABLE);
  }
  EXPECT_GT(delays.size(), 10u);
  EXPECT_EQ(mute->End(), grpc::StatusCode::UNAVAILABLE);
  server.WaitUntilSeenAs("user7", v1::AVAILABILITY_RECONNECTING);
  const auto late = server.Open("ann");
  late->SendHello();
  EXPECT_EQ(late->End(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace parlor::presence
