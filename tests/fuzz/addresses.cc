// Addresses and join links: what is read, and written again, is the same.
#include "absl/strings/str_cat.h"
#include "base/net/address.h"
#include "base/net/join_link.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/text.h"

namespace parlor::fuzz {
namespace {

template <typename T>
bool Is(const absl::StatusOr<T>& parsed, const T& expected) {
  return parsed.ok() && *parsed == expected;
}

void CheckIp(absl::string_view text) {
  const absl::StatusOr<std::string> ip = CanonicalIp(text);
  if (!ip.ok()) return Promise(ScopeOf(text) == AddressScope::kUnusable, "what is no address cannot be used");
  Promise(Is(CanonicalIp(*ip), *ip), "a canonical address is its own canonical form");
  const absl::StatusOr<PeerAddress> peer = MakePeerAddress(text, 7447);
  Promise(peer.ok() && peer->ip == *ip, "a peer's address is canonical");
  Promise(Is(ParseHostPort(ToString(*peer)), {*ip, 7447}), "an address that was written can be read");
}

void CheckHostPort(absl::string_view text) {
  const absl::StatusOr<HostPort> host_port = ParseHostPort(text);
  if (!host_port.ok()) return;
  Promise(Is(ParseHostPort(ToString(*host_port)), *host_port),
          "a host that was read can be written and read");
}

void CheckGrpcPeer(absl::string_view text) {
  const absl::StatusOr<std::string> ip = IpOfGrpcPeer(text);
  Promise(!ip.ok() || Is(CanonicalIp(*ip), *ip), "a gRPC peer's address is canonical");
}

}  // namespace

void CheckAddresses(absl::string_view text) {
  CheckIp(text);
  CheckHostPort(text);
  CheckGrpcPeer(text);
}

void CheckJoinLink(absl::string_view text) {
  const absl::StatusOr<JoinLink> link = ParseJoinLink(text);
  if (!link.ok()) return;
  Promise(link->server.port != 0, "a link leads to a port");
  Promise(link->pin.empty() == (text.find('#') == absl::string_view::npos), "a pin is never lost");
  Promise(Is(ParseJoinLink(ToString(*link)), *link), "a link that was read can be written and read");
}

std::vector<std::string> AddressSeeds() {
  return {"192.0.2.1",         "::ffff:192.0.2.1", "fe80::1",
          "2a00:0:0::1",       "example.org:7447", "[2A00::1]:443",
          "1.2.3:4",           "ipv4:1.2.3.4:5",   "ipv6:%5Bfe80::1%25eth0%5D:5",
          "xn--bcher-kva.x:1", "a_b-c.d:65535",    "[::1]:65536",
          "[1.2.3.4]:1"};
}

std::vector<std::string> JoinLinkSeeds() {
  const std::string pin(kPinCharacters, 'a');
  return {absl::StrCat("parlor://example.org:1234/#", pin),
          absl::StrCat(" PARLOR://[::1]#", pin, "\n"),
          absl::StrCat("10.0.0.1/#", pin),
          "example.org",
          "http://example.org/",
          "[2A00::1]"};
}

}  // namespace parlor::fuzz
