// Who is where, live: presence's sessions and rooms' members. One mechanism behind one interface, in-process
// (live/in_process_directory.h) or shared by replicas over PostgreSQL (live/replicated_directory.h).
//
// A seat is (scope, user). One device's session holds it at a time; a session is known by the random id that
// its maker gave it, and whoever does not hold a seat can change nothing about it. Reads answer from memory
// and never wait for a network or a disk; what decides who has a seat may, and answers through a callback.
#ifndef PARLOR_SERVICES_COMMON_LIVE_DIRECTORY_H_
#define PARLOR_SERVICES_COMMON_LIVE_DIRECTORY_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/live/seat.h"

namespace parlor::live {

struct SeatClaim {
  std::string scope = {};
  std::string user = {};
  std::string device = {};
  std::string session = {};  // new for each claim: RandomId()
  std::string details = {};
  bool takeover = false;  // take the seat from another device of the same person
  // Seats in this scope, reconnecting ones included, checked in the same atomic step. 0: no limit. Who has a
  // seat already always gets it back.
  size_t capacity = 0;
};

struct ClaimAnswer {
  Seat seat = {};
  ChangeKind how = ChangeKind::kJoined;  // kJoined, kReturned or kMoved
};

struct ListQuery {
  std::string scope = {};
  std::string after = {};   // only users that sort (bytewise) after this one; "" from the start
  std::string prefix = {};  // only users that start with this
  size_t limit = 0;         // at most this many
};

// Thread-safe. `now` never needs to grow between calls, but deadlines are reckoned from it.
//
// Changes are told in the order in which they happened, one at a time, never under a lock of the directory,
// and on whatever thread: observers, readers of letters, `on_ended` and all answers are one such sequence, so
// when a claim is answered every observer has seen it. Callbacks may call the directory again (what comes of
// it is told after they return); they must not wait for other threads that call the directory.
class Directory {
 public:
  using OnEnded = absl::AnyInvocable<void(Ended, absl::string_view note)>;
  using ClaimDone = absl::AnyInvocable<void(absl::StatusOr<ClaimAnswer>)>;
  using Done = absl::AnyInvocable<void(absl::Status)>;
  using Observer = std::function<void(const Change&)>;
  using LetterReader = std::function<void(absl::string_view letter)>;
  // New details for a seat; nullopt: they may stay. Pure: it may be asked more than once.
  using Editor = std::function<std::optional<std::string>(const std::string& details)>;

  virtual ~Directory() = default;

  // For the directory's whole life; all of them before Start.
  virtual void Observe(Observer observer) = 0;
  virtual void ReadLetters(LetterReader reader) = 0;
  // Before the first claim. Observers are told of everybody who is there already. An error: what the
  // directory is kept in cannot be reached.
  virtual absl::Status Start() = 0;

  // The seat is
  //   free                          won, unless the scope is at `capacity` (RESOURCE_EXHAUSTED)
  //   held by the same device       won; the older session is told kReplaced
  //   held by another device,       ALREADY_EXISTS; with `takeover` won, and the older session is told
  //     present or reconnecting       kTakenOver
  // Of racing claims of different devices exactly one wins. INVALID_ARGUMENT for a session id in use,
  // UNAVAILABLE when the directory cannot tell now. `on_ended` is called once if somebody else ends the
  // session's hold; never after Release or Lose. It may be null.
  virtual void Claim(SeatClaim claim, OnEnded on_ended, absl::Time now, ClaimDone done) = 0;

  // These take effect for the session that holds its seat (or held it last, while reconnecting), and are
  // without effect for any other id: that seat has gone on to somebody newer. They cannot fail: when they
  // cannot be written down now, they are later.
  virtual void Update(absl::string_view session, std::string details, absl::Time now) = 0;
  // A goodbye: the seat is free at once.
  virtual void Release(absl::string_view session, absl::Time now) = 0;
  // The stream was lost: the seat is reconnecting, and free when the grace has passed.
  virtual void Lose(absl::string_view session, absl::Time now) = 0;

  // What somebody else does to a seat, whoever holds it. NOT_FOUND: nobody does; UNAVAILABLE: the directory
  // cannot tell now.
  virtual void Edit(const std::string& scope, const std::string& user, Editor edit, absl::Time now,
                    Done done) = 0;
  // Ends the seat; `note` is told to observers and to the holder.
  virtual void Evict(const std::string& scope, const std::string& user, std::string note, absl::Time now,
                     Done done) = 0;

  // To the readers of another process that shares this directory, or of all others (`replica` empty); those
  // of one process come in order. A letter is lost with a process that ends, and when what the directory is
  // kept in stays away for longer than a claim would wait. It may come twice, before those that follow it:
  // when it is not known whether it was sent it is sent again, since readers bear that and miss what is lost.
  // False: it cannot be sent now.
  virtual bool Send(const std::string& replica, std::string letter) = 0;

  // Calls `callback` in the sequence of changes: a snapshot that it takes of what observers keep, and tells,
  // is neither older nor newer than the changes that are told around it.
  virtual void InSequence(absl::AnyInvocable<void()> callback) = 0;

  // Frees what has been reconnecting for longer than the grace, and refuses what waited for too long.
  virtual void Tick(absl::Time now) = 0;
  // When Tick has something to do; InfiniteFuture when nothing is waited for.
  virtual absl::Time NextWake() const = 0;

  // From now on a lost stream is not told: its person is on the way to another process, which takes care of
  // those who never arrive once this one has ended. Stop() waits for that until then, if there is another
  // one.
  virtual void Drain(absl::Time until) = 0;
  // Ends the sharing; nothing is told afterwards, and everything that waits is answered before. No other call
  // of another thread may be under way, and none but reads may follow. Again: no effect.
  virtual void Stop() = 0;

  virtual std::optional<Seat> Find(absl::string_view scope, absl::string_view user) const = 0;
  // By user, bytewise; page on with the last one's user as `after`.
  virtual std::vector<Seat> List(const ListQuery& query) const = 0;
  virtual size_t Count(absl::string_view scope) const = 0;
  // The same for many at once, in their order.
  virtual std::vector<size_t> Count(const std::vector<absl::string_view>& scopes) const = 0;
  // Up to `count` different seats, any of them equally likely, in no order, never that of `except`.
  virtual std::vector<Seat> Sample(absl::string_view scope, size_t count, absl::string_view except) const = 0;

  // How old, at most, what reads answer is: since when nothing can have been heard of other processes.
  virtual absl::Duration Age() const = 0;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_DIRECTORY_H_
