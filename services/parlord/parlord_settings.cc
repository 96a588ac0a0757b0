#include "services/parlord/parlord_settings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/net/address.h"
#include "base/status.h"
#include "services/common/config.h"
#include "services/presence/presence_settings.h"

namespace parlor::parlord {
namespace {

absl::StatusOr<std::filesystem::path> DefaultData() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "parlord";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::filesystem::path(home) / ".local/share/parlord";
  }
  return absl::FailedPreconditionError("nothing says where data may be kept: use --data DIR");
}

std::string AddressOf(const ifaddrs& interface) {
  std::array<char, INET_ADDRSTRLEN> text{};
  if (interface.ifa_addr == nullptr || interface.ifa_addr->sa_family != AF_INET) return {};
  const auto* address = reinterpret_cast<const sockaddr_in*>(interface.ifa_addr);
  return inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) == nullptr ? "" : text.data();
}

// Public before private; IPv4, since every client has it.
std::string ReachableAddress() {
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return "127.0.0.1";
  const absl::Cleanup free_them = [interfaces] { freeifaddrs(interfaces); };
  std::string found = "127.0.0.1";
  for (const ifaddrs* i = interfaces; i != nullptr; i = i->ifa_next) {
    const std::string ip = AddressOf(*i);
    if (ip.empty()) continue;
    const AddressScope scope = ScopeOf(ip);
    if (scope == AddressScope::kPublic) return ip;
    if (scope == AddressScope::kPrivate && found == "127.0.0.1") found = ip;
  }
  return found;
}

}  // namespace

void AddParlordSettings(CLI::App& app, ParlordSettings& settings) {
  service::AddSetting(
      app, "--data", settings.data,
      "directory of keys and databases (default: $XDG_DATA_HOME/parlord or ~/.local/share/parlord)");
  service::AddSetting(app, "--public", settings.public_host,
                      "HOST:PORT at which people reach this server, for the join link (default: found out)");
  service::AddServiceSettings(app, settings.service);
  auth::AddAuthSettings(app, settings.auth);
  presence::AddPresenceSettings(app, settings.presence);
  rooms::AddRoomsSettings(app, settings.rooms);
}

absl::Status Complete(ParlordSettings& settings) {
  if (settings.data.empty()) {
    PARLOR_ASSIGN_OR_RETURN(const std::filesystem::path data, DefaultData());
    settings.data = data.string();
  }
  const std::filesystem::path data = settings.data;
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(data));
  settings.auth.database = (data / "auth.db").string();
  settings.auth.keys_directory = data / "auth-keys";
  settings.rooms.database = (data / "rooms.db").string();
  settings.rooms.keys_directory = data / "rooms-keys";
  return absl::OkStatus();
}

absl::StatusOr<std::string> PublicAddress(const ParlordSettings& settings, int port) {
  if (!settings.public_host.empty()) {
    PARLOR_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(settings.public_host));
    if (address.port == 0) address.port = static_cast<uint16_t>(port);
    return ToString(address);
  }
  PARLOR_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(settings.service.listen));
  address.port = static_cast<uint16_t>(port);
  const absl::StatusOr<std::string> ip = CanonicalIp(address.host);
  if (ip.ok() && ScopeOf(*ip) == AddressScope::kUnusable) address.host = ReachableAddress();
  return ToString(address);
}

}  // namespace parlor::parlord
