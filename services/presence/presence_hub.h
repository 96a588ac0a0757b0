// The rules of being present: who gets the seat, who is told what. Rules over a live directory; no network,
// and `now` is handed in.
//
// A connected stream is a session here. Its frames come in one after the other; different sessions' at once.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_HUB_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_HUB_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "parlor/presence/v1/presence.pb.h"
#include "services/common/live/directory.h"
#include "services/common/rate_limiter.h"
#include "services/presence/letters.h"
#include "services/presence/person.h"
#include "services/presence/presence_options.h"
#include "services/presence/roster.h"
#include "services/presence/watch_index.h"

namespace parlor::presence {

// One connected stream. Called from any thread, never under a lock of the hub; must not block.
class Listener {
 public:
  virtual ~Listener() = default;

  // The answer to Connect: one of the two, once. OnWelcome returns false if the stream has ended meanwhile.
  // The welcome lacks what the hub does not know: heartbeat, server time, revocations.
  virtual bool OnWelcome(v1::Welcome welcome) = 0;
  virtual void OnRefused(const absl::Status& why) = 0;
  // Frames for it, in order; shared between many listeners.
  virtual void Deliver(std::shared_ptr<const v1::ConnectResponse> frame) = 0;
  // Another stream has its seat.
  virtual void OnEvicted(live::Ended why) = 0;
};

// What is counted. Called under no lock.
class HubEvents {
 public:
  virtual ~HubEvents() = default;

  // A person became this, for those who see them.
  virtual void OnTransition(v1::Availability to) = 0;
  // All watchers have been handed a change that happened at `changed`.
  virtual void OnFanout(absl::Time changed) = 0;
  // The directory holds what cannot be read; the person counts as offline.
  virtual void OnUnreadable(const absl::Status& why) = 0;
};

struct Arrival {
  std::string session;  // new: RandomId()
  std::string user;
  std::string device;
  std::string ip;  // as presence sees the device; canonical, or empty
};

enum class Farewell {
  kGoodbye,  // offline at once
  kLost,     // reconnecting, and offline after the grace
};

// Thread-safe.
class PresenceHub {
 public:
  // All outlive the hub. `directory` serves this hub alone, in scope ""; `roster` is kept by the hub.
  PresenceHub(const PresenceLimits& limits, live::Directory* directory, Roster* roster, HubEvents* events);
  PresenceHub(const PresenceHub&) = delete;
  PresenceHub& operator=(const PresenceHub&) = delete;

  // INVALID_ARGUMENT for a Hello that breaks a rule; else the listener gets the answer: welcome, or refused
  // with ALREADY_EXISTS (another device is here) or UNAVAILABLE (full).
  absl::Status Connect(Arrival arrival, const v1::Hello& hello, std::shared_ptr<Listener> listener,
                       absl::Time now);
  // Ends a session; the second time without effect. A listener is not called for its session's own end.
  void Disconnect(const std::string& session, Farewell farewell, absl::Time now);

  // INVALID_ARGUMENT for what breaks a rule; without effect for a session that has ended.
  absl::Status SetStatus(const std::string& session, const v1::Status& status, absl::Time now);
  absl::Status ChangeWatch(const std::string& session, const v1::ListChange& change);
  absl::Status ChangeAccept(const std::string& session, const v1::ListChange& change, absl::Time now);
  absl::Status ChangeBlock(const std::string& session, const v1::ListChange& change, absl::Time now);
  v1::AddressesPublished SetAddresses(const std::string& session, const v1::Addresses& addresses,
                                      absl::Time now);

  // Told to a person who watches or accepts the one who types; to nobody else, and without an answer.
  void PassTyping(const std::string& session, const v1::Typing& typing, absl::Time now);
  // Why the signal was refused; REASON_UNSPECIFIED: it was passed on.
  v1::SignalRefused::Reason PassSignal(const std::string& session, const v1::Signal& signal, absl::Time now);

 private:
  struct Session {
    std::string id;
    std::string user;
    std::string device;
    std::string ip;
    std::weak_ptr<Listener> listener;
    NameList watch;
    Profile profile;
  };
  struct Watcher {
    std::string user;
    std::weak_ptr<Listener> listener;
  };
  using SessionPtr = std::shared_ptr<Session>;

  absl::StatusOr<SessionPtr> MakeSession(Arrival arrival, const v1::Hello& hello,
                                         const std::shared_ptr<Listener>& listener,
                                         v1::AddressesPublished& published, absl::Time now) const;
  void OnClaimed(const SessionPtr& session, v1::Welcome welcome, const absl::Status& answer, absl::Time now);
  bool PassOn(const Person& person, Letter letter);
  bool DeliverLetter(const Letter& letter) const;
  void OnLetter(absl::string_view text) const;
  void OnChange(const live::Change& change);
  void FanOut(const live::Change& change, const PersonPtr& before, const PersonPtr& after);
  PersonPtr ReadPerson(const live::Change& change) const;
  absl::Status EditProfile(const std::string& session, absl::Time now,
                           absl::FunctionRef<absl::Status(Session&, Profile&)> edit);
  SessionPtr FindSession(absl::string_view id) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  std::vector<Watcher> WatchersOf(absl::string_view user) const;

  // Constant after construction; thread-safe themselves.
  const PresenceLimits limits_;
  live::Directory* const directory_;
  Roster* const roster_;
  HubEvents* const events_;
  service::RateLimiter signals_;
  service::RateLimiter signals_to_one_;
  service::RateLimiter typing_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, SessionPtr> sessions_ ABSL_GUARDED_BY(mutex_);
  WatchIndex<Session> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_HUB_H_
