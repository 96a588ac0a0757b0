// A message on its way in.
#ifndef PARLOR_CLIENT_ROOM_INCOMING_H_
#define PARLOR_CLIENT_ROOM_INCOMING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "client/chat/message_body.h"
#include "client/overlay/gossip_id.h"
#include "client/store/message.h"

namespace parlor::client {

using AuthorKey = std::pair<std::string, uint64_t>;  // device, epoch

struct Incoming {
  DecodedBody body;
  std::string bytes;  // of the body, as they were signed
  std::string signature;
  overlay::Payload payload;
  std::string from;     // who handed it over
  bool direct = false;  // by its author
  bool past = false;    // an answer to a question for what was said before
  std::string via;
  Proof proof = Proof::kUnverified;  // as it is shown
  Proof kept = Proof::kUnverified;   // as it is stored: what can be proved to others

  AuthorKey author() const { return {body.id.device, body.id.epoch}; }
};

// What an AuthorLog puts in order.
struct IncomingRef {
  std::shared_ptr<Incoming> message;
  uint64_t number() const { return message->body.id.number; }
  size_t size() const { return message->payload.bytes->size(); }
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_INCOMING_H_
