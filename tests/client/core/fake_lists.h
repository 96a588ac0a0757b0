// Long lists of rooms and people, and the services' answers about them, a page at a time.
#ifndef PARLOR_TESTS_CLIENT_CORE_FAKE_LISTS_H_
#define PARLOR_TESTS_CLIENT_CORE_FAKE_LISTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "parlor/presence/v1/presence.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {

class FakeLists {
 public:
  // Rooms "room00000" and so on, with topics of 200 characters, and people "user00000" and so on, all online.
  void Fill(size_t rooms, size_t people, absl::Time now);

  // Of serialised requests and responses. INVALID_ARGUMENT as the services: a page too large, no page token.
  absl::StatusOr<std::string> ListRooms(const std::string& request);
  absl::StatusOr<std::string> ListOnline(const std::string& request);
  absl::StatusOr<std::string> Search(const std::string& request);

  size_t pages() const { return pages_; }  // that were answered

 private:
  // A response of the page of `all` that `request` asks for; `add` takes one of them to a response.
  template <typename Response, typename Request, typename Item, typename Add>
  absl::StatusOr<std::string> Page(const std::vector<Item>& all, const Request& request, Add add);

  std::vector<rooms::v1::Room> rooms_;
  std::vector<presence::v1::PersonPresence> people_;
  size_t pages_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CORE_FAKE_LISTS_H_
