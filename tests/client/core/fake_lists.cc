#include "tests/client/core/fake_lists.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/client/core/fake_server.h"

namespace parlor::client {
namespace {

constexpr uint32_t kMaxPageSize = 1'000;
constexpr uint32_t kUsualPageSize = 100;

template <typename Request>
Request Parsed(const std::string& bytes) {
  Request request;
  request.ParseFromString(bytes);
  return request;
}

}  // namespace

void FakeLists::Fill(size_t rooms, size_t people, absl::Time now) {
  for (size_t i = 0; i < rooms; ++i) {
    rooms::v1::Room& room = rooms_.emplace_back();
    room.set_name(absl::StrFormat("room%05d", i));
    for (int character = 0; character < 200; ++character) room.mutable_topic()->append("\u20ac");
    room.set_access(rooms::v1::ACCESS_OPEN);
    room.set_capacity(FakeServer::kCapacity);
    room.set_owner("somebody");
  }
  for (size_t i = 0; i < people; ++i) {
    presence::v1::PersonPresence& person = people_.emplace_back();
    person.set_user(absl::StrFormat("user%05d", i));
    person.set_since_ms(absl::ToUnixMillis(now));
    person.mutable_status()->set_availability(presence::v1::AVAILABILITY_ONLINE);
  }
}

template <typename Response, typename Request, typename Item, typename Add>
absl::StatusOr<std::string> FakeLists::Page(const std::vector<Item>& all, const Request& request, Add add) {
  size_t from = 0;
  if (request.page_size() > kMaxPageSize) return absl::InvalidArgumentError("page_size is at most 1000");
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &from)) {
    return absl::InvalidArgumentError("page_token");
  }
  ++pages_;
  const uint32_t size = request.page_size() == 0 ? kUsualPageSize : request.page_size();
  const size_t to = std::min(all.size(), from + size);
  Response response;
  for (size_t i = from; i < to; ++i) add(response, all[i]);
  if (to < all.size()) response.set_next_page_token(absl::StrCat(to));
  return response.SerializeAsString();
}

absl::StatusOr<std::string> FakeLists::ListRooms(const std::string& request) {
  return Page<rooms::v1::ListRoomsResponse>(
      rooms_, Parsed<rooms::v1::ListRoomsRequest>(request),
      [](auto& response, const rooms::v1::Room& room) { *response.add_rooms() = room; });
}

absl::StatusOr<std::string> FakeLists::ListOnline(const std::string& request) {
  return Page<presence::v1::ListOnlineResponse>(
      people_, Parsed<presence::v1::ListOnlineRequest>(request),
      [](auto& response, const presence::v1::PersonPresence& person) { *response.add_people() = person; });
}

absl::StatusOr<std::string> FakeLists::Search(const std::string& request) {
  const auto search = Parsed<presence::v1::SearchRequest>(request);
  std::vector<presence::v1::PersonPresence> found;
  std::copy_if(people_.begin(), people_.end(), std::back_inserter(found),
               [&](const auto& person) { return absl::StartsWith(person.user(), search.prefix()); });
  return Page<presence::v1::SearchResponse>(
      found, search,
      [](auto& response, const presence::v1::PersonPresence& person) { *response.add_people() = person; });
}

}  // namespace parlor::client
