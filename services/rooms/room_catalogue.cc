#include "services/rooms/room_catalogue.h"

#include <optional>
#include <string>
#include <utility>

#include "base/status.h"
#include "spdlog/spdlog.h"

namespace parlor::rooms {
namespace {

// Whether nothing is missing between version `since` and these.
bool Follow(int64_t since, const RoomChanges& changes) {
  if (changes.changes.empty()) return changes.newest == since;
  return changes.changes.front().version == since + 1;
}

}  // namespace

RoomCatalogue::RoomCatalogue(RoomStore* store, const CatalogueOptions& options)
    : store_(store), options_(options), index_(options.max_guests) {}

absl::StatusOr<RoomIndex> RoomCatalogue::ReadAll() {
  RoomIndex index(options_.max_guests);
  std::string last_id;
  for (size_t read = options_.batch; read == options_.batch;) {
    PARLOR_ASSIGN_OR_RETURN(std::vector<ListedRoom> rooms, store_->ListRooms(last_id, options_.batch));
    read = rooms.size();
    if (read != 0) last_id = rooms.back().room.id;
    for (ListedRoom& room : rooms) index.Put(std::move(room));
  }
  Guest last;
  for (size_t read = options_.batch; read == options_.batch;) {
    PARLOR_ASSIGN_OR_RETURN(const std::vector<Guest> guests, store_->ListGuests(last, options_.batch));
    read = guests.size();
    if (read != 0) last = guests.back();
    for (const Guest& guest : guests) index.SetGuest(guest.room_id, guest.user, true);
  }
  return index;
}

std::vector<RoomCatalogue::Told> RoomCatalogue::ApplyLocked(std::vector<RoomChange> changes,
                                                            RoomIndex& index) {
  std::vector<Told> told;
  for (RoomChange& change : changes) {
    if (change.room.has_value()) {
      told.push_back({change.room->room});
    } else if (const Room* const closed = change.guest.empty() ? index.Find(change.room_id) : nullptr) {
      told.push_back({*closed, true});
    }
    index.Apply(std::move(change));
  }
  return told;
}

// What happened between the two is not known: rooms that are gone were closed, all others may have changed.
std::vector<RoomCatalogue::Told> RoomCatalogue::ReplaceLocked(RoomIndex& anew) {
  std::vector<Told> told;
  index_.ForEach([&](const Room& room) {
    if (anew.Find(room.id) == nullptr) told.push_back({room, true});
  });
  anew.ForEach([&](const Room& room) { told.push_back({room}); });
  std::swap(index_, anew);
  return told;
}

// A list that is read anew replaces the old one when it has caught up with what changed meanwhile.
absl::Status RoomCatalogue::RefreshLocked() {
  std::optional<RoomIndex> anew;
  int64_t seen = seen_;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(RoomChanges news, store_->ListChanges(seen, options_.batch));
    if (!Follow(seen, news)) {
      seen = news.newest;
      PARLOR_ASSIGN_OR_RETURN(anew, ReadAll());
      continue;
    }
    if (!news.changes.empty()) seen = news.changes.back().version;
    const bool caught_up = seen == news.newest;
    std::vector<Told> told;
    {
      absl::MutexLock lock(&mutex_);
      told = ApplyLocked(std::move(news.changes), anew.has_value() ? *anew : index_);
      if (anew.has_value() && !caught_up) continue;
      if (anew.has_value()) told = ReplaceLocked(*anew);
    }
    seen_ = seen;
    if (observer_ != nullptr) {
      for (const Told& change : told) observer_(change.room, change.closed);
    }
    if (caught_up) return absl::OkStatus();
  }
}

absl::Status RoomCatalogue::Refresh() {
  absl::MutexLock turn(&turn_);
  return RefreshLocked();
}

void RoomCatalogue::RefreshOrLog() {
  absl::MutexLock turn(&turn_);
  const absl::Status refreshed = RefreshLocked();
  if (!refreshed.ok() && !stale_told_) {
    spdlog::warn("the list of rooms stays as it is until the database answers: {}", refreshed.ToString());
  }
  stale_told_ = !refreshed.ok();
  absl::ReaderMutexLock lock(&mutex_);
  if (index_.is_full() && !full_told_) {
    spdlog::warn("{} guests of rooms by invitation fill the list: more do not see their rooms in it",
                 options_.max_guests);
  }
  full_told_ = index_.is_full();
}

// Other readers and changes have their turn between two batches, however long a search is.
std::vector<ListingPtr> RoomCatalogue::List(RoomQuery query) const {
  std::vector<ListingPtr> found;
  while (found.size() < query.limit) {
    absl::ReaderMutexLock lock(&mutex_);
    std::optional<std::string> last = index_.List(query, options_.batch, found);
    if (!last.has_value()) break;
    query.after = *std::move(last);
  }
  return found;
}

size_t RoomCatalogue::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return index_.size();
}

}  // namespace parlor::rooms
