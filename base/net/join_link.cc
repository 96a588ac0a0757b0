#include "base/net/join_link.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace parlor {
namespace {

constexpr absl::string_view kScheme = "parlor://";
// A host name of 253 characters, scheme, port and pin.
constexpr size_t kMaxLink = 512;

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a join link (parlor://HOST:PORT/#PIN): ", what,
                                                 "; copy it again as the server printed it"));
}

absl::StatusOr<std::string> ParsePin(absl::string_view text) {
  if (text.size() != kPinCharacters) {
    return Wrong(
        absl::StrCat("the pin after # has ", text.size(), " characters instead of ", kPinCharacters));
  }
  std::string pin = absl::AsciiStrToLower(text);
  if (pin.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") != std::string::npos) {
    return Wrong("the pin after # may have letters and the digits 2 to 7 only");
  }
  // 256 bits fill 51 characters and one bit; the other four are zero (RFC 4648 §6).
  if (pin.back() != 'a' && pin.back() != 'q') return Wrong("the pin after # ends in a wrong character");
  return pin;
}

bool HasPort(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  return colon != absl::string_view::npos && (bracket == absl::string_view::npos || bracket < colon);
}

}  // namespace

absl::StatusOr<JoinLink> ParseJoinLink(absl::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  if (rest.empty()) return Wrong("it is empty");
  if (rest.size() > kMaxLink) return Wrong(absl::StrCat("it is longer than ", kMaxLink, " characters"));
  if (absl::StartsWithIgnoreCase(rest, kScheme)) {
    rest.remove_prefix(kScheme.size());
  } else if (absl::StrContains(rest, "://")) {
    return Wrong("it begins with another scheme");
  }

  JoinLink link;
  const size_t hash = rest.find('#');
  if (hash != absl::string_view::npos) {
    PARLOR_ASSIGN_OR_RETURN(link.pin, ParsePin(rest.substr(hash + 1)));
    rest = rest.substr(0, hash);
  }
  absl::ConsumeSuffix(&rest, "/");
  const std::string authority =
      HasPort(rest) ? std::string(rest) : absl::StrCat(rest, ":", kDefaultServerPort);
  absl::StatusOr<HostPort> server = ParseHostPort(authority);
  if (!server.ok()) return Wrong(server.status().message());
  if (server->port == 0) return Wrong("nobody can be reached at port 0");
  link.server = *std::move(server);
  return link;
}

std::string ToString(const JoinLink& link) {
  return absl::StrCat(kScheme, ToString(link.server), "/", link.pin.empty() ? "" : "#", link.pin);
}

}  // namespace parlor
