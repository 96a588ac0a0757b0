#include "client/ui/standard_streams.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace parlor::client {
namespace {

constexpr size_t kChunk = 64 * 1024;
// A pipe that can be written to takes so much at once (POSIX), so that write never blocks.
constexpr size_t kWriteChunk = PIPE_BUF;
constexpr absl::Duration kFlushPatience = absl::Seconds(2);

// Wakes a thread that polls.
class Wakeup {
 public:
  Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Wakeup() { ::close(fd_); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void Wake() const {
    const uint64_t one = 1;
    (void)!::write(fd_, &one, sizeof(one));  // full means that it is awake already
  }
  void Clear() const {
    uint64_t count = 0;
    (void)!::read(fd_, &count, sizeof(count));
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

// ---- input

class InputReader::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Loop& loop, int fd, Handlers handlers) : loop_(loop), fd_(fd), handlers_(std::move(handlers)) {}

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop() {
    handlers_ = {};
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    wakeup_.Wake();
    thread_.join();
  }

 private:
  void Run() {
    std::array<char, kChunk> chunk;
    while (WaitReadable()) {
      const ssize_t count = ::read(fd_, chunk.data(), chunk.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count <= 0) {
        loop_.Post([self = shared_from_this()] {
          if (self->handlers_.on_end) self->handlers_.on_end();
        });
        return;
      }
      Deliver(std::string(chunk.data(), static_cast<size_t>(count)));
      if (!WaitDelivered()) return;
    }
  }

  // False: stopping.
  bool WaitReadable() {
    while (true) {
      std::array<pollfd, 2> fds = {{{fd_, POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}}};
      const int ready = ::poll(fds.data(), fds.size(), -1);
      absl::MutexLock lock(&mutex_);
      if (stopping_) return false;
      if (ready > 0 && fds[0].revents != 0) return true;
    }
  }

  void Deliver(std::string bytes) {
    absl::MutexLock lock(&mutex_);
    delivered_ = false;
    loop_.Post([self = shared_from_this(), bytes = std::move(bytes)] {
      if (self->handlers_.on_bytes) self->handlers_.on_bytes(bytes);
      absl::MutexLock done(&self->mutex_);
      self->delivered_ = true;
    });
  }

  bool WaitDelivered() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Impl* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->delivered_ || self->stopping_; },
        this));
    return !stopping_;
  }

  Loop& loop_;
  const int fd_;
  const Wakeup wakeup_;
  Handlers handlers_;  // loop thread
  std::thread thread_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool delivered_ ABSL_GUARDED_BY(mutex_) = true;
};

InputReader::InputReader(Loop& loop, int fd, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, fd, std::move(handlers))) {
  impl_->Start();
}

InputReader::~InputReader() {
  impl_->Stop();
}

// ---- output

class OutputWriter::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Loop& loop, int fd, std::function<void(const absl::Status&)> on_failed)
      : loop_(loop), fd_(fd), on_failed_(std::move(on_failed)) {}

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop() {
    on_failed_ = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      stop_by_ = absl::Now() + kFlushPatience;
    }
    wakeup_.Wake();
    thread_.join();
  }

  void Write(absl::string_view bytes) {
    absl::MutexLock lock(&mutex_);
    if (failed_) return;
    // What is long by itself is no sign that nobody reads.
    if (waiting_.size() + writing_size_ > kMaxWaitingOutputBytes) {
      return Fail(absl::ResourceExhaustedError("the output is not read: too much waits for its reader"));
    }
    absl::StrAppend(&waiting_, bytes);
    wakeup_.Wake();
  }

 private:
  void Run() {
    std::string writing;
    size_t written = 0;
    while (true) {
      if (written == writing.size()) {
        written = 0;
        writing.clear();
        if (!TakeWaiting(writing)) return;
        if (writing.empty()) continue;
      }
      if (!WaitWritable()) return;
      const size_t size = std::min(writing.size() - written, kWriteChunk);
      const ssize_t count = ::write(fd_, writing.data() + written, size);
      if (count >= 0) {
        written += static_cast<size_t>(count);
      } else if (errno != EINTR && errno != EAGAIN) {
        absl::MutexLock lock(&mutex_);
        return Fail(absl::ErrnoToStatus(errno, "the output cannot be written"));
      }
    }
  }

  // Waits for something to write; false: there is nothing, and nothing comes.
  bool TakeWaiting(std::string& writing) {
    {
      absl::MutexLock lock(&mutex_);
      if (failed_) return false;
      std::swap(writing, waiting_);
      writing_size_ = writing.size();
      if (!writing.empty()) return true;
      if (stop_by_ != absl::InfiniteFuture()) return false;
    }
    pollfd woken = {wakeup_.fd(), POLLIN, 0};
    ::poll(&woken, 1, -1);
    wakeup_.Clear();
    return true;
  }

  // False: failed, or it took too long at the end.
  bool WaitWritable() {
    while (true) {
      int patience_ms = -1;
      {
        absl::MutexLock lock(&mutex_);
        if (failed_) return false;
        if (stop_by_ != absl::InfiniteFuture()) {
          patience_ms = static_cast<int>(absl::ToInt64Milliseconds(stop_by_ - absl::Now()));
          if (patience_ms <= 0) return false;
        }
      }
      std::array<pollfd, 2> fds = {{{fd_, POLLOUT, 0}, {wakeup_.fd(), POLLIN, 0}}};
      ::poll(fds.data(), fds.size(), patience_ms);
      if (fds[1].revents != 0) wakeup_.Clear();
      if (fds[0].revents != 0) return true;
    }
  }

  void Fail(absl::Status why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    failed_ = true;
    waiting_.clear();
    wakeup_.Wake();
    loop_.Post([self = shared_from_this(), why = std::move(why)] {
      if (self->on_failed_) self->on_failed_(why);
    });
  }

  Loop& loop_;
  const int fd_;
  const Wakeup wakeup_;
  std::function<void(const absl::Status&)> on_failed_;  // loop thread
  std::thread thread_;

  absl::Mutex mutex_;
  std::string waiting_ ABSL_GUARDED_BY(mutex_);
  size_t writing_size_ ABSL_GUARDED_BY(mutex_) = 0;  // what the thread took last
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time stop_by_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

OutputWriter::OutputWriter(Loop& loop, int fd, std::function<void(const absl::Status&)> on_failed)
    : impl_(std::make_shared<Impl>(loop, fd, std::move(on_failed))) {
  impl_->Start();
}

OutputWriter::~OutputWriter() {
  impl_->Stop();
}

void OutputWriter::Write(absl::string_view bytes) {
  impl_->Write(bytes);
}

}  // namespace parlor::client
