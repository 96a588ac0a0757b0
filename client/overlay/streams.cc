#include "client/overlay/streams.h"

#include <algorithm>
#include <utility>

namespace parlor::client::overlay {

Stream* Streams::Find(StreamId id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second.get();
}

Stream& Streams::Get(StreamId id, uint64_t owed_from) {
  if (Stream* const known = Find(id); known != nullptr) return *known;
  if (all_.size() >= options_.streams) ForgetOne();
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

void Streams::SetAuthor(Stream& stream, MemberTag author) {
  if (stream.author == author || author == 0) return;
  if (stream.author != 0) --of_author_[stream.author];
  stream.author = author;
  ++of_author_[author];
}

MemberTag Streams::AuthorOfMost() const {
  const auto most = std::max_element(of_author_.begin(), of_author_.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == of_author_.end() || most->second < 2 ? 0 : most->first;
}

// One's own are not: their numbers would begin anew for this member alone.
void Streams::ForgetOne() {
  const bool hearsay = by_change_.begin()->first == absl::InfinitePast();
  const MemberTag author = hearsay ? 0 : AuthorOfMost();
  for (const auto& [changed, id] : by_change_) {
    const Stream& stream = *Find(id);
    if (!stream.own && (author == 0 || stream.author == author)) return Forget(id);
  }
}

void Streams::Forget(StreamId id) {
  const auto stream = all_.find(id);
  by_change_.erase({stream->second->changed, id});
  if (const auto author = of_author_.find(stream->second->author);
      author != of_author_.end() && --author->second == 0) {
    of_author_.erase(author);
  }
  all_.erase(stream);
}

void Streams::Touch(Stream& stream, absl::Time now) {
  by_change_.erase({stream.changed, stream.id});
  stream.changed = now;
  by_change_.insert({now, stream.id});
}

bool Streams::Settle(Stream& stream) {
  // Longer ago than anything that counts as a change.
  if (stream.changed == absl::InfinitePast()) Touch(stream, absl::UnixEpoch());
  return std::exchange(stream.settled, true);
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
