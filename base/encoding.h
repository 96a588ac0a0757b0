// Bytes as text.
#ifndef PARLOR_BASE_ENCODING_H_
#define PARLOR_BASE_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor {

std::string Hex(absl::string_view bytes);  // lower case

// RFC 4648 §5 without padding.
std::string Base64Url(absl::string_view bytes);
absl::StatusOr<std::string> FromBase64Url(absl::string_view text);

// RFC 4648 §6 in lower case, without padding: safe in file names, URIs and for reading aloud.
std::string Base32(absl::string_view bytes);

}  // namespace parlor

#endif  // PARLOR_BASE_ENCODING_H_
