// A client of an IRC server (RFC 2812) in one channel: as little of it as a measurement needs.
#ifndef PARLOR_BENCH_BROKER_IRC_H_
#define PARLOR_BENCH_BROKER_IRC_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bench/broker/chat_protocol.h"

namespace parlor::bench {

// A longer line is an error: 512 bytes are RFC 2812's limit, and nobody asked for tags.
inline constexpr size_t kMaxIrcLine = 512;

// Parts of a line, which must outlive them.
struct IrcLine {
  absl::string_view prefix;  // who says it; may be empty
  absl::string_view command;
  std::vector<absl::string_view> parameters;  // the last one may hold spaces

  // Empty where there are fewer.
  absl::string_view parameter(size_t index) const {
    return index < parameters.size() ? parameters[index] : absl::string_view();
  }
};
// `line` without its end; a line of nothing has an empty command.
IrcLine ParseIrcLine(absl::string_view line);

class IrcClient final : public ChatProtocol {
 public:
  // `nick`: nine characters at most, as in RFC 2812. `channel` has its "#".
  IrcClient(std::string nick, std::string channel);

  std::string Greeting() const override;
  absl::Status Take(absl::string_view bytes, std::string& reply,
                    absl::FunctionRef<void(absl::string_view text)> heard) override;
  bool ready() const override { return ready_; }
  std::string Say(absl::string_view text) const override;
  // It is the server that asks.
  std::string StayAlive() const override { return ""; }

 private:
  absl::Status TakeLine(const IrcLine& line, std::string& reply,
                        absl::FunctionRef<void(absl::string_view text)> heard);

  const std::string nick_;
  const std::string channel_;
  std::string unread_;  // less than a line
  bool ready_ = false;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_BROKER_IRC_H_
