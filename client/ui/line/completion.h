// Tab: commands, their choices, rooms and people. Pure.
#ifndef PARLOR_CLIENT_UI_LINE_COMPLETION_H_
#define PARLOR_CLIENT_UI_LINE_COMPLETION_H_

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::client {

// What is known by name. Without '#' and '@'.
struct Vocabulary {
  std::set<std::string> rooms;
  std::set<std::string> users;
};

struct Completion {
  size_t from = 0;   // offset of the word that is completed
  std::string text;  // in its place: what all candidates have in common; a space if it is one
  std::vector<std::string> candidates;  // sorted
};

// Of the word that ends at `cursor`. `prefixes`: the characters that commands begin with.
Completion Complete(absl::string_view text, size_t cursor, const Vocabulary& vocabulary,
                    absl::string_view prefixes);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_COMPLETION_H_
