// What others wrote, and the clock that reading it moves.
#include "client/chat/message_body.h"

#include <algorithm>

#include "parlor/peer/v1/peer.pb.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

using client::DecodedBody;
using client::HybridClock;
using client::HybridTime;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr int64_t kMaxAheadMs = 60'000;  // of what pulls the clock along (DESIGN §4)

bool Same(const DecodedBody& a, const DecodedBody& b) {
  return a.room == b.room && a.sender == b.sender && a.id == b.id && a.time == b.time &&
         a.previous == b.previous && a.text == b.text;
}

void CheckRoundTrip(const DecodedBody& body) {
  const std::string bytes = client::EncodeBody(body);
  const absl::StatusOr<DecodedBody> again = client::DecodeBody(bytes);
  Promise(again.ok() && Same(*again, body), "what was decoded can be encoded and decoded");
  Promise(client::EncodeBody(*again) == bytes, "a body has one encoding");
}

void CheckClock(HybridClock& clock, const HybridTime& seen, absl::Time now, HybridTime& last) {
  clock.Observe(seen, now);
  const HybridTime next = clock.Next(now);
  const int64_t limit = absl::ToUnixMillis(now) + kMaxAheadMs;
  Promise(next > last, "time never runs back");
  Promise(seen.ms > limit || next > seen, "what was said after something was read is later");
  Promise(next.ms <= std::max(limit, last.ms) + 1, "nobody pulls the clock more than a minute ahead");
  last = next;
}

DecodedBody Example() {
  return {.room = "room1",
          .sender = "ann",
          .id = {"abcdefghijklmnopqrstuvwxyz", 7, 1},
          .time = {absl::ToUnixMillis(kNow), 1},
          .previous = std::string(32, 'h'),
          .text = "Grüße, 世界"};
}

std::string Wire(const DecodedBody& body) {
  return Part(client::EncodeBody(body));
}

}  // namespace

// Bodies as they come, one after the other, a moment apart.
void Test(Input input) {
  HybridClock clock;
  HybridTime last;
  absl::Time now = kNow;
  while (!input.empty()) {
    now += absl::Milliseconds(input.Byte() % 8);
    const absl::StatusOr<DecodedBody> body = client::DecodeBody(input.Part());
    if (!body.ok()) continue;
    CheckRoundTrip(*body);
    CheckClock(clock, body->time, now, last);
  }
}

std::vector<std::string> Seeds() {
  const std::string at_once(1, '\0'), later(1, '\1');
  const DecodedBody example = Example();
  DecodedBody reply = example, ahead = example, too_early = example, far = example, odd_hash = example,
              counted_out = example;
  reply.id.number = 2;
  ahead.time.ms += kMaxAheadMs;
  far.time.ms += kMaxAheadMs + 1;
  too_early.time.ms = 0;
  counted_out.time.logical = UINT32_MAX;
  odd_hash.previous = "short";
  peer::v1::MessageBody empty;
  return {at_once + Wire(example) + later + Wire(reply),
          at_once + Wire(ahead) + at_once + Wire(example) + later + Wire(far) + later + Wire(reply),
          at_once + Wire(example) + at_once + Wire(counted_out) + at_once + Wire(reply),
          at_once + Wire(too_early) + at_once + Wire(odd_hash) + at_once + Wire(example),
          at_once + Part(empty.SerializeAsString()) + at_once + Part("no body at all")};
}

}  // namespace parlor::fuzz
