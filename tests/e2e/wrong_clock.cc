// A wrong wall clock for the program that this library is preloaded into: PARLOR_CLOCK_OFFSET seconds ahead
// of the machine's. The monotonic clock is right, as on a machine that was set wrongly.
//
// Deadlines by the wall clock are translated on their way into the kernel, also those of Abseil's own futex
// calls. libfaketime (0.9.10) leaves these as they are, and whoever is an hour slow then waits for what is
// long past: a busy loop that no machine has.
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>

namespace {

time_t Offset() {
  static const time_t offset = [] {
    const char* text = std::getenv("PARLOR_CLOCK_OFFSET");
    return text == nullptr ? 0 : std::atol(text);
  }();
  return offset;
}

bool IsWallClock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

timespec ForKernel(const timespec& deadline) {
  return {deadline.tv_sec - Offset(), deadline.tv_nsec};
}

template <typename Function>
Function* Next(Function*, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

#define PARLOR_NEXT(function) \
  static auto* const next = Next(&::function, #function)  // resolved once; thread-safe as C++ says

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  PARLOR_NEXT(clock_gettime);
  const int result = next(clock, now);
  if (result == 0 && IsWallClock(clock)) now->tv_sec += Offset();
  return result;
}

int gettimeofday(timeval* __restrict now, void* __restrict zone) noexcept {
  PARLOR_NEXT(gettimeofday);
  const int result = next(now, zone);
  if (result == 0) now->tv_sec += Offset();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

// A condition made for the monotonic clock cannot be told from another one here; its deadlines are far from
// the wall clock's, which counts from 1970.
int pthread_cond_timedwait(pthread_cond_t* __restrict condition, pthread_mutex_t* __restrict mutex,
                           const timespec* __restrict deadline) {
  PARLOR_NEXT(pthread_cond_timedwait);
  constexpr time_t kYear2001 = 1'000'000'000;
  const timespec translated = deadline->tv_sec > kYear2001 ? ForKernel(*deadline) : *deadline;
  return next(condition, mutex, &translated);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* deadline) {
  PARLOR_NEXT(pthread_cond_clockwait);
  const timespec translated = IsWallClock(clock) ? ForKernel(*deadline) : *deadline;
  return next(condition, mutex, clock, &translated);
}

int sem_timedwait(sem_t* __restrict semaphore, const timespec* __restrict deadline) {
  PARLOR_NEXT(sem_timedwait);
  const timespec translated = ForKernel(*deadline);
  return next(semaphore, &translated);
}

long syscall(long number, ...) noexcept {
  PARLOR_NEXT(syscall);
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  constexpr long kAbsolute = FUTEX_CLOCK_REALTIME | FUTEX_WAIT_BITSET;
  const bool waits = number == SYS_futex && (a[1] & kAbsolute) == kAbsolute && a[3] != 0;
  if (!waits) return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  const timespec translated = ForKernel(*reinterpret_cast<const timespec*>(a[3]));
  return next(number, a[0], a[1], a[2], &translated, a[4], a[5]);
}

}  // extern "C"
