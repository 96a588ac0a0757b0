// Ann, who listens, and Bob, who dials her: two UdpEndpoints and the links over them, on a Wire and on
// virtual time, the same at each run.
#ifndef PARLOR_TESTS_FUZZ_TWO_PEOPLE_H_
#define PARLOR_TESTS_FUZZ_TWO_PEOPLE_H_

#include <memory>
#include <optional>
#include <string>

#include "client/link/link.h"
#include "client/link/udp/quic_credentials.h"
#include "client/link/udp/udp_endpoint.h"
#include "client/link/udp/udp_handshake.h"
#include "client/loop/virtual_loop.h"
#include "tests/fuzz/wire.h"

namespace parlor::fuzz {

class TwoPeople {
 public:
  // Few, so that it does not take many to have addresses proved.
  static constexpr client::ListenerOptions kListener{.max_handshakes = 4, .max_handshakes_per_host = 4};
  // What the acceptor says at once, as it must.
  static constexpr char kHello[] = "hello";
  // And the dialler, before it has heard that.
  static constexpr char kOpening[] = "opening";

  struct Person {
    client::UdpAddress at;
    std::shared_ptr<const client::QuicCredentials> credentials;
    std::shared_ptr<client::UdpEndpoint> endpoint;
    std::unique_ptr<client::Link> link;
    std::string last_words;              // that Hears() let it hear
    std::optional<absl::Status> closed;  // why the link ended
  };

  TwoPeople();
  ~TwoPeople();
  TwoPeople(const TwoPeople&) = delete;
  TwoPeople& operator=(const TwoPeople&) = delete;

  // Both links of what was before are dropped. (Ann takes one link at a time.)
  void Dial();
  void StopDialling();
  // Both have a link, which is open.
  bool linked() const;
  // Until they are linked or the dial has failed.
  bool Connect();
  // True if what `from` says now is heard by `to`.
  bool Hears(Person& from, Person& to);

  client::VirtualLoop loop;
  Wire wire{loop};
  Person ann;
  Person bob;

 private:
  void Take(Person& person, std::unique_ptr<client::Link> link);

  std::shared_ptr<client::UdpHandshake> dial_;  // null: it has ended
  int said_ = 0;
};

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_TWO_PEOPLE_H_
