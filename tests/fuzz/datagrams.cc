// Datagrams of somebody who sees what two people send each other over UDP, and can send in anybody's name,
// but has no keys (nor the tokens of stateless resets, which travel encrypted) and cannot hold anything back:
// before their handshake, while it goes on, and on their link. Nor do copies overtake what they are copies
// of: whoever is that near can have a wrong path tried, and a link that is doubted meanwhile ends.
#include <algorithm>
#include <cerrno>
#include <deque>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "client/link/udp/quic_connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/heap.h"
#include "tests/fuzz/two_people.h"

namespace parlor::fuzz {
namespace {

using client::UdpAddress;
using client::UdpEndpoint;
using Datagram = Wire::Datagram;

enum class Step : uint8_t {
  kRaw,     // these bytes
  kRepeat,  // what was sent
  kChange,  // something like it
  kSay,     // an honest side says something
  kError,   // an ICMP error, as anybody can make them
  kDial,    // Bob dials once more
  kWait,
  kSteps,
};

constexpr uint8_t kLinked = 1;  // the attack begins on a link; else with the handshake

constexpr int kMaxSteps = 200;
constexpr size_t kMaxSeen = 256;
constexpr size_t kMaxDials = 12;
constexpr size_t kMaxGrowth = 8 * 1024 * 1024;
constexpr int kErrors[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EMSGSIZE};

// Where no slot of a handshake is taken any more.
constexpr absl::Duration kForHandshakes = absl::Seconds(11);

// An address at which nobody is. Whoever sends from there may not make others send it much.
struct Stranger {
  UdpAddress at;
  size_t sent = 0;
  size_t got = 0;
};

class Session {
 public:
  explicit Session(bool linked) : linked_(linked) {
    people_.wire.Watch([this](const Datagram& datagram) { See(datagram); });
    people_.Dial();
    if (!linked_) return;
    Promise(people_.Connect(), "who is left alone gets a link");
  }

  void Take(Input& input) {
    switch (static_cast<Step>(input.Byte() % static_cast<int>(Step::kSteps))) {
      case Step::kRaw: {
        Datagram datagram = Route(input.Byte());
        datagram.bytes = std::string(input.Part());
        return Inject(std::move(datagram));
      }
      case Step::kRepeat: {
        Datagram datagram = Route(input.Byte());
        datagram.bytes = Seen(input.Byte());
        return Inject(std::move(datagram));
      }
      case Step::kChange:
        return InjectChanged(input);
      case Step::kSay:
        return Say(input);
      case Step::kError: {
        const Datagram route = Route(input.Byte());
        const int error = kErrors[input.Byte() % std::size(kErrors)];
        // Until somebody answers, an error is taken at its word.
        if (linked_) people_.wire.Tell(route.to, route.from, error);
        return;
      }
      case Step::kDial:
        if (dials_.size() == kMaxDials) return;
        dials_.push_back(people_.bob.endpoint->Dial(people_.bob.credentials, "ann", people_.ann.at));
        return;
      case Step::kWait:
        return people_.loop.RunFor(absl::Milliseconds(input.Number()));
      case Step::kSteps:
        return;
    }
  }

  void CheckBounds() const {
    for (const auto* person : {&people_.ann, &people_.bob}) {
      const UdpEndpoint& endpoint = *person->endpoint;
      Promise(endpoint.handshakes() <= TwoPeople::kListener.max_handshakes, "handshakes are bounded");
      Promise(endpoint.connections() <=
                  TwoPeople::kListener.max_handshakes + UdpEndpoint::kMaxLingering + 1 + dials_.size(),
              "connections are bounded");
    }
    Promise(HeapInUse() <= heap_before_ + kMaxGrowth, "what strangers may make us keep is bounded");
  }

  void End() {
    if (linked_) {
      Promise(people_.linked(), "a link outlives what strangers send");
    } else {
      people_.loop.RunFor(kForHandshakes);
      people_.Dial();
      Promise(people_.Connect(), "who dials when strangers are gone gets a link");
    }
    Promise(people_.Hears(people_.ann, people_.bob) && people_.Hears(people_.bob, people_.ann),
            "a link carries frames after what strangers sent");
    CheckBounds();
  }

