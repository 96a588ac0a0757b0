// What a TcpLink promises to its owner: order, back-pressure, and clear ends.
#include "client/link/tcp_link.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TcpLinkTest : public TcpTest {
 protected:
  // Sends until the kernel's buffers on both sides and the queue are full and stay so; how many frames.
  size_t FillUntilStuck(Recorder& sender, const std::string& frame) {
    size_t sent = 0;
    size_t full = 0;
    do {
      while (sender.link->Send(frame).ok()) ++sent;
      full = sender.link->queued_bytes();
    } while (RunUntil(
        loop_, [&] { return sender.link->queued_bytes() < full; }, std::chrono::milliseconds(200)));
    return sent;
  }

  Person alice_{*this, "alice"};
  Person bob_{*this, "bob"};
};

TEST_F(TcpLinkTest, FramesArriveInOrderInBothDirections) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  std::vector<std::string> sent;
  for (int i = 0; i < 1000; ++i) {
    sent.push_back(std::to_string(i));
    ASSERT_TRUE(pair.dialler->link->Send(sent.back()).ok());
    ASSERT_TRUE(pair.acceptor->link->Send(sent.back()).ok());
  }
  ASSERT_TRUE(
      Until([&] { return pair.acceptor->frames.size() == 1000 && pair.dialler->frames.size() == 1001; }));
  EXPECT_EQ(pair.acceptor->frames, sent);
  sent.insert(sent.begin(), "hello");
  EXPECT_EQ(pair.dialler->frames, sent);
}

TEST_F(TcpLinkTest, FramesWaitForStart) {
  const Pair pair = Connect(alice_, bob_, "bob");
  ASSERT_TRUE(pair.acceptor->link->Send("early").ok());
  ASSERT_TRUE(Until([&] { return pair.acceptor->link->queued_bytes() == 0; }));
  pair.dialler->Start();
  EXPECT_THAT(pair.dialler->frames, IsEmpty()) << "a handler was called inside Start";
  ASSERT_TRUE(Until([&] { return pair.dialler->frames.size() == 2; }));
  EXPECT_THAT(pair.dialler->frames, ElementsAre("hello", "early"));
}

TEST_F(TcpLinkTest, BigFramesArriveWhole) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.acceptor->Start();
  for (const size_t size : {size_t{1}, size_t{16 * 1024 - 4}, size_t{64 * 1024 + 1}, kMaxFrameSize}) {
    std::string frame(size, 'x');
    for (size_t i = 0; i < size; i += 997) frame[i] = static_cast<char>(i);
    pair.acceptor->frames.clear();
    ASSERT_TRUE(pair.dialler->link->Send(frame).ok());
    ASSERT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
    EXPECT_TRUE(pair.acceptor->frames[0] == frame) << size;
  }
}

