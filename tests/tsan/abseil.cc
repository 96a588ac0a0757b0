// Linked into every program of the tsan build. Debian's Abseil was built without ThreadSanitizer, which
// therefore sees no lock of an absl::Mutex and would report every member that one guards. The linker's --wrap
// (cmake/Toolchain.cmake) leads our calls here, where ThreadSanitizer is told what they synchronise
// (sanitizer/tsan_interface.h). Calls from inside libraries are not led here.
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

namespace {

using absl::BlockingCounter;
using absl::Condition;
using absl::Duration;
using absl::Mutex;
using absl::Notification;

constexpr unsigned kExclusive = 0;
constexpr unsigned kShared = __tsan_mutex_read_lock;

void Locked(void* mutex, unsigned flags) {
  __tsan_mutex_post_lock(mutex, flags, 0);
}

void Unlocked(void* mutex, unsigned flags) {
  __tsan_mutex_pre_unlock(mutex, flags);
  __tsan_mutex_post_unlock(mutex, flags);
}

// A condition is evaluated by whichever thread holds the lock then, inside Abseil.
struct Watched {
  Mutex* mutex;
  const Condition* condition;
};

bool Evaluate(Watched* watched) {
  __tsan_acquire(watched->mutex);
  const bool holds = watched->condition->Eval();
  __tsan_release(watched->mutex);
  return holds;
}

}  // namespace

#define PARLOR_REAL(result, symbol, ...) extern "C" result __real_##symbol(__VA_ARGS__)
#define PARLOR_WRAP(result, symbol, ...) extern "C" result __wrap_##symbol(__VA_ARGS__)

PARLOR_REAL(void, _ZN4absl7debian35Mutex4LockEv, Mutex*);
PARLOR_WRAP(void, _ZN4absl7debian35Mutex4LockEv, Mutex* self) {
  __tsan_mutex_pre_lock(self, kExclusive);
  __real__ZN4absl7debian35Mutex4LockEv(self);
  Locked(self, kExclusive);
}

PARLOR_REAL(void, _ZN4absl7debian35Mutex6UnlockEv, Mutex*);
PARLOR_WRAP(void, _ZN4absl7debian35Mutex6UnlockEv, Mutex* self) {
  Unlocked(self, kExclusive);
  __real__ZN4absl7debian35Mutex6UnlockEv(self);
}

PARLOR_REAL(void, _ZN4absl7debian35Mutex10ReaderLockEv, Mutex*);
PARLOR_WRAP(void, _ZN4absl7debian35Mutex10ReaderLockEv, Mutex* self) {
  __tsan_mutex_pre_lock(self, kShared);
  __real__ZN4absl7debian35Mutex10ReaderLockEv(self);
  Locked(self, kShared);
}

PARLOR_REAL(void, _ZN4absl7debian35Mutex12ReaderUnlockEv, Mutex*);
PARLOR_WRAP(void, _ZN4absl7debian35Mutex12ReaderUnlockEv, Mutex* self) {
  Unlocked(self, kShared);
  __real__ZN4absl7debian35Mutex12ReaderUnlockEv(self);
}

PARLOR_REAL(void, _ZN4absl7debian35MutexD1Ev, Mutex*);
PARLOR_WRAP(void, _ZN4absl7debian35MutexD1Ev, Mutex* self) {
  __tsan_mutex_destroy(self, 0);
  __real__ZN4absl7debian35MutexD1Ev(self);
}

PARLOR_REAL(void, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE, Mutex*, const Condition&);
PARLOR_WRAP(void, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE, Mutex* self, const Condition& condition) {
  Watched watched{self, &condition};
  Unlocked(self, kExclusive);
  __tsan_mutex_pre_lock(self, kExclusive);
  __real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(self, Condition(Evaluate, &watched));
  Locked(self, kExclusive);
}

PARLOR_REAL(bool, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, Mutex*,
            const Condition&, Duration);
PARLOR_WRAP(bool, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, Mutex* self,
            const Condition& condition, Duration timeout) {
  Watched watched{self, &condition};
  Unlocked(self, kExclusive);
  __tsan_mutex_pre_lock(self, kExclusive);
  const bool holds = __real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(
      self, Condition(Evaluate, &watched), timeout);
  Locked(self, kExclusive);
  return holds;
}

PARLOR_REAL(void, _ZN4absl7debian312Notification6NotifyEv, Notification*);
PARLOR_WRAP(void, _ZN4absl7debian312Notification6NotifyEv, Notification* self) {
  __tsan_release(self);
  // What the inline HasBeenNotified() reads stands behind the mutex.
  __tsan_release(reinterpret_cast<char*>(self) + sizeof(Mutex));
  __real__ZN4absl7debian312Notification6NotifyEv(self);
}

PARLOR_REAL(void, _ZNK4absl7debian312Notification19WaitForNotificationEv, Notification*);
PARLOR_WRAP(void, _ZNK4absl7debian312Notification19WaitForNotificationEv, Notification* self) {
  __real__ZNK4absl7debian312Notification19WaitForNotificationEv(self);
  __tsan_acquire(self);
}

PARLOR_REAL(bool, _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE,
            Notification*, Duration);
PARLOR_WRAP(bool, _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE,
            Notification* self, Duration timeout) {
  const bool notified =
      __real__ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(self, timeout);
  if (notified) __tsan_acquire(self);
  return notified;
}

PARLOR_REAL(bool, _ZN4absl7debian315BlockingCounter14DecrementCountEv, BlockingCounter*);
PARLOR_WRAP(bool, _ZN4absl7debian315BlockingCounter14DecrementCountEv, BlockingCounter* self) {
  __tsan_release(self);
  return __real__ZN4absl7debian315BlockingCounter14DecrementCountEv(self);
}

PARLOR_REAL(void, _ZN4absl7debian315BlockingCounter4WaitEv, BlockingCounter*);
PARLOR_WRAP(void, _ZN4absl7debian315BlockingCounter4WaitEv, BlockingCounter* self) {
  __real__ZN4absl7debian315BlockingCounter4WaitEv(self);
  __tsan_acquire(self);
}
