// Messages on their way to neighbours, collected over one turn: as few frames as possible, each put together
// once however many neighbours get it, with the proofs of authors whom a neighbour may not know.
#ifndef PARLOR_CLIENT_ROOM_OUTGOING_H_
#define PARLOR_CLIENT_ROOM_OUTGOING_H_

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/room/known_authors.h"

namespace parlor::client {

class Outgoing {
 public:
  // False: the link takes nothing now.
  using Send = std::function<bool(const std::string& user, absl::string_view frame)>;

  // `authors` outlives this.
  Outgoing(std::string room, const KnownAuthors& authors, Send send);

  // `author`: the device that wrote it; empty: this one, whom the link proves. False: the link takes nothing
  // until OnWritable; it was not added, and what was added in this turn may be lost.
  bool Add(const std::string& user, const overlay::Payload& message, const std::string& author);

  // What was added for `user` leaves before anything else that is sent to them now. False as above.
  bool Flush(const std::string& user);
  // To whom it failed.
  std::vector<std::string> FlushAll();

  void OnWritable(const std::string& user) { stalled_.erase(user); }
  // A link begins or ends: nobody was shown anything on it.
  void Forget(const std::string& user);

 private:
  struct Batch {
    std::vector<overlay::Payload> messages;
    std::vector<std::string> proofs;
    size_t bytes = 0;
  };

  void AddProof(const std::string& user, const overlay::Payload& message, const std::string& author,
                Batch& batch);
  // The same messages to the next one are the same frame.
  const std::string& FrameOf(const Batch& batch);
  bool SendBatch(const std::string& user, const Batch& batch);

  const std::string room_;
  const KnownAuthors& authors_;
  const Send send_;
  std::map<std::string, Batch> batches_;  // by user; empty between turns
  std::set<std::string> stalled_;
  // Of when the ticket was with which neighbours were shown the authors of what was passed on to them, by
  // device. As many as there are authors for each neighbour.
  std::map<std::string, absl::flat_hash_map<std::string, absl::Time>> shown_;
  Batch last_;
  std::string last_frame_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_OUTGOING_H_
