#include "bench/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace parlor::bench {

absl::StatusOr<std::unique_ptr<ScratchDirectory>> ScratchDirectory::Make() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) return absl::NotFoundError(absl::StrCat("no directory for temporary files: ", error.message()));
  std::string path = (parent / "parlor-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("make ", path));
  return std::unique_ptr<ScratchDirectory>(new ScratchDirectory(path));
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;  // a rest in the directory of temporary files harms no figure
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace parlor::bench
