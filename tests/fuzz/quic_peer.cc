// What somebody who is who he says he is may send over a link by UDP: a handshake with other words in it, and
// frames of QUIC that no honest side would send, of any kind and in any number.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/link/udp/quic_connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/heap.h"
#include "tests/fuzz/hostile_packets.h"
#include "tests/fuzz/quic_frames.h"
#include "tests/fuzz/two_people.h"

namespace parlor::fuzz {
namespace {

using client::kMaxQueuedBytes;
using client::QuicConnection;

enum class Step : uint8_t {
  kRaw,     // a packet of these bytes
  kFrames,  // a packet of frames that are spelt right
  kFlood,   // packets full of such, each with its own count
  kChange,  // a packet of either side is changed
  kSay,     // the honest side says something
  kAnswer,  // the hostile side speaks as it should
  kWait,
  kDeaf,   // it does not listen any more, or again
  kClose,  // the honest side has had enough
  kSteps,
};

constexpr uint8_t kHostileAccepts = 1;
constexpr uint8_t kChangesShift = 1;  // of packets of the handshake: how many
constexpr uint8_t kMaxChanges = 3;
constexpr uint8_t kParameters = 8;      // its transport parameters are odd
constexpr uint8_t kRawParameters = 16;  // and may be spelt wrong

constexpr int kMaxSteps = 100;
constexpr size_t kMaxFlood = QuicConnection::kMaxDatagrams - 1;  // packets: of more, the oldest are dropped

// Beside what the two say themselves: what came out of order, of a whole window, and what two connections and
// a handshake need.
constexpr size_t kMaxGrowth = QuicConnection::kMaxWindow + 2 * 1024 * 1024;

constexpr absl::Duration kForAnswers = absl::Milliseconds(30);
constexpr absl::Duration kForSilence = absl::Minutes(2);
constexpr absl::Duration kForGoodbyes = absl::Minutes(2);

class Session {
 public:
  explicit Session(Input& input) {
    const uint8_t flags = input.Byte();
    hostile_accepts_ = (flags & kHostileAccepts) != 0;
    const int changes = flags >> kChangesShift & kMaxChanges;
    for (int i = 0; i < changes; ++i) Change(input);
    if ((flags & kParameters) != 0) AddParameters(Input(input.Part()));
    if ((flags & kRawParameters) != 0) packets_.AddParameters(role(), input.Part());
    people_.Dial();
    const bool linked = people_.Connect();
    Promise(linked || (flags & ~kHostileAccepts) != 0, "who keeps to the protocol gets a link");
  }

  bool going_on() const { return people_.linked(); }

  void Take(Input& input) {
    switch (static_cast<Step>(input.Byte() % static_cast<int>(Step::kSteps))) {
      case Step::kRaw:
        return Send(std::string(input.Part()));
      case Step::kFrames:
        return SendFrames(Input(input.Part()));
      case Step::kFlood: {
        const size_t packets = 1 + input.Byte() % kMaxFlood;
        return Flood(packets, input.Part());
      }
      case Step::kChange:
        return Change(input);
      case Step::kSay:
        return Say(honest(), input);
      case Step::kAnswer:
        return Say(hostile(), input);
      case Step::kWait:
        return people_.loop.RunFor(absl::Milliseconds(10) * input.Number());
      case Step::kDeaf:
        deaf_ = !deaf_;
        return people_.wire.SetDeaf(hostile().at, deaf_);
      case Step::kClose:
        closed_ = true;
        return honest().link->Close();
      case Step::kSteps:
        return;
    }
  }

  void CheckBounds() const {
    size_t own = packets_.bytes();
    for (const auto* person : {&people_.ann, &people_.bob}) {
      const size_t queued = person->link == nullptr ? 0 : person->link->queued_bytes();
      Promise(queued <= kMaxQueuedBytes, "what waits to be sent is bounded");
      own += 2 * queued;  // there, and on the wire
    }
    Promise(HeapInUse() <= heap_before_ + own + kMaxGrowth, "what a peer may make us keep is bounded");
  }

