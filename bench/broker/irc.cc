#include "bench/broker/irc.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace parlor::bench {
namespace {

constexpr absl::string_view kWelcome = "001";
constexpr absl::string_view kEndOfNames = "366";  // the last of the answers to JOIN
constexpr absl::string_view kNoMessageOfTheDay = "422";

// The word up to the next space, cut off from `line` with the spaces behind it.
absl::string_view CutWord(absl::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const absl::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
  return word;
}

bool IsRefusal(absl::string_view command) {
  return command.size() == 3 && (command[0] == '4' || command[0] == '5') && absl::ascii_isdigit(command[1]) &&
         absl::ascii_isdigit(command[2]) && command != kNoMessageOfTheDay;
}

}  // namespace

IrcLine ParseIrcLine(absl::string_view line) {
  IrcLine parsed;
  if (absl::ConsumePrefix(&line, ":")) parsed.prefix = CutWord(line);
  parsed.command = CutWord(line);
  while (!line.empty()) {
    if (absl::ConsumePrefix(&line, ":")) {
      parsed.parameters.push_back(line);
      break;
    }
    parsed.parameters.push_back(CutWord(line));
  }
  return parsed;
}

IrcClient::IrcClient(std::string nick, std::string channel)
    : nick_(std::move(nick)), channel_(std::move(channel)) {}

std::string IrcClient::Greeting() const {
  return absl::StrCat("NICK ", nick_, "\r\nUSER ", nick_, " 0 * :", nick_, "\r\n");
}

std::string IrcClient::Say(absl::string_view text) const {
  return absl::StrCat("PRIVMSG ", channel_, " :", text, "\r\n");
}

absl::Status IrcClient::Take(absl::string_view bytes, std::string& reply,
                             absl::FunctionRef<void(absl::string_view text)> heard) {
  absl::StrAppend(&unread_, bytes);
  absl::string_view rest = unread_;
  for (;;) {
    const size_t end = rest.find('\n');
    if (std::min(end, rest.size()) > kMaxIrcLine) {
      return absl::InvalidArgumentError("a line of more than 512 bytes: is this the port of an IRC server?");
    }
    if (end == absl::string_view::npos) break;
    const absl::string_view line = absl::StripSuffix(rest.substr(0, end), "\r");
    PARLOR_RETURN_IF_ERROR(TakeLine(ParseIrcLine(line), reply, heard));
    rest.remove_prefix(end + 1);
  }
  unread_.erase(0, unread_.size() - rest.size());
  return absl::OkStatus();
}

absl::Status IrcClient::TakeLine(const IrcLine& line, std::string& reply,
                                 absl::FunctionRef<void(absl::string_view text)> heard) {
  if (line.command == "PRIVMSG") {
    if (absl::EqualsIgnoreCase(line.parameter(0), channel_)) heard(line.parameter(1));
  } else if (line.command == "PING") {
    absl::StrAppend(&reply, "PONG :", line.parameter(0), "\r\n");
  } else if (line.command == kWelcome) {
    absl::StrAppend(&reply, "JOIN ", channel_, "\r\n");
  } else if (line.command == kEndOfNames) {
    ready_ = true;
  } else if (line.command == "ERROR" || IsRefusal(line.command)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the IRC server says: ", line.command, " ", absl::StrJoin(line.parameters, " ")));
  }
  return absl::OkStatus();
}

}  // namespace parlor::bench
