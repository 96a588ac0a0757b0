// The bytes of a message as its author wrote them, in private chats and in rooms alike. Pure.
#ifndef PARLOR_CLIENT_CHAT_MESSAGE_BODY_H_
#define PARLOR_CLIENT_CHAT_MESSAGE_BODY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/store/message.h"

namespace parlor::client {

// Time that never runs back and orders what was said after what was read (Kulkarni et al., "Logical physical
// clocks", 2014). Milliseconds, as the wire has it.
struct HybridTime {
  int64_t ms = 0;
  uint32_t logical = 0;

  friend auto operator<=>(const HybridTime&, const HybridTime&) = default;
};

class HybridClock {
 public:
  // For a message written now.
  HybridTime Next(absl::Time now);
  // A message was read. One from more than 60 s ahead of `now` does not pull the clock along.
  void Observe(const HybridTime& seen, absl::Time now);

 private:
  HybridTime last_;
};

struct DecodedBody {
  std::string room;  // id; empty in a private chat
  std::string sender;
  MessageId id;
  HybridTime time;
  std::string previous;
  std::string text;
};

// 1 to 65,536 bytes of valid UTF-8 without NUL. INVALID_ARGUMENT tells the person what to do.
absl::Status CheckText(absl::string_view text);

std::string EncodeBody(const DecodedBody& body);

// INVALID_ARGUMENT: it does not parse, names no sender or device, counts from 0, is at a time outside the
// years 2000 to 2200, or its text is not one.
absl::StatusOr<DecodedBody> DecodeBody(absl::string_view bytes);

absl::Time ToTime(const HybridTime& time);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CHAT_MESSAGE_BODY_H_