 private:
  // Bit 0: to whom. Bits 1 and 2: in whose name.
  Datagram Route(uint8_t route) const {
    const UdpAddress& to = (route & 1) != 0 ? people_.bob.at : people_.ann.at;
    const UdpAddress& peer = (route & 1) != 0 ? people_.ann.at : people_.bob.at;
    switch (route >> 1 & 3) {
      case 0:
        return {peer, to, ""};
      case 1:
        return {to, to, ""};
      default:
        return {strangers_[route >> 1 & 1].at, to, ""};
    }
  }

  void Inject(Datagram datagram) {
    for (Stranger& stranger : strangers_) {
      if (stranger.at == datagram.from) stranger.sent += datagram.bytes.size();
    }
    people_.wire.Send(std::move(datagram));
  }

  void See(const Datagram& datagram) {
    for (Stranger& stranger : strangers_) {
      if (stranger.at != datagram.to) continue;
      stranger.got += datagram.bytes.size();
      Promise(stranger.got <= 3 * stranger.sent, "an address that was not proved gets three times as much");
    }
    seen_.push_back(datagram.bytes);
    if (seen_.size() > kMaxSeen) seen_.pop_front();
  }

  // The `back`th from the last one.
  std::string Seen(uint8_t back) const {
    return seen_.empty() ? "" : seen_[seen_.size() - 1 - back % seen_.size()];
  }

  void InjectChanged(Input& input) {
    Datagram datagram = Route(input.Byte());
    datagram.bytes = Seen(input.Byte());
    for (int changes = 1 + input.Byte() % 4; changes > 0; --changes) Change(datagram.bytes, input);
    Inject(std::move(datagram));
  }

  void Change(std::string& bytes, Input& input) const {
    const uint8_t kind = input.Byte() % 5;
    const size_t at = input.Number() % (bytes.size() + 1);
    switch (kind) {
      case 0: {
        const absl::string_view over = input.Take(1 + input.Byte() % 16);
        bytes.replace(at, over.size(), over.data(), over.size());
        return;
      }
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (input.Byte() % 8)));
        return;
      case 2:
        bytes.resize(at);
        return;
      case 3:
        bytes.append(input.Number() % 1500, static_cast<char>(at));
        return;
      default: {
        // The head of one and the tail of another.
        std::string other = Seen(input.Byte());
        other.replace(0, at, bytes, 0, at);
        bytes = std::move(other);
      }
    }
  }

  void Say(Input& input) {
    const uint8_t flags = input.Byte();
    const std::string words(1 + input.Number() % 20'000, 'w');
    const TwoPeople::Person& person = (flags & 1) != 0 ? people_.ann : people_.bob;
    if (person.link == nullptr) return;
    if ((flags & 2) != 0) return person.link->SendLossy(words);
    person.link->Send(words).IgnoreError();  // full
  }

  const bool linked_;
  std::deque<std::string> seen_;
  Stranger strangers_[2] = {{client::ToUdpAddress({"203.0.113.5", 7}).value()},
                            {client::ToUdpAddress({"2001:db8::5", 7000}).value()}};
  TwoPeople people_;
  const size_t heap_before_ = HeapInUse();
  std::vector<std::unique_ptr<client::UdpSession>> dials_;
};

// ---- seeds

constexpr uint8_t kToAnn = 0, kToBob = 1, kInOwnName = 2, kByStranger = 4, kByOther = 6;

std::string Bytes(std::initializer_list<uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}
std::string Raw(uint8_t route, absl::string_view bytes) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kRaw), route}), Part(bytes));
}
std::string Repeat(uint8_t route, uint8_t back) {
  return Bytes({static_cast<uint8_t>(Step::kRepeat), route, back});
}
std::string Changed(uint8_t route, uint8_t back, absl::string_view change) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kChange), route, back, 0}), change);
}
std::string Over(uint16_t at, absl::string_view bytes) {
  return absl::StrCat(Bytes({0}), Number(at), Bytes({static_cast<uint8_t>(bytes.size() - 1)}), bytes);
}
std::string Cut(uint16_t at) {
  return absl::StrCat(Bytes({2}), Number(at));
}
std::string Says(uint8_t flags, uint16_t size) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kSay), flags}), Number(size));
}
std::string Error(uint8_t route, uint8_t error) {
  return Bytes({static_cast<uint8_t>(Step::kError), route, error});
}
std::string Dials(size_t count) {
  return std::string(count, static_cast<char>(Step::kDial));
}
std::string Wait(uint16_t milliseconds) {
  return absl::StrCat(Bytes({static_cast<uint8_t>(Step::kWait)}), Number(milliseconds));
}