  // Whatever he did: when he is silent, the link ends, and nothing of him is left.
  void End() {
    people_.loop.RunFor(absl::Seconds(1));
    CheckBounds();
    for (const auto* person : {&people_.ann, &people_.bob}) people_.wire.SetDeaf(person->at, true);
    people_.loop.RunFor(kForSilence);
    for (auto* person : {&people_.ann, &people_.bob}) {
      Promise(person->link == nullptr || person->closed.has_value(), "a link ends with silence");
      Promise(!person->closed.has_value() || !person->closed->ok() || closed_, "a link that broke says why");
      person->link.reset();
      Promise(person->endpoint->handshakes() == 0, "a handshake ends with silence");
    }
    people_.StopDialling();
    people_.loop.RunFor(kForGoodbyes);
    for (const auto* person : {&people_.ann, &people_.bob}) {
      Promise(person->endpoint->connections() == 0, "of who is gone nothing is kept");
    }
    CheckBounds();
  }

 private:
  TwoPeople::Person& hostile() { return hostile_accepts_ ? people_.ann : people_.bob; }
  TwoPeople::Person& honest() { return hostile_accepts_ ? people_.bob : people_.ann; }
  const TwoPeople::Person& honest() const { return hostile_accepts_ ? people_.bob : people_.ann; }

  client::TlsRole role() const {
    return hostile_accepts_ ? client::TlsRole::kAccepting : client::TlsRole::kDialling;
  }

  void AddParameters(Input input) {
    while (!input.empty()) {
      const uint8_t id = input.Byte();
      packets_.AddParameters(role(), BuildParameter(id, input));
    }
  }

  void Send(std::string payload) {
    hostile().link->SendLossy(packets_.Carrier(std::move(payload)));
    people_.loop.RunFor(kForAnswers);
  }

  // False if it does not fit any more.
  bool AddFrame(std::string& payload, Input& frames) {
    const std::string frame = BuildFrame(frames, ++count_);
    if (payload.size() + frame.size() > HostilePackets::kMaxPayload) return false;
    payload += frame;
    return true;
  }

  void SendFrames(Input frames) {
    std::string payload;
    while (!frames.empty() && AddFrame(payload, frames)) {
    }
    Send(std::move(payload));
  }

  void Flood(size_t packets, absl::string_view frames) {
    for (size_t i = 0; i < packets && !frames.empty(); ++i) {
      std::string payload;
      Input again(frames);
      while (AddFrame(payload, again)) {
        if (again.empty()) again = Input(frames);
      }
      hostile().link->SendLossy(packets_.Carrier(std::move(payload)));
    }
    people_.loop.RunFor(kForAnswers);
  }

  void Change(Input& input) {
    const uint8_t ahead = input.Byte();
    const uint16_t at = input.Number();
    packets_.Change(ahead, at, input.Take(1 + input.Byte() % 16));
  }

  static void Say(TwoPeople::Person& person, Input& input) {
    const bool lossy = input.Byte() % 2 == 1;
    const std::string words(1 + input.Number(), 'w');
    if (lossy) return person.link->SendLossy(words);
    person.link->Send(words).IgnoreError();  // closed, or full
  }

