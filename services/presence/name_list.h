// A bounded set of people's names, as clients send them: whom to watch, whom to accept, whom to block.
#ifndef PARLOR_SERVICES_PRESENCE_NAME_LIST_H_
#define PARLOR_SERVICES_PRESENCE_NAME_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::presence {

// The canonical form of a user's name; INVALID_ARGUMENT for what is none. Names that are canonical already,
// as clients send nearly all, cost next to nothing.
absl::StatusOr<std::string> CanonicalUser(absl::string_view name);

// A value. Sorted and in one piece: an empty one, which most are, holds no memory.
class NameList {
 public:
  NameList() = default;

  // INVALID_ARGUMENT for a bad name or more than `limit` different ones.
  static absl::StatusOr<NameList> From(const google::protobuf::RepeatedPtrField<std::string>& names,
                                       size_t limit);
  // Names that are canonical for sure.
  static NameList FromCanonical(std::vector<std::string> names);

  // Removes, then adds. The list stays as it was on an error.
  absl::Status Apply(const v1::ListChange& change, size_t limit);

  bool Contains(absl::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

  friend bool operator==(const NameList&, const NameList&) = default;

 private:
  std::vector<std::string> names_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_NAME_LIST_H_
