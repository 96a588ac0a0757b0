#include "client/overlay/streams.h"

#include <utility>

namespace parlor::client::overlay {

Stream* Streams::Find(StreamId id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second.get();
}

Stream& Streams::Get(StreamId id, uint64_t owed_from) {
  if (Stream* const known = Find(id); known != nullptr) return *known;
  if (all_.size() >= options_.streams) ForgetOldest();
  auto stream = std::make_unique<Stream>();
  stream->id = id;
  stream->log = StreamLog(owed_from);
  by_change_.insert({stream->changed, id});
  return *(all_[id] = std::move(stream));
}

Stream* Streams::GetAnnounced(StreamId id, uint64_t owed_from) {
  if (Stream* const known = Find(id); known != nullptr) return known;
  const bool full = all_.size() >= options_.streams;
  if (full && by_change_.begin()->first != absl::InfinitePast()) return nullptr;
  return &Get(id, owed_from);
}

// The one that is silent for longest; one's own are not: their numbers would begin anew for this member
// alone.
void Streams::ForgetOldest() {
  for (const auto& [changed, id] : by_change_) {
    if (!Find(id)->own) return Forget(id);
  }
}

void Streams::Forget(StreamId id) {
  const auto stream = all_.find(id);
  by_change_.erase({stream->second->changed, id});
  all_.erase(stream);
}

void Streams::Touch(Stream& stream, absl::Time now) {
  by_change_.erase({stream.changed, stream.id});
  stream.changed = now;
  by_change_.insert({now, stream.id});
}

std::vector<const Stream*> Streams::ChangedSince(absl::Time since, size_t limit) const {
  std::vector<const Stream*> changed;
  for (auto it = by_change_.rbegin(); it != by_change_.rend(); ++it) {
    if (it->first < since || changed.size() >= limit) break;
    changed.push_back(Find(it->second));
  }
  return changed;
}

}  // namespace parlor::client::overlay
