// People with networks of one kind on the loopback interface of one process and one loop.
#ifndef PARLOR_TESTS_CLIENT_LINK_LINK_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_LINK_LINK_FIXTURE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/link/tcp_network.h"
#include "client/link/udp/udp_network.h"
#include "client/loop/asio_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/test_pki.h"

namespace parlor::client {

// Runs the loop in this thread until `done` holds; false if it does not within `limit`.
inline bool RunUntil(AsioLoop& loop, const std::function<bool()>& done,
                     std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    if (loop.context().stopped()) loop.context().restart();
    loop.context().run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A link and all that its handlers heard.
struct Recorder {
  explicit Recorder(std::unique_ptr<Link> recorded) : link(std::move(recorded)) {}

  void Start() {
    link->Start({.on_frame = [this](absl::string_view frame) { frames.emplace_back(frame); },
                 .on_writable = [this] { ++writable; },
                 .on_closed = [this](const absl::Status& status) { closed.push_back(status); }});
  }

  std::unique_ptr<Link> link;
  std::vector<std::string> frames;
  int writable = 0;
  std::vector<absl::Status> closed;
};

// Made of one kind of network; tests of the contract run with each (link_contract.h).
class LinkTest : public ::testing::Test {
 protected:
  explicit LinkTest(Transport kind) : kind_(kind) {}

  std::unique_ptr<Network> MakeNetwork(PeerJudge judge, ListenerOptions options = {}) {
    return MakeNetworkOn(loop_, std::move(judge), options);
  }
  std::unique_ptr<Network> MakeNetworkOn(AsioLoop& loop, PeerJudge judge,
                                         ListenerOptions options = {}) const {
    if (kind_ == Transport::kUdp) return std::make_unique<UdpNetwork>(loop, std::move(judge), options);
    return std::make_unique<TcpNetwork>(loop, std::move(judge), options);
  }

  // Listens, says "hello" to whoever comes, and keeps the links.
  struct Person {
    Person(LinkTest& test, const std::string& user, ListenerOptions options = {})
        : Person(test, test.pki_.Device(user), test.pki_.Judge(), options) {}

    Person(LinkTest& test, LinkIdentity identity, PeerJudge judge, ListenerOptions options = {})
        : network(test.MakeNetwork(std::move(judge), options)) {
      network->SetIdentity(std::move(identity));
      port = network
                 ->Listen(0,
                          [this](std::unique_ptr<Link> link) {
                            if (greets) link->Send("hello").IgnoreError();
                            accepted.push_back(std::move(link));
                          })
                 .value();
    }

    PeerAddress at(const std::string& ip = "127.0.0.1") const { return {ip, port}; }

    std::unique_ptr<Network> network;
    uint16_t port = 0;
    bool greets = true;
    std::vector<std::unique_ptr<Link>> accepted;
  };

  struct Pair {
    std::unique_ptr<Recorder> dialler;
    std::unique_ptr<Recorder> acceptor;
  };

  bool Until(const std::function<bool()>& done) { return RunUntil(loop_, done); }

  absl::StatusOr<std::unique_ptr<Link>> Dial(Network& from, const std::string& user,
                                             std::vector<PeerAddress> addresses) {
    std::optional<absl::StatusOr<std::unique_ptr<Link>>> result;
    const auto dialling =
        from.Dial({user, std::move(addresses)},
                  [&](absl::StatusOr<std::unique_ptr<Link>> link) { result = std::move(link); });
    EXPECT_FALSE(result.has_value()) << "called inside Dial";
    if (!Until([&] { return result.has_value(); })) return absl::InternalError("the dial never ended");
    return *std::move(result);
  }

  // A link between the two, not started; the acceptor's "hello" is still to come.
  Pair Connect(Person& from, Person& to, const std::string& to_user) {
    auto link = Dial(*from.network, to_user, {to.at()});
    EXPECT_TRUE(link.ok()) << link.status();
    EXPECT_FALSE(to.accepted.empty());
    Pair pair;
    pair.dialler = std::make_unique<Recorder>(*std::move(link));
    pair.acceptor = std::make_unique<Recorder>(std::move(to.accepted.back()));
    to.accepted.pop_back();
    return pair;
  }

  const Transport kind_;
  AsioLoop loop_;
  TestPki pki_{absl::Now()};
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_LINK_LINK_FIXTURE_H_
