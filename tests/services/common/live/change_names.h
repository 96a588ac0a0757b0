// What happened, in a word: for logs of tests.
#ifndef PARLOR_TESTS_SERVICES_COMMON_LIVE_CHANGE_NAMES_H_
#define PARLOR_TESTS_SERVICES_COMMON_LIVE_CHANGE_NAMES_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/live/seat.h"

namespace parlor::live::testing {

inline std::string NameOf(const Change& change) {
  switch (change.kind) {
    case ChangeKind::kJoined:
      return "joined";
    case ChangeKind::kReturned:
      return "returned";
    case ChangeKind::kMoved:
      return "moved";
    case ChangeKind::kUpdated:
      return "updated";
    case ChangeKind::kReconnecting:
      return "reconnecting";
    case ChangeKind::kKept:
      return "kept";
    case ChangeKind::kLeft:
      break;
  }
  switch (change.leaving) {
    case Leaving::kReleased:
      return "released";
    case Leaving::kGraceEnded:
      return "grace ended";
    case Leaving::kEvicted:
      return absl::StrCat("evicted ", change.note);
  }
  return "";
}

inline std::string NameOf(Ended ended) {
  switch (ended) {
    case Ended::kReplaced:
      return "replaced";
    case Ended::kTakenOver:
      return "taken over";
    case Ended::kEvicted:
      return "evicted";
  }
  return "";
}

}  // namespace parlor::live::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_LIVE_CHANGE_NAMES_H_