TEST_F(TcpLinkTest, FramesOfBadLengthAreTheSendersError) {
  const Pair pair = Connect(alice_, bob_, "bob");
  EXPECT_EQ(pair.dialler->link->Send("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pair.dialler->link->Send(std::string(kMaxFrameSize + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("fine").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
}

TEST_F(TcpLinkTest, AFrozenReaderFillsABoundedQueueAndDelaysNobody) {
  const Pair frozen = Connect(alice_, bob_, "bob");  // bob never starts this one
  const Pair lively = Connect(alice_, bob_, "bob");
  frozen.dialler->Start();
  lively.dialler->Start();
  lively.acceptor->Start();

  const std::string frame(10'000, 'x');
  const size_t sent = FillUntilStuck(*frozen.dialler, frame);
  EXPECT_EQ(frozen.dialler->link->Send(frame).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(frozen.dialler->link->queued_bytes(), kMaxQueuedBytes);

  ASSERT_TRUE(lively.dialler->link->Send("ping").ok());
  ASSERT_TRUE(Until([&] { return lively.acceptor->frames.size() == 1; })) << "another link was delayed";

  frozen.dialler->writable = 0;
  frozen.acceptor->Start();  // it thaws
  ASSERT_TRUE(Until([&] { return frozen.dialler->writable > 0; }));
  EXPECT_LT(frozen.dialler->link->queued_bytes(), kMaxQueuedBytes / 2);
  EXPECT_TRUE(frozen.dialler->link->Send("after").ok());
  ASSERT_TRUE(Until([&] { return frozen.acceptor->frames.size() == sent + 1; })) << "frames were lost";
  EXPECT_EQ(frozen.acceptor->frames.back(), "after");
  EXPECT_THAT(frozen.dialler->closed, IsEmpty());
}

TEST_F(TcpLinkTest, WritableIsToldOnceForEachRefusal) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  while (pair.dialler->link->Send(std::string(100'000, 'x')).ok()) {
  }
  ASSERT_TRUE(Until([&] { return pair.dialler->link->queued_bytes() == 0; }));
  EXPECT_EQ(pair.dialler->writable, 1);
  ASSERT_TRUE(pair.dialler->link->Send("small").ok());
  ASSERT_TRUE(Until([&] { return pair.acceptor->frames.back() == "small"; }));
  EXPECT_EQ(pair.dialler->writable, 1) << "nothing was refused since";
}

TEST_F(TcpLinkTest, CloseWritesWhatIsQueuedAndBothSidesHearOnceWhy) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(pair.dialler->link->Send(std::string(10'000, 'x')).ok());
  pair.dialler->link->Close();
  EXPECT_THAT(pair.dialler->closed, IsEmpty()) << "a handler was called inside Close";
  EXPECT_EQ(pair.dialler->link->Send("late").code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.acceptor->frames, SizeIs(300));
  EXPECT_THAT(pair.dialler->closed, ElementsAre(absl::OkStatus()));
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pair.acceptor->link->Send("late").code(), absl::StatusCode::kUnavailable);
  pair.acceptor->link->Close();
  pair.dialler->link->Close();
  EXPECT_FALSE(RunUntil(
      loop_, [&] { return pair.dialler->closed.size() + pair.acceptor->closed.size() > 2; },
      std::chrono::milliseconds(50)));
}

TEST_F(TcpLinkTest, AGoodbyeArrivesThoughTheOtherSideIsSending) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(pair.acceptor->link->Send(std::string(10'000, 'y')).ok());
  ASSERT_TRUE(pair.dialler->link->Send("goodbye").ok());
  pair.dialler->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("goodbye"));
  EXPECT_THAT(pair.dialler->closed, ElementsAre(absl::OkStatus()));
}

TEST_F(TcpLinkTest, BothMayCloseAtOnce) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link->Close();
  pair.acceptor->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.dialler->closed, ElementsAre(absl::OkStatus()));
  EXPECT_THAT(pair.acceptor->closed, ElementsAre(absl::OkStatus()));
}

TEST_F(TcpLinkTest, CloseDoesNotWaitForAFrozenReader) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  FillUntilStuck(*pair.dialler, std::string(100'000, 'x'));
  const absl::Duration start = loop_.Uptime();
  pair.dialler->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_THAT(loop_.Uptime() - start, ::testing::AllOf(::testing::Ge(TcpLink::kCloseDeadline),
                                                       ::testing::Lt(2 * TcpLink::kCloseDeadline)));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TcpLinkTest, DestroyingALinkClosesItWithoutAWordToItsOwner) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link.reset();
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.dialler->closed, IsEmpty());
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kDataLoss) << pair.acceptor->closed[0];
}

TEST_F(TcpLinkTest, ALinkThatEndedBeforeItWasStartedSaysSoThen) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.acceptor->link.reset();
  pair.dialler->Start();
  EXPECT_THAT(pair.dialler->closed, IsEmpty()) << "a handler was called inside Start";
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_THAT(pair.dialler->frames, ElementsAre("hello"));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kDataLoss);
}

TEST_F(TcpLinkTest, ALinkMayBeDestroyedByItsOwnHandlers) {
  const Pair pair = Connect(alice_, bob_, "bob");
  std::unique_ptr<Link>& link = pair.dialler->link;
  int frames = 0;
  link->Start({.on_frame =
                   [&](absl::string_view frame) {
                     const std::string before(frame);
                     ++frames;
                     link.reset();
                     EXPECT_EQ(frame, before) << "the frame is valid during the whole call";
                   },
               .on_writable = [] {},
               .on_closed = [](const absl::Status&) { FAIL() << "nobody wants to know"; }});
  ASSERT_TRUE(pair.acceptor->link->Send("second").ok());
  pair.acceptor->Start();
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty(); }));
  EXPECT_EQ(frames, 1);

  const Pair other = Connect(alice_, bob_, "bob");
  bool told = false;
  other.dialler->link->Start({.on_frame = [](absl::string_view) {},
                              .on_writable = [] {},
                              .on_closed =
                                  [&](const absl::Status& status) {
                                    other.dialler->link.reset();
                                    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
                                    told = true;
                                  }});
  other.acceptor->link->Close();
  EXPECT_TRUE(Until([&] { return told; }));
}

