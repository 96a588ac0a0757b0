// What a link promises to its owner: order, back-pressure, and clear ends.

#include "tests/client/link/link_contract.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class LinkPromiseTest : public LinkContractTest {
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

PARLOR_FOR_EACH_KIND(LinkPromiseTest);

TEST_P(LinkPromiseTest, FramesArriveInOrderInBothDirections) {
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

TEST_P(LinkPromiseTest, FramesWaitForStart) {
  const Pair pair = Connect(alice_, bob_, "bob");
  ASSERT_TRUE(pair.acceptor->link->Send("early").ok());
  ASSERT_TRUE(Until([&] { return pair.acceptor->link->queued_bytes() == 0; }));
  pair.dialler->Start();
  EXPECT_THAT(pair.dialler->frames, IsEmpty()) << "a handler was called inside Start";
  ASSERT_TRUE(Until([&] { return pair.dialler->frames.size() == 2; }));
  EXPECT_THAT(pair.dialler->frames, ElementsAre("hello", "early"));
}

TEST_P(LinkPromiseTest, BigFramesArriveWhole) {
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

TEST_P(LinkPromiseTest, FramesOfBadLengthAreTheSendersError) {
  const Pair pair = Connect(alice_, bob_, "bob");
  EXPECT_EQ(pair.dialler->link->Send("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pair.dialler->link->Send(std::string(kMaxFrameSize + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("fine").ok());
  EXPECT_TRUE(Until([&] { return pair.acceptor->frames.size() == 1; }));
}

TEST_P(LinkPromiseTest, TenThousandFramesOfAnySizeArriveInOrder) {
  const Pair pair = Connect(alice_, bob_, "bob");
  std::mt19937 random(1);
  const auto next = [&random] {
    const size_t most = random() % 500 == 0 ? 60'000 : 400;
    return std::string(1 + random() % most, static_cast<char>('a' + random() % 26));
  };
  std::mt19937 again = random;
  size_t arrived = 0;
  bool in_order = true;
  std::mt19937 sent = random;
  pair.acceptor->link->Start({.on_frame =
                                  [&](absl::string_view frame) {
                                    random = again;
                                    in_order = in_order && frame == next();
                                    again = random;
                                    ++arrived;
                                  },
                              .on_writable = [] {},
                              .on_closed = [](const absl::Status&) {}});
  bool writable = true;
  pair.dialler->link->Start({.on_frame = [](absl::string_view) {},
                             .on_writable = [&] { writable = true; },
                             .on_closed = [](const absl::Status&) {}});
  for (int i = 0; i < 10'000; ++i) {
    random = sent;
    const std::string frame = next();
    sent = random;
    while (!pair.dialler->link->Send(frame).ok()) {
      writable = false;
      ASSERT_TRUE(Until([&] { return writable; }));
    }
  }
  ASSERT_TRUE(Until([&] { return arrived == 10'000; })) << arrived;
  EXPECT_TRUE(in_order);
}

TEST_P(LinkPromiseTest, LossyFramesArriveLikeOthersWhereNothingIsLost) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link->SendLossy("typing");
  pair.acceptor->link->SendLossy("typing, too");
  pair.dialler->link->SendLossy(std::string(20'000, 'x'));  // fits into no datagram
  pair.dialler->link->SendLossy("");
  pair.dialler->link->SendLossy(std::string(kMaxFrameSize + 1, 'x'));
  ASSERT_TRUE(Until([&] { return pair.acceptor->frames.size() == 2 && pair.dialler->frames.size() == 2; }));
  EXPECT_THAT(pair.acceptor->frames, UnorderedElementsAre("typing", std::string(20'000, 'x')));
  EXPECT_THAT(pair.dialler->frames, UnorderedElementsAre("hello", "typing, too"));
}

// Who has written is not said to type after it.
TEST_P(LinkPromiseTest, ALossyFrameComesBeforeWhatWasSentAfterItWhereNothingIsLost) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link->SendLossy("typing");
  ASSERT_TRUE(pair.dialler->link->Send("a message").ok());
  ASSERT_TRUE(Until([&] { return pair.acceptor->frames.size() == 2; }));
  EXPECT_THAT(pair.acceptor->frames, ElementsAre("typing", "a message"));
}

TEST_P(LinkPromiseTest, ALossyFrameThatWouldHaveToWaitIsDropped) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pair.dialler->link->Send(std::string(10'000, 'x')).ok());
  const size_t queued = pair.dialler->link->queued_bytes();
  ASSERT_GE(queued, kMaxQueuedBeforeLossy);
  pair.dialler->link->SendLossy(std::string(20'000, 'y'));
  EXPECT_EQ(pair.dialler->link->queued_bytes(), queued);
  ASSERT_TRUE(Until([&] { return pair.acceptor->frames.size() == 10; }));
  pair.dialler->link->Close();
  pair.dialler->link->SendLossy("late");
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.acceptor->frames, SizeIs(10));
}

TEST_P(LinkPromiseTest, TheRoundTripIsKnown) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  ASSERT_TRUE(pair.dialler->link->Send("ping").ok());
  ASSERT_TRUE(Until([&] { return pair.dialler->link->rtt().has_value(); }));
  EXPECT_GT(*pair.dialler->link->rtt(), absl::ZeroDuration());
  EXPECT_LT(*pair.dialler->link->rtt(), absl::Seconds(5));
}

TEST_P(LinkPromiseTest, AFrozenReaderFillsABoundedQueueAndDelaysNobody) {
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

TEST_P(LinkPromiseTest, WritableIsToldOnceForEachRefusal) {
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

TEST_P(LinkPromiseTest, CloseWritesWhatIsQueuedAndBothSidesHearOnceWhy) {
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

TEST_P(LinkPromiseTest, AGoodbyeArrivesThoughTheOtherSideIsSending) {
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

TEST_P(LinkPromiseTest, BothMayCloseAtOnce) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link->Close();
  pair.acceptor->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.dialler->closed, ElementsAre(absl::OkStatus()));
  EXPECT_THAT(pair.acceptor->closed, ElementsAre(absl::OkStatus()));
}

TEST_P(LinkPromiseTest, CloseDoesNotWaitForAFrozenReader) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  FillUntilStuck(*pair.dialler, std::string(100'000, 'x'));
  const absl::Duration start = loop_.Uptime();
  pair.dialler->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  constexpr absl::Duration kDeadline = absl::Seconds(2);  // link.h
  EXPECT_THAT(loop_.Uptime() - start,
              ::testing::AllOf(::testing::Ge(kDeadline), ::testing::Lt(2 * kDeadline)));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_P(LinkPromiseTest, DestroyingALinkClosesItWithoutAWordToItsOwner) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.dialler->Start();
  pair.acceptor->Start();
  pair.dialler->link.reset();
  ASSERT_TRUE(Until([&] { return !pair.acceptor->closed.empty(); }));
  EXPECT_THAT(pair.dialler->closed, IsEmpty());
  EXPECT_EQ(pair.acceptor->closed[0].code(), absl::StatusCode::kDataLoss) << pair.acceptor->closed[0];
}

TEST_P(LinkPromiseTest, ALinkThatEndedBeforeItWasStartedSaysSoThen) {
  const Pair pair = Connect(alice_, bob_, "bob");
  pair.acceptor->link.reset();
  pair.dialler->Start();
  EXPECT_THAT(pair.dialler->closed, IsEmpty()) << "a handler was called inside Start";
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty(); }));
  EXPECT_THAT(pair.dialler->frames, ElementsAre("hello"));
  EXPECT_EQ(pair.dialler->closed[0].code(), absl::StatusCode::kDataLoss);
}

TEST_P(LinkPromiseTest, ALinkMayBeDestroyedByItsOwnHandlers) {
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

TEST_P(LinkPromiseTest, CloseInAHandlerStopsTheFrames) {
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

TEST_P(LinkPromiseTest, NothingSpinsOnAnIdleFrozenOrEndedLink) {
  // A timer of what is over may be left; what spins turns thousands of times.
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
  EXPECT_LT(turns(), 5u) << "the other side has gone, and nobody has started this one";

  pair.dialler->link->Close();
  ASSERT_TRUE(Until([&] { return !pair.dialler->closed.empty() && !pair.acceptor->closed.empty(); }));
  turns();
  EXPECT_LT(turns(), 5u) << "closed in good order";

  const Pair killed = Connect(alice_, bob_, "bob");
  killed.dialler->Start();
  killed.acceptor->Start();
  killed.acceptor->link.reset();
  ASSERT_TRUE(Until([&] { return !killed.dialler->closed.empty(); }));
  turns();
  EXPECT_LT(turns(), 5u) << "killed";
}

TEST_P(LinkPromiseTest, LinksMayOutliveTheirNetworkButAreGoneWithTheirLoop) {
  auto loop = std::make_unique<AsioLoop>();
  const std::unique_ptr<Network> network = MakeNetworkOn(*loop, pki_.Judge());
  network->SetIdentity(pki_.Device("carol"));
  std::unique_ptr<Link> link;
  const auto dialling =
      network->Dial({"bob", {bob_.at()}}, [&](auto dialled) { link = *std::move(dialled); });
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
