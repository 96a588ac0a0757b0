#include "services/presence/queries.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/status.h"
#include "base/text/names.h"
#include "services/presence/address_policy.h"

namespace parlor::presence {
namespace {

// The start of a name need not be a name: it may be too short, or end in '.'; then only ASCII is folded.
std::string CanonicalPrefix(const std::string& prefix) {
  const absl::StatusOr<Name> name = ParseRoomName(prefix);
  return name.ok() ? name->canonical : absl::AsciiStrToLower(prefix);
}

}  // namespace

uint64_t Queries::AgeMilliseconds() const {
  return static_cast<uint64_t>(absl::ToInt64Milliseconds(directory_->Age()));
}

v1::LookupResponse Queries::Lookup(const Asker& asker, absl::string_view user, bool introduced) const {
  v1::LookupResponse response;
  response.set_age_ms(AgeMilliseconds());
  const PersonPtr person = roster_->Find(user);
  if (person == nullptr || !Sees(asker.user, *person)) {
    *response.mutable_presence() = Offline(user);
    return response;
  }
  *response.mutable_presence() = Visible(*person);
  if (!introduced && asker.user != user && !person->profile.accept.Contains(asker.user)) return response;
  response.set_device(person->device);
  for (PeerAddress& address :
       AddressesFor(person->profile.addresses, person->profile.observed_ip, asker.ip)) {
    v1::Address& told = *response.add_addresses();
    told.set_ip(std::move(address.ip));
    told.set_port(address.port);
  }
  return response;
}

absl::StatusOr<v1::ListOnlineResponse> Queries::ListOnline(const Asker& asker,
                                                           const v1::ListOnlineRequest& request) const {
  return Page<v1::ListOnlineResponse>(asker, request, "");
}

absl::StatusOr<v1::SearchResponse> Queries::Search(const Asker& asker,
                                                   const v1::SearchRequest& request) const {
  return Page<v1::SearchResponse>(asker, request, CanonicalPrefix(request.prefix()));
}

template <typename Response, typename Request>
absl::StatusOr<Response> Queries::Page(const Asker& asker, const Request& request,
                                       absl::string_view prefix) const {
  const size_t size = request.page_size() == 0 ? limits_.default_page : request.page_size();
  if (size > limits_.max_page) {
    return absl::InvalidArgumentError(absl::StrCat("a page has at most ", limits_.max_page, " entries"));
  }
  PARLOR_ASSIGN_OR_RETURN(std::string after, FromBase64Url(request.page_token()));
  Response response;
  response.set_age_ms(AgeMilliseconds());
  while (true) {
    // One more than fits tells whether there is another page.
    const std::vector<PersonPtr> people = roster_->List(after, prefix, size + 1);
    for (const PersonPtr& person : people) {
      if (!Sees(asker.user, *person)) continue;
      if (static_cast<size_t>(response.people_size()) == size) {
        response.set_next_page_token(Base64Url(response.people().rbegin()->user()));
        return response;
      }
      *response.add_people() = Visible(*person);
    }
    if (people.size() <= size) return response;
    after = people.back()->user;
  }
}

}  // namespace parlor::presence
