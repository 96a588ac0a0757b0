#include "client/ui/line/delivery_notes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/ui/line/one_line.h"

namespace parlor::client {
namespace {

std::string Sentence(const std::string& target, const std::string& mark, const std::string& reason,
                     const std::string& people) {
  const bool room = target[0] == '#';
  const std::string prefix = room ? absl::StrCat(target, " ") : std::string();
  const std::string to = people.empty() ? target : people;
  if (mark == "delivered") return absl::StrCat("✓ ", prefix, "delivered to ", to);
  if (mark == "read") return absl::StrCat("✓✓ ", prefix, "read by ", to);
  if (mark == "withdrawn") return absl::StrCat("✗ to ", target, " taken back");
  if (reason == "alone") {  // in scripts' words
    return absl::StrCat("… to ", target, " waits: nobody else is here yet; those who come get it");
  }
  return absl::StrCat("… to ", target, " waits", reason.empty() ? "" : ": ", reason);
}

}  // namespace

void DeliveryNotes::Add(const DeliveryEvent& event) {
  if (event.mark == "sent" || event.target.empty()) return;
  Pending& pending = pending_[{OneLine(event.target), event.mark, OneLine(event.reason)}];
  pending.ids.insert(event.id);
  if (event.of > 0) pending.share = absl::StrCat(event.count, " of ", event.of);
  if (!event.by.empty()) pending.people.insert(absl::StrCat("@", OneLine(event.by)));
}

std::vector<std::string> DeliveryNotes::Take() {
  std::vector<std::string> lines;
  for (const auto& [key, pending] : std::exchange(pending_, {})) {
    const auto& [target, mark, reason] = key;
    const std::string count =
        pending.ids.size() > 1 ? absl::StrCat(" (", pending.ids.size(), " messages)") : std::string();
    const std::string people = pending.share.empty() ? absl::StrJoin(pending.people, ", ") : pending.share;
    lines.push_back(absl::StrCat(Sentence(target, mark, reason, people), count));
  }
  return lines;
}

}  // namespace parlor::client
