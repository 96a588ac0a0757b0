// What the list of rooms is answered from: ordered by name, once for everybody, and once for each person who
// knows rooms by invitation. So a page costs what it holds, however many rooms there are; a search looks at
// the text of one room after the other (100,000 rooms: some 5 ms). Pure; one thread at a time.
//
// A room takes about 1 KB and its message, a guest of a room by invitation about 200 bytes.
#ifndef PARLOR_SERVICES_ROOMS_ROOM_INDEX_H_
#define PARLOR_SERVICES_ROOMS_ROOM_INDEX_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "services/rooms/store/room_store.h"

namespace parlor::rooms {

struct RoomQuery {
  std::string viewer;  // sees what MaySee (admission.h) says
  std::string search;  // folded (FoldForSearch), in the name or the topic; empty: all
  std::string after;   // only names that come after this one, compared as bytes
  size_t limit = 100;
};

struct Listing {
  Room room;         // without the hash of its password
  std::string wire;  // as a page holds it (room_page.h)
};
using ListingPtr = std::shared_ptr<const Listing>;

class RoomIndex {
 public:
  // Guests beyond `max_guests` are not taken in: until there is place for them they do not see the room in
  // lists, and enter it by its name as ever.
  explicit RoomIndex(size_t max_guests) : max_guests_(max_guests) {}
  // Not to be copied: the orders point to the entries.
  RoomIndex(RoomIndex&&) = default;
  RoomIndex& operator=(RoomIndex&&) = default;

  // A new room, or one whose topic changed; name, access and owner of a room never change.
  void Put(ListedRoom room);
  void Remove(absl::string_view room_id);
  // Whether a person may see a room by invitation. Without effect for owners, who always may, for rooms that
  // everybody sees and for those that are not there.
  void SetGuest(absl::string_view room_id, absl::string_view user, bool knows);
  // Any of the three.
  void Apply(RoomChange change);

  // Adds rooms to `found`, by name, until they are query.limit or `most` rooms have been looked at. Returns
  // the name after which to go on, or nothing at the end of the list.
  std::optional<std::string> List(const RoomQuery& query, size_t most, std::vector<ListingPtr>& found) const;

  size_t size() const { return by_id_.size(); }
  const Room* Find(absl::string_view room_id) const;  // null when there is none; valid until a change
  // In no order.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const auto& [id, entry] : by_id_) visit(entry->room());
  }
  bool is_full() const { return guests_ >= max_guests_; }

 private:
  struct Entry {
    ListingPtr listing;
    std::string search_text;
    absl::flat_hash_set<std::string> guests;  // of rooms by invitation, but the owner

    const Room& room() const { return listing->room; }
  };
  // Rooms of one name exist side by side for a moment: one that was closed and the one made anew, while
  // changes are applied. So the id decides, too.
  struct ByName {
    using is_transparent = void;
    bool operator()(const Entry* a, const Entry* b) const;
    bool operator()(absl::string_view name, const Entry* b) const { return name < b->room().name; }
    bool operator()(const Entry* a, absl::string_view name) const { return a->room().name < name; }
  };
  using Ordered = absl::btree_set<const Entry*, ByName>;

  void Link(const std::string& user, const Entry* entry) { known_[user].insert(entry); }
  void Unlink(const std::string& user, const Entry* entry);

  size_t max_guests_;
  size_t guests_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Entry>> by_id_;
  Ordered public_;                                   // that everybody sees
  absl::flat_hash_map<std::string, Ordered> known_;  // by invitation: by who may see them
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOM_INDEX_H_
