// A directory for what one benchmark puts on the disk; gone with this object.
#ifndef PARLOR_BENCH_SCRATCH_DIRECTORY_H_
#define PARLOR_BENCH_SCRATCH_DIRECTORY_H_

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"

namespace parlor::bench {

class ScratchDirectory {
 public:
  // Under TMPDIR, else /tmp: commits cost what they cost on the file system there.
  static absl::StatusOr<std::unique_ptr<ScratchDirectory>> Make();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path path_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SCRATCH_DIRECTORY_H_
