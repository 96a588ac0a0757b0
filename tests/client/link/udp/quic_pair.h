// Two QuicConnections and the network between them, on virtual time: no sockets, no loop, and the same course
// at each run with the same seed.
#ifndef PARLOR_TESTS_CLIENT_LINK_UDP_QUIC_PAIR_H_
#define PARLOR_TESTS_CLIENT_LINK_UDP_QUIC_PAIR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/link/udp/quic_connection.h"
#include "client/link/udp/stateless_answers.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {

// Of a packet, out of a hundred.
struct Weather {
  int lost = 0;
  int doubled = 0;
  int damaged = 0;   // a copy with flipped bits arrives too, as a forger on the path would send it
  int replaced = 0;  // by garbage
  int late = 0;      // by up to 20 ms
  absl::Duration latency = absl::Milliseconds(5);  // one way
};

class QuicPair {
 public:
  struct Side {
    std::shared_ptr<const QuicCredentials> credentials;
    UdpAddress address;
    std::unique_ptr<QuicConnection> quic;  // the acceptor's: null before the first packet
    std::string stream;                    // everything that came, consumed unless `frozen`
    bool frozen = false;
    std::vector<std::string> datagrams;
    uint64_t packets_sent = 0;
  };

  QuicPair(const LinkIdentity& from, const LinkIdentity& to, const PeerJudge& judge, std::string user,
           Weather in = {}, uint64_t seed = 1)
      : weather(in), random_(seed) {
    dialler.credentials = QuicCredentials::Make(from, judge).value();
    acceptor.credentials = QuicCredentials::Make(to, judge).value();
    dialler.address = ToUdpAddress({"192.0.2.1", 4000}).value();
    acceptor.address = ToUdpAddress({"192.0.2.2", 5000}).value();
    dialler.quic =
        QuicConnection::Dial(dialler.credentials, std::move(user), acceptor.address, options, Ignore, now);
    Flush();
  }

  // Runs until `done`, or for `limit` of virtual time.
  bool Until(const std::function<bool()>& done, absl::Duration limit = absl::Seconds(20)) {
    const absl::Duration end = now + limit;
    Flush();
    while (!done()) {
      const absl::Duration next = NextEvent();
      if (next > end) {
        now = end;
        return false;
      }
      now = std::max(now, next);
      Step();
    }
    return true;
  }
  void RunFor(absl::Duration time) {
    Until([] { return false; }, time);
  }

  bool Connect() {
    return Until([&] { return dialler.quic->ready() && acceptor.quic != nullptr && acceptor.quic->ready(); });
  }

  // What both sides have to say goes on its way.
  void Flush() {
    Flush(dialler, acceptor);
    Flush(acceptor, dialler);
  }

  Weather weather;
  QuicOptions options;
  bool prove_address = false;  // the acceptor sends a Retry first
  bool cut = false;            // nothing arrives any more
  absl::Duration now = absl::Hours(1);
  Side dialler;
  Side acceptor;
  StatelessAnswers answers;

 private:
  struct Packet {
    Side* to;
    UdpAddress from;
    std::string bytes;
  };

  static void Ignore(absl::string_view, bool) {}

  int Dice(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

  void Flush(Side& side, Side& other) {
    if (side.quic == nullptr) return;
    side.quic->Write(now, [&](absl::string_view packet, const UdpAddress&) {
      ++side.packets_sent;
      Expose({&other, side.address, std::string(packet)});
    });
  }

  void Put(Packet packet, absl::Duration extra = absl::ZeroDuration()) {
    on_the_way_.emplace(now + weather.latency + extra, std::move(packet));
  }

  // Every packet meets its own fate.
  void Expose(Packet packet) {
    if (cut || Dice(100) < weather.lost) return;
    if (Dice(100) < weather.doubled) Put(packet);
    if (Dice(100) < weather.damaged) {
      Packet damaged = packet;
      for (int i = 0; i < 3; ++i) {
        char& byte = damaged.bytes[static_cast<size_t>(Dice(static_cast<int>(damaged.bytes.size())))];
        byte = static_cast<char>(byte ^ (1 << Dice(8)));
      }
      Put(std::move(damaged));
    }
    if (Dice(100) < weather.replaced) {
      const size_t kept = static_cast<size_t>(Dice(30));
      for (size_t i = std::min(kept, packet.bytes.size()); i < packet.bytes.size(); ++i) {
        packet.bytes[i] = static_cast<char>(Dice(256));
      }
    }
    const bool late = Dice(100) < weather.late;
    Put(std::move(packet), late ? absl::Milliseconds(Dice(20)) : absl::ZeroDuration());
  }

  absl::Duration NextEvent() const {
    absl::Duration next = dialler.quic->expiry();
    if (acceptor.quic != nullptr) next = std::min(next, acceptor.quic->expiry());
    if (!on_the_way_.empty()) next = std::min(next, on_the_way_.begin()->first);
    return next;
  }

  void Step() {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= now) {
      const Packet packet = std::move(on_the_way_.begin()->second);
      on_the_way_.erase(on_the_way_.begin());
      Arrive(packet);
    }
    for (Side* side : {&dialler, &acceptor}) {
      if (side->quic == nullptr) continue;
      if (side->quic->expiry() <= now) side->quic->OnExpiry(now);
      Take(*side);
    }
    Flush();
  }

  void Arrive(const Packet& packet) {
    const bool begins = packet.to->quic == nullptr;
    if (begins) {
      const StatelessAnswers::Verdict verdict =
          answers.Judge(packet.bytes, packet.from, true, prove_address, "", now);
      if (!verdict.answer.empty()) Put({&dialler, acceptor.address, verdict.answer});
      if (!verdict.initial.has_value()) return;
      acceptor.quic =
          QuicConnection::Accept(acceptor.credentials, *verdict.initial, packet.from, options, Ignore, now);
      if (acceptor.quic == nullptr) return;
    }
    packet.to->quic->Read(packet.bytes, packet.from, now);
    // What was damaged on its way begins nothing; an endpoint forgets it as well.
    if (begins && acceptor.quic->gone()) acceptor.quic.reset();
  }

  static void Take(Side& side) {
    for (std::string& datagram : side.quic->TakeDatagrams()) side.datagrams.push_back(std::move(datagram));
    if (side.frozen) return;
    const absl::string_view received = side.quic->received();
    side.stream.append(received.data(), received.size());
    side.quic->Consume(received.size());
  }

  std::mt19937_64 random_;
  std::multimap<absl::Duration, Packet> on_the_way_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_LINK_UDP_QUIC_PAIR_H_
