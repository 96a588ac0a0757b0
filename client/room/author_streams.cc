#include "client/room/author_streams.h"

#include <algorithm>

namespace parlor::client {

AuthorStreams::AuthorStreams(const std::vector<Extent>& extents) {
  // The latest come first: they are the last to be forgotten.
  for (auto extent = extents.rbegin(); extent != extents.rend(); ++extent) {
    AuthorStream& stream = Get({extent->device, extent->epoch});
    stream.log = AuthorLog<IncomingRef>(extent->first, extent->last);
    stream.stored_from = extent->first;
    stream.stored_up_to = extent->last;
    stream.restored = true;
  }
}

AuthorStream& AuthorStreams::Get(const AuthorKey& key) {
  if (AuthorStream* const known = Find(key); known != nullptr) return *known;
  if (streams_.size() >= kMaxAuthorStreams) MakeRoom();
  AuthorStream& stream = streams_[key];
  stream.id = overlay::StreamOf(key.first, key.second);
  stream.used = ++uses_;
  keys_[stream.id] = key;
  return stream;
}

AuthorStream* AuthorStreams::Find(const AuthorKey& key) {
  const auto found = streams_.find(key);
  if (found == streams_.end()) return nullptr;
  found->second.used = ++uses_;
  return &found->second;
}

const AuthorKey* AuthorStreams::Find(overlay::StreamId stream) const {
  const auto found = keys_.find(stream);
  return found == keys_.end() ? nullptr : &found->second;
}

// A device has as many as it was started: one that has very many has made them up, and pushes out its own.
void AuthorStreams::MakeRoom() {
  auto idlest = streams_.end();
  size_t most = 0;
  for (auto it = streams_.begin(); it != streams_.end();) {
    const std::string& device = it->first.first;
    auto idlest_here = it;
    size_t here = 0;
    for (; it != streams_.end() && it->first.first == device; ++it, ++here) {
      if (it->second.used < idlest_here->second.used) idlest_here = it;
    }
    if (here > most || (here == most && idlest_here->second.used < idlest->second.used)) {
      most = here;
      idlest = idlest_here;
    }
  }
  keys_.erase(idlest->second.id);
  streams_.erase(idlest);
}

std::vector<AuthorKey> AuthorStreams::OfDevice(const std::string& device, size_t limit) const {
  std::vector<std::pair<uint64_t, AuthorKey>> of_device;
  for (auto it = streams_.lower_bound({device, 0}); it != streams_.end() && it->first.first == device; ++it) {
    of_device.emplace_back(it->second.used, it->first);
  }
  std::sort(of_device.rbegin(), of_device.rend());
  if (of_device.size() > limit) of_device.resize(limit);
  std::vector<AuthorKey> keys;
  for (auto& [used, key] : of_device) keys.push_back(std::move(key));
  return keys;
}

}  // namespace parlor::client
