// What this member has of every author, and what it has heard that others have. Pure.
#ifndef PARLOR_CLIENT_OVERLAY_STREAMS_H_
#define PARLOR_CLIENT_OVERLAY_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/overlay/overlay_options.h"
#include "client/overlay/stream_log.h"

namespace parlor::client::overlay {

struct Stream {
  StreamId id = 0;
  StreamLog log;
  bool settled = false;    // something of it has come: until then where it begins here is hearsay
  uint64_t announced = 0;  // the highest number that anybody said to have
  absl::Time changed = absl::InfinitePast();
  uint32_t hops = 0;     // of the last message that came
  bool own = false;      // this member writes it
  MemberTag author = 0;  // 0: not known
  // The first that cannot be given to others: what is announced ends before it, or they would wait for it.
  uint64_t withheld_from = std::numeric_limits<uint64_t>::max();
  bool by_author = false;  // its source wrote it
  PeerId source;           // who brought it: the way back to the author. Empty: own, or from history

  // Of what is missing (repair.h).
  struct Announcer {
    PeerId peer;
    uint64_t up_to = 0;
    int asked = 0;
  };
  std::vector<Announcer> announcers;  // a neighbour is in it once
  PeerId asked;                       // whose answer is awaited; empty: nobody's
  uint64_t asked_to = 0;
  absl::Time asked_announced_at = absl::InfiniteFuture();  // of what was asked for last
  absl::Time ask_at = absl::InfiniteFuture();
  uint64_t gap_from = 0;                              // the first that is missing, when last looked at
  absl::Time missing_since = absl::InfiniteFuture();  // that one
  absl::Time announced_at = absl::InfiniteFuture();   // of what is missing
};

// At most options.streams: one is forgotten, and would be taken for a new one. First go those of which
// nothing has come yet, whatever is said of them; then those of the author who has most, so that nobody who
// begins many pushes out others'; of these the one that is silent for longest.
class Streams {
 public:
  explicit Streams(const OverlayOptions& options) : options_(options) {}

  Stream* Find(StreamId id) const;
  // Makes it, if need be, as one of which nothing before `owed_from` is owed to this member, as it seems.
  Stream& Get(StreamId id, uint64_t owed_from);
  // The same for one of which is only said that it exists. Null: it would take the place of one that does.
  Stream* GetAnnounced(StreamId id, uint64_t owed_from);
  void Touch(Stream& stream, absl::Time now);
  // Something of it is here: no hearsay takes its place any more. True if that was so before.
  bool Settle(Stream& stream);
  void SetAuthor(Stream& stream, MemberTag author);

  // Changed since then, the latest first, at most `limit`.
  std::vector<const Stream*> ChangedSince(absl::Time since, size_t limit) const;
  size_t size() const { return all_.size(); }

 private:
  void ForgetOne();
  void Forget(StreamId id);
  // 0: nobody has more than one.
  MemberTag AuthorOfMost() const;

  const OverlayOptions& options_;
  absl::flat_hash_map<StreamId, std::unique_ptr<Stream>> all_;
  absl::btree_set<std::pair<absl::Time, StreamId>> by_change_;
  absl::flat_hash_map<MemberTag, size_t> of_author_;
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_STREAMS_H_
