// Marks and proofs in words, for events and scripts.
#ifndef PARLOR_CLIENT_STORE_MESSAGE_WORDS_H_
#define PARLOR_CLIENT_STORE_MESSAGE_WORDS_H_

#include "client/store/message.h"

namespace parlor::client {

inline const char* Word(Mark mark) {
  switch (mark) {
    case Mark::kQueued:
      return "queued";
    case Mark::kSent:
      return "sent";
    case Mark::kDelivered:
      return "delivered";
    case Mark::kRead:
      return "read";
  }
  return "queued";
}

inline const char* Word(Proof proof) {
  switch (proof) {
    case Proof::kLink:
      return "link";
    case Proof::kSignature:
      return "signature";
    case Proof::kUnverified:
      return "unverified";
    case Proof::kConflict:
      return "conflict";
  }
  return "unverified";
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_STORE_MESSAGE_WORDS_H_
