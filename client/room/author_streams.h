// What is known of every author's messages, one start of one device each: their order, the last one's hash,
// and what is on the disk. Pure.
#ifndef PARLOR_CLIENT_ROOM_AUTHOR_STREAMS_H_
#define PARLOR_CLIENT_ROOM_AUTHOR_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/overlay/gossip_id.h"
#include "client/room/author_log.h"
#include "client/room/incoming.h"
#include "client/store/store.h"

namespace parlor::client {

// (device, start) pairs in memory.
inline constexpr size_t kMaxAuthorStreams = 4'096;

struct AuthorStream {
  overlay::StreamId id = 0;
  AuthorLog<IncomingRef> log;
  uint64_t last_number = 0;  // shown, and the hash of its body; 0: none in this run
  std::string last_hash;
  // On the disk, without a gap but for what Room knows to be missing. 0: nothing.
  uint64_t stored_from = 0;
  uint64_t stored_up_to = 0;
  bool restored = false;  // begun in an earlier run
  uint64_t used = 0;
};

// At most kMaxAuthorStreams: of the device that has most the one that was silent for longest is forgotten;
// what comes of it then begins its order anew.
class AuthorStreams {
 public:
  AuthorStreams() = default;
  // What the store holds.
  explicit AuthorStreams(const std::vector<Extent>& extents);

  AuthorStream& Get(const AuthorKey& key);
  AuthorStream* Find(const AuthorKey& key);               // null: not known
  const AuthorKey* Find(overlay::StreamId stream) const;  // the same
  // Of one device, the latest at most.
  std::vector<AuthorKey> OfDevice(const std::string& device, size_t limit) const;
  size_t size() const { return streams_.size(); }

 private:
  void MakeRoom();

  std::map<AuthorKey, AuthorStream> streams_;
  absl::flat_hash_map<overlay::StreamId, AuthorKey> keys_;
  uint64_t uses_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_AUTHOR_STREAMS_H_
