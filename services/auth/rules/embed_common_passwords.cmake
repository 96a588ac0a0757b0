# Writes OUTPUT, a C++ file with the lines of INPUT: parlor::auth::kCommonPasswords.
file(STRINGS ${INPUT} passwords REGEX "^[^#]" ENCODING UTF-8)
list(JOIN passwords "\",\n    \"" literals)
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "services/auth/rules/common_passwords.h"

namespace parlor::auth {
namespace {
constexpr absl::string_view kPasswords[] = {
    "@literals@",
};
}  // namespace

const absl::Span<const absl::string_view> kCommonPasswords = kPasswords;

}  // namespace parlor::auth
]])
