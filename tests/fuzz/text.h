// The parts of the target `text`.
#ifndef PARLOR_TESTS_FUZZ_TEXT_H_
#define PARLOR_TESTS_FUZZ_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parlor::fuzz {

void CheckNames(absl::string_view text);
void CheckTerminalText(absl::string_view text, int columns);

// addresses.cc
void CheckAddresses(absl::string_view text);
void CheckJoinLink(absl::string_view text);
std::vector<std::string> AddressSeeds();
std::vector<std::string> JoinLinkSeeds();

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_TEXT_H_
