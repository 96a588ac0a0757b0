#include "client/metrics/metrics_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace parlor::client {
namespace {

absl::Status Replace(const std::filesystem::path& path, const std::string& text) {
  const absl::Status written = WriteFileAtomically(path, text, kPublicFile);
  if (written.ok()) return written;
  return absl::Status(written.code(), absl::StrCat("the metrics cannot be written (", written.message(),
                                                   "): look at the directory that --metrics-file names"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsFile>> MetricsFile::Create(std::filesystem::path path,
                                                                 OnFailure on_failure) {
  const absl::Status written = Replace(path, "");
  if (!written.ok()) return written;
  return std::unique_ptr<MetricsFile>(new MetricsFile(std::move(path), std::move(on_failure)));
}

MetricsFile::MetricsFile(std::filesystem::path path, OnFailure on_failure)
    : path_(std::move(path)), on_failure_(std::move(on_failure)), thread_([this] { Work(); }) {}

MetricsFile::~MetricsFile() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

void MetricsFile::Write(std::string text) {
  absl::MutexLock lock(&mutex_);
  text_ = std::move(text);
}

void MetricsFile::Work() {
  bool works = true;
  while (true) {
    std::string text;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &MetricsFile::HasWork));
      if (!text_.has_value()) return;
      text = *std::exchange(text_, std::nullopt);
    }
    const absl::Status written = Replace(path_, text);
    if (!written.ok() && works) on_failure_(written);
    works = written.ok();
  }
}

}  // namespace parlor::client
