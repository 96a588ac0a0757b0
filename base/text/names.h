// What people and rooms may be called. Pure; thread-safe.
//
// A name is compared in its canonical form: NFKC, case-folded (UTS #46-like, as PRECIS' UsernameCaseMapped,
// RFC 8265). Two names that look alike have the same skeleton (UTS #39) and exclude each other.
#ifndef PARLOR_BASE_TEXT_NAMES_H_
#define PARLOR_BASE_TEXT_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor {

struct Name {
  std::string canonical;
  std::string skeleton;
};

inline constexpr int kMinUserNameCharacters = 3;
inline constexpr int kMaxUserNameCharacters = 32;
inline constexpr int kMaxRoomNameCharacters = 64;

// 3 to 32 characters; letters, marks and digits of any one script (UTS #39 "highly restrictive", so that
// Latin may stand beside Japanese, Korean or Chinese), plus '_', '-' and '.', which neither start nor end a
// name. A leading '@' is not part of a name and is refused. INVALID_ARGUMENT names the rule that was broken.
absl::StatusOr<Name> ParseUserName(absl::string_view input);

// 1 to 64 characters, the same rules, and '-' and '_' may stand anywhere. A leading '#' is refused.
absl::StatusOr<Name> ParseRoomName(absl::string_view input);

}  // namespace parlor

#endif  // PARLOR_BASE_TEXT_NAMES_H_
