// What one member may make this one do beside listening to what is said: looking into history, judging what
// turns out to be of no use, telling the person of comings and goings. What is said and gossiped is bounded
// by the overlay (overlay/conduct.h). Pure.
#ifndef PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_
#define PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "client/overlay/token_bucket.h"

namespace parlor::client {

class MemberConduct {
 public:
  // Answers that are being read, each of 2 MiB at most.
  static constexpr int kAnswersAtOnce = 8;
  // What it costs, in judgements, to be told of as one who has come: some 60 times in a row, and then
  // twice a second, is no bad line any more.
  static constexpr double kComing = 50;

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
  bool MayBeJudged(absl::Time now, double cost = 1) { return judgements_.TryTake(now, cost); }
  // A ticket was refused, and the person is told so.
  bool MayBeRefused(absl::Time now) { return refusals_.TryTake(now); }
  // What nobody answers for: who types, where others may be. False: it is not heard.
  bool MayMention(absl::Time now) { return mentions_.TryTake(now); }

  // As if it had never done anything.
  bool blank(absl::Time now) const {
    return answers_ == 0 && questions_.full(now) && judgements_.full(now) && refusals_.full(now) &&
           mentions_.full(now);
  }

 private:
  // Who lost something to a full disk asks for 100 messages at a time; somebody new asks once.
  overlay::TokenBucket questions_{20, 200};
  // More than somebody has to show who brings the proofs of a room of a thousand.
  overlay::TokenBucket judgements_{100, 3'000};
  // A ticket that ran out while the services are away is shown once on each link.
  overlay::TokenBucket refusals_{0.2, 10};
  overlay::TokenBucket mentions_{5, 50};
  int answers_ = 0;
};

// By user, whether a member or not, and across links: who says goodbye and comes back does not begin anew.
// At most kMax; beyond, those go who have done nothing lately, or else anybody.
class MemberConducts {
 public:
  static constexpr size_t kMax = 2'048;

  MemberConduct& Of(const std::string& user, absl::Time now);
  // Null: it has done nothing lately.
  MemberConduct* Find(const std::string& user);

 private:
  std::map<std::string, MemberConduct> all_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_MEMBER_CONDUCT_H_
