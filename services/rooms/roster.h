// The streams that this process holds, by room and by session. The live directory knows who is in a room
// wherever they are connected; the roster knows how to tell them something.
#ifndef PARLOR_SERVICES_ROOMS_ROSTER_H_
#define PARLOR_SERVICES_ROOMS_ROSTER_H_

#include <cstddef>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/rooms/member_stream.h"
#include "services/rooms/tickets.h"

namespace parlor::rooms {

struct LocalMember {
  std::string session;
  Bearer bearer;
  absl::Time removed_at = absl::InfinitePast();  // see TicketOffice::MakeTicket
  std::shared_ptr<MemberStream> stream;
};
using LocalMemberPtr = std::shared_ptr<const LocalMember>;

// Thread-safe. Holds as many members as there are streams, which the server bounds.
class Roster {
 public:
  // `renew_at`: when the member's ticket is to be renewed first.
  void Add(LocalMemberPtr member, absl::Time renew_at);
  void Remove(absl::string_view session);

  LocalMemberPtr Find(absl::string_view session) const;  // null when there is none
  std::vector<LocalMemberPtr> InRoom(absl::string_view room_id) const;
  std::vector<LocalMemberPtr> All() const;

  // Members whose ticket is to be renewed at `now`; each is due again `interval` later.
  std::vector<LocalMemberPtr> TakeDue(absl::Time now, absl::Duration interval);

  // Members whom the store is to be asked about; without effect for those who are not here.
  void Doubt(absl::string_view session);
  bool HasDoubts() const;
  // One of them, who is in doubt no longer; null when there is none.
  LocalMemberPtr TakeDoubtful();

 private:
  using BySession = absl::flat_hash_map<std::string, LocalMemberPtr>;
  struct Renewal {
    absl::Time due;
    std::string session;
  };
  struct Later {
    bool operator()(const Renewal& a, const Renewal& b) const { return a.due > b.due; }
  };

  mutable absl::Mutex mutex_;
  BySession members_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, BySession> rooms_ ABSL_GUARDED_BY(mutex_);
  // At most one entry a session. The entry of one that has gone stays until it is due.
  std::priority_queue<Renewal, std::vector<Renewal>, Later> renewals_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> doubtful_ ABSL_GUARDED_BY(mutex_);  // sessions of members
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROSTER_H_
