// What people and rooms may be called. Pure; thread-safe.
//
// A name is compared in its canonical form: NFKC, case-folded (UTS #46-like, as PRECIS' UsernameCaseMapped,
// RFC 8265). Two names that look alike have the same skeleton (UTS #39) and exclude each other. The skeleton
// is that of the canonical form, case-folded once more: 1 and l, 0 and o, m and rn, Latin a and Cyrillic а
// are one.
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

// 3 to 32 characters (code points of the canonical form); letters, marks and decimal digits of any one script
// (UTS #39 "highly restrictive", so that Latin may stand beside Japanese, Korean or Chinese), plus '_', '-'
// and '.', which neither start nor end a name. A mark follows a letter, and at most three others; a name with
// right-to-left letters starts with one (RFC 5893). Spaces and invisible characters are refused, not removed.
// A leading '@' is not part of a name and is refused. INVALID_ARGUMENT names the rule that was broken, in few
// words whatever the input; what is far too long is refused without being looked at.
absl::StatusOr<Name> ParseUserName(absl::string_view input);

// 1 to 64 characters, the same rules, but '-' and '_' may stand anywhere. A leading '#' is refused.
absl::StatusOr<Name> ParseRoomName(absl::string_view input);

}  // namespace parlor

#endif  // PARLOR_BASE_TEXT_NAMES_H_