// As long as an Initial has to be, of a version that nobody speaks.
std::string OtherVersion() {
  std::string packet = absl::StrCat("\xc0\x1a\x2a\x3a\x4a\x08", "12345678", "\x04", "abcd");
  packet.resize(1200, '\0');
  return packet;
}

std::string Unknown(size_t size) {
  return "\x40" + std::string(size - 1, 'u');
}

}  // namespace

void Test(Input input) {
  Session session((input.Byte() & kLinked) != 0);
  for (int steps = 0; !input.empty() && steps < kMaxSteps; ++steps) {
    session.Take(input);
    session.CheckBounds();
  }
  session.End();
}

std::vector<std::string> Seeds() {
  const std::string early(1, '\0'), linked("\1");
  const std::string versions = Over(1, absl::string_view("\0\0\0\0", 4));
  std::string flood = linked, strangers = early;
  for (uint8_t i = 0; i < 30; ++i) {
    flood += Raw(kByStranger, Unknown(40 + i)) + Raw(kToAnn, Unknown(60));
    strangers += Repeat(i % 2 == 0 ? kByStranger : kByOther, 0) + Wait(1);
  }
  return {
      linked + Says(0, 100) + Says(3, 100) + Wait(50),
      linked + Raw(kToAnn, "\x40") + Raw(kToBob, Unknown(50)) + Wait(1000) +
          Raw(kToBob | kInOwnName, Unknown(50)),
      linked + Raw(kByStranger, OtherVersion()) + Wait(20) + Repeat(kToBob, 0) + Wait(20),
      linked + Says(0, 9000) + Wait(1) + Repeat(kByStranger, 0) + Repeat(kByOther, 1) + Wait(500) +
          Says(1, 9000),
      linked + Says(1, 9000) + Wait(1) + Repeat(kToBob | kByStranger, 0) + Wait(2000),
      linked + Repeat(kToAnn, 255) + Repeat(kToBob, 200) + Repeat(kToAnn | kInOwnName, 3) + Wait(100),
      linked + Changed(kToBob, 0, Over(9, "changed")) + Changed(kToAnn, 0, Cut(30)) +
          Changed(kToAnn, 2, Cut(1)),
      linked + Error(kToAnn, 0) + Wait(300) + Error(kToBob, 0) + Wait(1000) + Error(kToBob, 1),
      linked + Wait(40'000) + Says(0, 10) + Wait(60'000) + Raw(kToAnn, Unknown(100)) + Wait(2000),
      flood + Wait(1100) + flood.substr(1),
      early + Changed(kToAnn, 0, Over(1, "\x1a\x2a\x3a\x4a")) + Wait(30) + Repeat(kToBob, 0),
      early + Wait(6) + Changed(kToBob, 0, versions) + Wait(6) + Changed(kToBob, 0, Over(30, "damaged")),
      early + Repeat(kByStranger, 0) + Wait(6) + Repeat(kByOther, 1) + Wait(20'000),
      strangers + Wait(5000) + Repeat(kByStranger, 3),
      // From the fourth on, addresses have to be proved.
      linked + Dials(7) + Wait(6) + Repeat(kToBob | kByStranger, 0) + Repeat(kToBob, 1) + Wait(6) +
          Repeat(kByStranger, 0) + Changed(kToAnn, 0, Over(30, "no token")) + Wait(3000),
      early + Dials(12) + Wait(7) + Changed(kToBob, 0, Over(25, "token")) + Wait(11'000) + Repeat(kToAnn, 9),
      early + Changed(kToAnn, 0, Cut(600)) + Changed(kByStranger, 0, Over(8, "other id")) + Wait(3000),
  };
}

}  // namespace parlor::fuzz
