// What people ask about each other: one person, all who are online, those whose name starts so. Rules over
// the roster; no network.
#ifndef PARLOR_SERVICES_PRESENCE_QUERIES_H_
#define PARLOR_SERVICES_PRESENCE_QUERIES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "parlor/presence/v1/presence.pb.h"
#include "services/common/live/directory.h"
#include "services/presence/presence_options.h"
#include "services/presence/roster.h"

namespace parlor::presence {

struct Asker {
  std::string user;
  std::string ip;  // canonical; empty if not known
};

// Thread-safe.
class Queries {
 public:
  // `roster` outlives this.
  // Both outlive this; `directory` is what the roster is kept from.
  Queries(const PresenceLimits& limits, const Roster* roster, const live::Directory* directory)
      : limits_(limits), roster_(roster), directory_(directory) {}

  // Addresses are told to people whom the person accepts, to an asker who was `introduced`, and to the person
  // themselves; to the blocked never. `user` is canonical.
  v1::LookupResponse Lookup(const Asker& asker, absl::string_view user, bool introduced) const;

  // A page with what its successor's token is. INVALID_ARGUMENT for a page size over the limit or a token
  // that no answer held.
  absl::StatusOr<v1::ListOnlineResponse> ListOnline(const Asker& asker,
                                                    const v1::ListOnlineRequest& request) const;
  absl::StatusOr<v1::SearchResponse> Search(const Asker& asker, const v1::SearchRequest& request) const;

 private:
  uint64_t AgeMilliseconds() const;
  template <typename Response, typename Request>
  absl::StatusOr<Response> Page(const Asker& asker, const Request& request, absl::string_view prefix) const;

  const PresenceLimits limits_;
  const Roster* const roster_;
  const live::Directory* const directory_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_QUERIES_H_
