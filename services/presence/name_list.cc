#include "services/presence/name_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "base/text/names.h"

namespace parlor::presence {
namespace {

// Lower-case ASCII letters and digits are their own canonical form.
bool IsPlainlyCanonical(absl::string_view name) {
  const auto plain = [](unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); };
  return name.size() >= size_t{kMinUserNameCharacters} && name.size() <= size_t{kMaxUserNameCharacters} &&
         std::all_of(name.begin(), name.end(), plain);
}

}  // namespace

absl::StatusOr<std::string> CanonicalUser(absl::string_view name) {
  if (IsPlainlyCanonical(name)) return std::string(name);
  PARLOR_ASSIGN_OR_RETURN(Name parsed, ParseUserName(name));
  return std::move(parsed.canonical);
}

NameList NameList::FromCanonical(std::vector<std::string> names) {
  NameList list;
  list.names_ = std::move(names);
  std::sort(list.names_.begin(), list.names_.end());
  list.names_.erase(std::unique(list.names_.begin(), list.names_.end()), list.names_.end());
  list.names_.shrink_to_fit();
  return list;
}

absl::StatusOr<NameList> NameList::From(const google::protobuf::RepeatedPtrField<std::string>& names,
                                        size_t limit) {
  v1::ListChange change;
  *change.mutable_add() = names;
  NameList list;
  PARLOR_RETURN_IF_ERROR(list.Apply(change, limit));
  return list;
}

absl::Status NameList::Apply(const v1::ListChange& change, size_t limit) {
  std::vector<std::string> removed;
  for (const std::string& name : change.remove()) {
    PARLOR_ASSIGN_OR_RETURN(removed.emplace_back(), CanonicalUser(name));
  }
  const NameList gone = FromCanonical(std::move(removed));
  std::vector<std::string> names;
  for (const std::string& name : names_) {
    if (!gone.Contains(name)) names.push_back(name);
  }
  for (const std::string& name : change.add()) {
    PARLOR_ASSIGN_OR_RETURN(names.emplace_back(), CanonicalUser(name));
  }
  NameList result = FromCanonical(std::move(names));
  if (result.names_.size() > limit) {
    return absl::InvalidArgumentError(absl::StrCat("a list holds at most ", limit, " names"));
  }
  *this = std::move(result);
  return absl::OkStatus();
}

bool NameList::Contains(absl::string_view name) const {
  return std::binary_search(names_.begin(), names_.end(), name);
}

}  // namespace parlor::presence
