#include "base/crypto/device_uri.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/text/text.h"

namespace parlor {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
constexpr size_t kServerIdCharacters = 52;  // base32 of 32 bytes
constexpr size_t kDeviceIdCharacters = 26;  // base32 of 16 bytes

bool IsBase32(absl::string_view text, size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

bool IsControl(char c) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(c));
}

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-._~").find(c) != absl::string_view::npos;
}

absl::Status Check(const DeviceIdentity& identity) {
  if (!IsBase32(identity.server_id, kServerIdCharacters)) {
    return absl::InvalidArgumentError("the server id is not 52 characters of base32");
  }
  if (!IsBase32(identity.device, kDeviceIdCharacters)) {
    return absl::InvalidArgumentError("the device id is not 26 characters of base32");
  }
  const std::string& user = identity.user;
  if (user.empty() || user.size() > kMaxUserNameBytes || !IsValidUtf8(user) ||
      std::any_of(user.begin(), user.end(), IsControl)) {
    return absl::InvalidArgumentError(absl::StrCat("the user name is not 1 to ", kMaxUserNameBytes,
                                                   " bytes of UTF-8 without control characters"));
  }
  return absl::OkStatus();
}

std::string PercentEncode(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else {
      absl::StrAppend(&out, "%", absl::AsciiStrToUpper(absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return out;
}

// Lenient about what it does not understand: the caller compares with the one right spelling.
std::string PercentDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      absl::StrAppend(&out, absl::HexStringToBytes(text.substr(i + 1, 2)));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> DeviceUri(const DeviceIdentity& identity) {
  PARLOR_RETURN_IF_ERROR(Check(identity));
  return absl::StrCat(kScheme, identity.server_id, "/user/", PercentEncode(identity.user), "/device/",
                      identity.device);
}

absl::StatusOr<DeviceIdentity> ParseDeviceUri(absl::string_view uri) {
  const absl::Status malformed =
      absl::InvalidArgumentError("not of the form spiffe://<server id>/user/<name>/device/<device>");
  if (uri.size() > kScheme.size() + 2 * kServerIdCharacters + 3 * kMaxUserNameBytes ||
      !absl::StartsWith(uri, kScheme)) {
    return malformed;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(uri.substr(kScheme.size()), '/');
  if (parts.size() != 5) return malformed;
  DeviceIdentity identity{std::string(parts[0]), PercentDecode(parts[2]), std::string(parts[4])};
  PARLOR_ASSIGN_OR_RETURN(const std::string canonical, DeviceUri(identity));
  if (canonical != uri) return malformed;
  return identity;
}

}  // namespace parlor
