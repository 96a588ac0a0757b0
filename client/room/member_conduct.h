// What one member may make this one do beside listening to what is said: looking into history, judging what
// turns out to be of no use. What is said and gossiped is bounded by the overlay (overlay/conduct.h). Pure.
#ifndef PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_
#define PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_

#include "absl/time/time.h"
#include "client/overlay/token_bucket.h"

namespace parlor::client {

class MemberConduct {
 public:
  // Answers that are being read, each of 2 MiB at most.
  static constexpr int kAnswersAtOnce = 8;

  // Whether a question for what was said before is answered. Whoever gets no answer asks somebody else.
  bool MayAsk(absl::Time now) {
    if (answers_ >= kAnswersAtOnce || !questions_.TryTake(now)) return false;
    ++answers_;
    return true;
  }
  // One that may be asked was answered. It may be somebody's of before who has come back meanwhile.
  void Answered() {
    if (answers_ > 0) --answers_;
  }

  // Something had to be judged, a hundred microseconds' work, that may have been sent for no other end: a
  // ticket, a proof, a message that is not taken. False: that is too much; it is let go.
  bool MayBeJudged(absl::Time now) { return judgements_.TryTake(now); }

 private:
  // Who lost something to a full disk asks for 100 messages at a time; somebody new asks once.
  overlay::TokenBucket questions_{20, 200};
  // More than somebody has to show who brings the proofs of a room of a thousand.
  overlay::TokenBucket judgements_{100, 3'000};
  int answers_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_
