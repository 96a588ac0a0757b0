#include "services/rooms/room_index.h"

#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "services/rooms/room_page.h"

namespace parlor::rooms {

bool RoomIndex::ByName::operator()(const Entry* a, const Entry* b) const {
  return std::tie(a->room().name, a->room().id) < std::tie(b->room().name, b->room().id);
}

void RoomIndex::Put(ListedRoom listed) {
  std::unique_ptr<Entry>& entry = by_id_[listed.room.id];
  const bool is_new = entry == nullptr;
  if (is_new) entry = std::make_unique<Entry>();
  std::string wire = WireOf(listed.room);
  entry->listing = std::make_shared<const Listing>(Listing{std::move(listed.room), std::move(wire)});
  entry->search_text = std::move(listed.search_text);
  if (!is_new) return;
  if (entry->room().access == Access::kInvite) {
    Link(entry->room().owner, entry.get());
  } else {
    public_.insert(entry.get());
  }
}

const Room* RoomIndex::Find(absl::string_view room_id) const {
  const auto found = by_id_.find(room_id);
  return found == by_id_.end() ? nullptr : &found->second->room();
}

void RoomIndex::Remove(absl::string_view room_id) {
  const auto found = by_id_.find(room_id);
  if (found == by_id_.end()) return;
  const Entry* entry = found->second.get();
  if (entry->room().access == Access::kInvite) {
    Unlink(entry->room().owner, entry);
    for (const std::string& guest : entry->guests) Unlink(guest, entry);
    guests_ -= entry->guests.size();
  } else {
    public_.erase(entry);
  }
  by_id_.erase(found);
}

void RoomIndex::SetGuest(absl::string_view room_id, absl::string_view user, bool knows) {
  const auto found = by_id_.find(room_id);
  if (found == by_id_.end()) return;
  Entry& entry = *found->second;
  if (entry.room().access != Access::kInvite || entry.room().owner == user) return;
  const std::string guest(user);
  if (!knows) {
    if (entry.guests.erase(guest) == 0) return;
    Unlink(guest, &entry);
    --guests_;
  } else if (!is_full() && entry.guests.insert(guest).second) {
    Link(guest, &entry);
    ++guests_;
  }
}

void RoomIndex::Apply(RoomChange change) {
  if (!change.room.has_value()) return Remove(change.room_id);
  if (change.guest.empty()) return Put(*std::move(change.room));
  SetGuest(change.room_id, change.guest, change.knows);
}

void RoomIndex::Unlink(const std::string& user, const Entry* entry) {
  const auto rooms = known_.find(user);
  rooms->second.erase(entry);
  if (rooms->second.empty()) known_.erase(rooms);
}

std::optional<std::string> RoomIndex::List(const RoomQuery& query, size_t most,
                                           std::vector<ListingPtr>& found) const {
  static const Ordered& kNone = *new Ordered;
  const auto viewers = known_.find(query.viewer);
  const Ordered& known = viewers == known_.end() ? kNone : viewers->second;
  const absl::string_view after = query.after;
  auto open = query.after.empty() ? public_.begin() : public_.upper_bound(after);
  auto secret = query.after.empty() ? known.begin() : known.upper_bound(after);
  const Entry* last = nullptr;
  for (size_t looked = 0; looked < most && found.size() < query.limit; ++looked) {
    if (open == public_.end() && secret == known.end()) return std::nullopt;
    const bool secret_next = open == public_.end() || (secret != known.end() && ByName()(*secret, *open));
    last = secret_next ? *secret++ : *open++;
    if (absl::StrContains(last->search_text, query.search)) found.push_back(last->listing);
  }
  return last == nullptr ? query.after : last->room().name;
}

}  // namespace parlor::rooms
