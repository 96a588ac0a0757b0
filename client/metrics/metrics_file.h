// A file that holds a client's metrics, for the textfile collector of Prometheus' node exporter.
#ifndef PARLOR_CLIENT_METRICS_METRICS_FILE_H_
#define PARLOR_CLIENT_METRICS_METRICS_FILE_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace parlor::client {

// Writes on a thread of its own: a disk that hangs must not hold up anybody. Thread-safe.
class MetricsFile {
 public:
  // Called on the file's thread when writing fails after it had worked: once for each time that it stops
  // working.
  using OnFailure = std::function<void(const absl::Status&)>;

  // Writes an empty file, to find out whether it can.
  static absl::StatusOr<std::unique_ptr<MetricsFile>> Create(std::filesystem::path path,
                                                             OnFailure on_failure);
  // What was handed over last is written.
  ~MetricsFile();

  // Replaces the contents, at once or once the write before is done; of several that wait, the last one
  // counts.
  void Write(std::string text);

 private:
  MetricsFile(std::filesystem::path path, OnFailure on_failure);
  void Work();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return text_.has_value() || ending_; }

  const std::filesystem::path path_;
  const OnFailure on_failure_;

  absl::Mutex mutex_;
  std::optional<std::string> text_ ABSL_GUARDED_BY(mutex_);  // waits to be written
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_METRICS_METRICS_FILE_H_
