// The list of rooms in memory, so that reading it asks no database and goes on while the database is away.
//
//   store: the change, and a version, in one transaction ─┐
//   Refresh: the changes since the version seen last ─────┴─> RoomIndex ──> List
//
// What this process changes is listed once Refresh has returned, which whoever changes something calls. What
// another replica changes is listed after the next Refresh, which RoomsModule calls every
// RoomsOptions::list_refresh (2 s) on the blocking pool: a list is older than that, and the time of a query,
// only while the database is away or behind.
//
// It holds all rooms of the store (RoomLimits::max_rooms bounds them where they are made) and
// CatalogueOptions::max_guests.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_CATALOGUE_H_
#define PARLOR_SERVICES_ROOMS_ROOM_CATALOGUE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/rooms/room_index.h"

namespace parlor::rooms {

struct CatalogueOptions {
  // Invitations, roles and bans of all rooms by invitation together: 200 MB. RoomIndex says what happens to
  // those beyond; the log says that there are some.
  size_t max_guests = 1'000'000;
  // Rooms, guests or changes read, or searched under one lock, at a time.
  size_t batch = 1000;
};

// Thread-safe.
class RoomCatalogue {
 public:
  // A room that is new or has changed, or that was closed, as it was; in the order of the store. Called by
  // Refresh, which it must not call. After many changes it is called for rooms that are as they were, too.
  using Observer = std::function<void(const Room& room, bool closed)>;

  // Empty until the first Refresh. `store` outlives this.
  explicit RoomCatalogue(RoomStore* store, const CatalogueOptions& options = {});

  // Before the first Refresh.
  void Observe(Observer observer) { observer_ = std::move(observer); }

  // Brings the list to what the store holds when the call begins, or later. Blocks: one query when nothing
  // has changed, the whole list (a second for 100,000 rooms) at first and when more than
  // RoomStore::kKeptChanges were missed. After an error the list is what it was before, or newer.
  absl::Status Refresh();
  // For those who can do no better about an error than to go on with the list as it is: it is logged, once
  // until a refresh has succeeded.
  void RefreshOrLog();

  // By name; never waits for the store.
  std::vector<ListingPtr> List(RoomQuery query) const;
  size_t size() const;

 private:
  struct Told {
    Room room;
    bool closed = false;
  };

  absl::StatusOr<RoomIndex> ReadAll();
  std::vector<Told> ApplyLocked(std::vector<RoomChange> changes, RoomIndex& index)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Told> ReplaceLocked(RoomIndex& anew) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RefreshLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);

  RoomStore* const store_;
  const CatalogueOptions options_;
  Observer observer_;  // constant after the first Refresh; may be null

  // Held during blocking calls: changes are applied in their order.
  absl::Mutex turn_ ABSL_ACQUIRED_BEFORE(mutex_);
  int64_t seen_ ABSL_GUARDED_BY(turn_) = -1;
  bool stale_told_ ABSL_GUARDED_BY(turn_) = false;
  bool full_told_ ABSL_GUARDED_BY(turn_) = false;

  mutable absl::Mutex mutex_;
  RoomIndex index_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_CATALOGUE_H_
