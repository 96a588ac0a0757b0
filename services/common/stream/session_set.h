// The open streams of a service: counted, bounded, and found again when all of them have to be told
// something.
#ifndef PARLOR_SERVICES_COMMON_STREAM_SESSION_SET_H_
#define PARLOR_SERVICES_COMMON_STREAM_SESSION_SET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace parlor::service {

struct SessionSetOptions {
  // Streams at once, greeted or not. A process has 20,000 files by default.
  size_t total = 19'000;
  // Of one person: their devices race for one seat, and one of them replaces its older stream.
  size_t per_user = 32;
};

// Thread-safe. Does not keep a stream alive.
template <typename Session>
class SessionSet {
 public:
  explicit SessionSet(SessionSetOptions options) : options_(options) {}

  // UNAVAILABLE when full or closed, RESOURCE_EXHAUSTED when this person has too many.
  absl::Status Add(const std::shared_ptr<Session>& session, const std::string& user) {
    absl::MutexLock lock(&mutex_);
    if (closed_) return absl::UnavailableError("the server is going down: come back in a moment");
    if (sessions_.size() >= options_.total) {
      return absl::UnavailableError("the server is full: come back in a moment");
    }
    size_t& of_user = per_user_[user];
    if (of_user >= options_.per_user) {
      return absl::ResourceExhaustedError("too many streams of this person are open: close some");
    }
    ++of_user;
    sessions_.emplace(session.get(), Entry{session, user});
    return absl::OkStatus();
  }

  // Without effect for one that is not there.
  void Remove(const Session* session) {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return;
    const auto of_user = per_user_.find(found->second.user);
    if (--of_user->second == 0) per_user_.erase(of_user);
    sessions_.erase(found);
  }

  // Takes no new ones from now on.
  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }

  std::vector<std::shared_ptr<Session>> All() const {
    absl::MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(sessions_.size());
    for (const auto& [key, entry] : sessions_) {
      if (auto session = entry.session.lock()) all.push_back(std::move(session));
    }
    return all;
  }

  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return sessions_.size();
  }

 private:
  struct Entry {
    std::weak_ptr<Session> session;
    std::string user;
  };

  const SessionSetOptions options_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<const Session*, Entry> sessions_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, size_t> per_user_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_STREAM_SESSION_SET_H_