  HostilePackets packets_;
  TwoPeople people_;
  const size_t heap_before_ = HeapInUse();
  bool hostile_accepts_ = false;
  bool deaf_ = false;
  bool closed_ = false;
  uint64_t count_ = 0;
};

// ---- seeds

std::string Start(bool hostile_accepts, absl::string_view changes = "") {
  const size_t count = changes.size() / 5;
  return absl::StrCat(std::string(1, static_cast<char>(count << kChangesShift | (hostile_accepts ? 1 : 0))),
                      changes);
}
std::string WithParameters(bool hostile_accepts, absl::string_view parameters) {
  return std::string(1, static_cast<char>(kParameters | (hostile_accepts ? 1 : 0))) + Part(parameters);
}
std::string Do(Step step, absl::string_view rest = "") {
  return absl::StrCat(std::string(1, static_cast<char>(step)), rest);
}
std::string Frames(absl::string_view frames) {
  return Do(Step::kFrames, Part(frames));
}
std::string Flood(char packets, absl::string_view frames) {
  return Do(Step::kFlood, absl::StrCat(std::string(1, packets), Part(frames)));
}
std::string Say(uint16_t size, bool lossy = false, Step who = Step::kSay) {
  return Do(who, std::string(1, lossy ? '\1' : '\0') + Number(size));
}
std::string Wait(uint16_t hundredths) {
  return Do(Step::kWait, Number(hundredths));
}
// Bytes on a stream, as a link's frames are.
std::string OnStream(uint64_t stream, uint64_t offset, const std::string& bytes) {
  return Do(Step::kRaw,
            Part(absl::StrCat("\x0e", Varint(stream), Varint(offset), Varint(bytes.size()), bytes)));
}
std::string OfEveryKind(bool hostile_accepts) {
  std::string steps = Start(hostile_accepts);
  for (uint8_t type = 0; type < 0x20; ++type) steps += Frames(Frame(type, {0}));
  return steps;
}

}  // namespace

void Test(Input input) {
  Session session(input);
  for (int steps = 0; !input.empty() && session.going_on() && steps < kMaxSteps; ++steps) {
    session.Take(input);
    session.CheckBounds();
  }
  session.End();
}

std::vector<std::string> Seeds() {
  const std::string dials = Start(false), accepts = Start(true);
  const std::string too_long("\0\4\0\1x", 5), nothing(4, '\0'), hi("\0\0\0\2hi", 6);
  const std::string deaf = Do(Step::kDeaf);
  return {
      dials + Say(100) + Say(5, false, Step::kAnswer) + Say(256, true, Step::kAnswer) + Wait(100) +
          Do(Step::kClose),
      dials + OnStream(0, 0, hi) + OnStream(0, 6, too_long),
      accepts + OnStream(1, 9, hi + nothing),
      dials + Frames(Frame(0x0a, {0, 255}) + Frame(0x0e, {0, QuicConnection::kWindow - 1, 1})),
      dials + Frames(Frame(0x0e, {0, QuicConnection::kWindow, 1})),
      dials + OnStream(1, 0, hi),
      accepts + OnStream(0, 0, hi),
      accepts + OnStream(5, 0, hi),
      dials + OnStream(2, 0, hi),
      dials + Frames(Frame(0x04, {0})) + Wait(10),
      accepts + Frames(Frame(0x05, {0})) + Say(1) + Wait(10),
      dials + Frames(Frame(0x05, {1, 0})) + Say(1) + Wait(10),
      dials + Frames(Frame(0x06, {0, 20})) + Wait(10),
      dials + Flood(40, Frame(0x18, {kCount, 0, 8, kCount})),
      dials + deaf + Flood(40, Frame(0x18, {kCount, kCount, 8, kCount})) + deaf + Wait(500),
      // Ids that go: the library thinks of them until a moment after it said that it would.
      dials + Frames(Frame(0x19, {1})) + Wait(100),
      accepts + Frames(Frame(0x18, {3, 3, 8, 1})) + Wait(100),
      dials + Frames(Frame(0x18, {3, 2, 8, 1})) + Wait(100),
      accepts + Flood(60, Frame(0x1a, {kCount})) + Say(1000) + Flood(60, Frame(0x31, {16})),
      accepts + deaf + Flood(60, Frame(0x01) + Frame(0x10, {kCount})) + Say(60000) + Wait(6000),
      dials + Flood(30, Frame(0x0e, {0, kCount, 1})) + Wait(10),
      dials + Say(5000) + Frames(Frame(0x02, {4, 0, 0, 4}) + Frame(0x02, {1024, 0, 0, 0})),
      accepts + Frames(Frame(0x1c, {9, 0, 4})),
      OfEveryKind(false),
      OfEveryKind(true),
      // No room for anything: windows, streams, datagrams.
      WithParameters(false,
                     Parameter(0x04, 0) + Parameter(0x06, 0) + Parameter(0x08, 0) + Parameter(0x20, 1)) +
          Say(1000) + Say(5, true) + Frames(Frame(0x10, {1024}) + Frame(0x12, {64})) + Say(9),
      // Ids, delays and timeouts beyond all measure.
      WithParameters(true, Parameter(0x0e, kMaxVarint) + Parameter(0x0b, 1024) + Parameter(0x0a, 16) +
                               Parameter(0x01, kMaxVarint) + Parameter(0x03, kMaxVarint)) +
          Say(1000) + Wait(500),
      WithParameters(true, Parameter(0x01, 1) + Parameter(0x0e, 2)) + Say(1) + Wait(10),
      Start(false, std::string("\0\0\x90\0\xff", 5)) + Say(1),
      Start(true, std::string("\2\0\x08\0\0\3\0\x30\0\1", 10)) + Say(1),
  };
}

}  // namespace parlor::fuzz
