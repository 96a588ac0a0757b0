// The name in a device's certificate, "spiffe://<server id>/user/<name>/device/<device>". Pure; thread-safe.
//
// Every identity has exactly one spelling: what RFC 3986 calls unreserved stands for itself, every other byte
// of the name's UTF-8 is "%XX" in upper case.
#ifndef PARLOR_BASE_CRYPTO_DEVICE_URI_H_
#define PARLOR_BASE_CRYPTO_DEVICE_URI_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/crypto/certificate.h"

namespace parlor {

// A user's name has at most 32 characters (base/text/names.h); this leaves room for marks on them.
inline constexpr size_t kMaxUserNameBytes = 256;

// INVALID_ARGUMENT unless ids are base32 of the right length and the name is 1 to kMaxUserNameBytes of UTF-8
// without control characters. Whether somebody may be called so is not judged here.
absl::StatusOr<std::string> DeviceUri(const DeviceIdentity& identity);

// INVALID_ARGUMENT for anything that DeviceUri would not have written.
absl::StatusOr<DeviceIdentity> ParseDeviceUri(absl::string_view uri);

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_DEVICE_URI_H_
