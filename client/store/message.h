// A message as this device knows it.
#ifndef PARLOR_CLIENT_STORE_MESSAGE_H_
#define PARLOR_CLIENT_STORE_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::client {

inline constexpr size_t kMaxTextBytes = 64 * 1024;

// The device that wrote it, a random number that it drew for this conversation at this start (so that ids of
// different conversations differ), and a counter from 1.
struct MessageId {
  std::string device;
  uint64_t epoch = 0;
  uint64_t number = 0;

  friend bool operator==(const MessageId&, const MessageId&) = default;
  friend auto operator<=>(const MessageId&, const MessageId&) = default;
};

std::string ToString(const MessageId& id);  // "<device>.<epoch in hex>.<number>"
absl::StatusOr<MessageId> ParseMessageId(absl::string_view text);

// Own messages move only upwards.
enum class Mark : int {
  kQueued = 0,
  kSent = 1,
  kDelivered = 2,
  kRead = 3,
};

// Why we believe that the sender wrote it.
enum class Proof : int {
  kLink = 0,        // came over the author's own link
  kSignature = 1,   // signature, certificate and ticket were checked
  kUnverified = 2,  // passed on by others, and something is missing to prove it
  kConflict = 3,    // another message under the same id exists
};

struct Message {
  std::string conversation;  // "@user" or "#room-id"
  MessageId id;
  std::string sender;
  bool own = false;
  absl::Time time;  // hybrid logical clock, server time, milliseconds
  uint32_t logical = 0;
  std::string text;
  std::string body;           // rooms: the bytes that were signed
  std::string signature;      // rooms
  Mark mark = Mark::kQueued;  // own messages
  bool read_here = false;     // others' messages: this person has seen it
  Proof proof = Proof::kLink;
  std::string via;       // how it came: "tcp direct 192.0.2.1:7000"; empty for own ones
  absl::Time stored_at;  // this machine's clock
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_MESSAGE_H_
