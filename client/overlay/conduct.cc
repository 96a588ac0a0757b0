#include "client/overlay/conduct.h"

#include "absl/strings/str_cat.h"

namespace parlor::client::overlay {
namespace {

// A message comes over a link once, sometimes twice: when it was asked for, and then pushed after all.
constexpr absl::Duration kDuplicatesWindow = absl::Minutes(1);
constexpr uint64_t kMostCopies = 3;

}  // namespace

absl::Status Conduct::OnFrame(Neighbour& neighbour, absl::Time now) const {
  if (neighbour.conduct->frames.TryTake(now)) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("@", neighbour.id, " floods the room with announcements"));
}

absl::Status Conduct::OnMessage(Neighbour& neighbour, bool own, absl::Time now) const {
  neighbour.conduct->unanswered_wants = 0;
  if (!own || neighbour.conduct->own_messages.TryTake(now)) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("@", neighbour.id, " floods the room with messages"));
}

absl::Status Conduct::OnDuplicate(Neighbour& neighbour, uint64_t received, absl::Time now) const {
  if (now - neighbour.conduct->duplicates_since > kDuplicatesWindow) {
    neighbour.conduct->duplicates_since = now;
    neighbour.conduct->duplicates_after = received;
    neighbour.conduct->duplicates = 0;
  }
  ++neighbour.conduct->duplicates;
  const uint64_t fair =
      options_.duplicates_burst + kMostCopies * (received - neighbour.conduct->duplicates_after);
  if (neighbour.conduct->duplicates <= fair) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("@", neighbour.id, " repeats messages that are known"));
}

absl::Status Conduct::OfAnswers(const Neighbour& neighbour) const {
  if (neighbour.conduct->unanswered_wants < options_.unanswered_wants) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("@", neighbour.id, " has messages and does not give them"));
}

}  // namespace parlor::client::overlay