TEST_F(TcpLinkTest, CloseInAHandlerStopsTheFrames) {
  const Pair pair = Connect(alice_, bob_, "bob");
  Recorder& recorder = *pair.dialler;
  recorder.link->Start({.on_frame =
                            [&](absl::string_view frame) {
                              recorder.frames.emplace_back(frame);
                              recorder.link->Close();
                            },
                        .on_writable = [] {},
                        .on_closed = [&](const absl::Status& status) { recorder.closed.push_back(status); }});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pair.acceptor->link->Send("more").ok());
  pair.acceptor->Start();
  ASSERT_TRUE(Until([&] { return !recorder.closed.empty() && !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(recorder.frames, ElementsAre("hello"));
}

TEST_F(TcpLinkTest, NothingSpinsOnAnIdleFrozenOrEndedLink) {
  const auto turns = [this] {
    if (loop_.context().stopped()) loop_.context().restart();
    return loop_.context().run_for(std::chrono::milliseconds(100));
  };
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  ASSERT_TRUE(Until([&] { return pair.dialler->frames.size() == 1; }));
  turns();
  EXPECT_EQ(turns(), 0u) << "idle";

  const Pair frozen = Connect(alice_, bob_, "bob");
  frozen.dialler->Start();
  FillUntilStuck(*frozen.dialler, std::string(100'000, 'x'));
  turns();
  EXPECT_LT(turns(), 5u) << "frozen";
  frozen.dialler->link.reset();
  turns();
  EXPECT_EQ(turns(), 0u) << "the other side has gone, and nobody has started this one";

  pair.dialler->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  turns();
  EXPECT_EQ(turns(), 0u) << "closed in good order";

  const Pair killed = Connect(alice_, bob_, "bob");
  killed.dialler->Start();
  killed.acceptor->Start();
  killed.acceptor->link.reset();
  ASSERT_TRUE(Until([&] { return !killed.dialler->closed.empty(); }));
  turns();
  EXPECT_EQ(turns(), 0u) << "killed";
}

TEST_F(TcpLinkTest, LinksMayOutliveTheirNetworkButAreGoneWithTheirLoop) {
  auto loop = std::make_unique<AsioLoop>();
  TcpNetwork network(*loop, pki_.Judge());
  network.SetIdentity(pki_.Device("carol"));
  std::unique_ptr<Link> link;
  const auto dialling = network.Dial({"bob", {bob_.at()}}, [&](auto dialled) { link = *std::move(dialled); });
  ASSERT_TRUE(Until([&] {
    loop->context().poll();
    return link != nullptr;
  }));
  link->Start(
      {.on_frame = [](absl::string_view) {}, .on_writable = [] {}, .on_closed = [](const absl::Status&) {}});
  link.reset();  // with operations under way
}

}  // namespace
}  // namespace parlor::client
