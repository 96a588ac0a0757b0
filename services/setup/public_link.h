// The join link of a server that people reach through a gateway. Pure but for the file that it reads.
#ifndef PARLOR_SERVICES_SETUP_PUBLIC_LINK_H_
#define PARLOR_SERVICES_SETUP_PUBLIC_LINK_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::setup {

// `address` is HOST:PORT, or HOST alone, which means `port`. `root` is the server's root certificate, PEM.
// INVALID_ARGUMENT when the address is none.
absl::StatusOr<std::string> PublicLink(absl::string_view address, uint16_t port,
                                       const std::filesystem::path& root);

}  // namespace parlor::setup

#endif  // PARLOR_SERVICES_SETUP_PUBLIC_LINK_H_
