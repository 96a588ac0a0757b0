#include "client/home/account.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

using Json = nlohmann::json;

// Later versions read earlier ones.
constexpr int kVersion = 1;

Json KeysToJson(const std::vector<StoredKey>& keys) {
  Json list = Json::array();
  for (const StoredKey& key : keys) list.push_back({{"kid", key.kid}, {"spki", Base64Url(key.spki)}});
  return list;
}

Json ChainToJson(const std::vector<std::string>& chain_der) {
  Json list = Json::array();
  for (const std::string& der : chain_der) list.push_back(Base64Url(der));
  return list;
}

// Reads members of an object, and remembers the first that is missing or of another type.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  std::string Text(const char* name) {
    const Json* value = Member(name, Json::value_t::string);
    return value == nullptr ? "" : value->get<std::string>();
  }

  std::string Bytes(const char* name) { return Decode(name, Text(name)); }

  int64_t Int(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_number_integer()) {
      Fail(name);
      return 0;
    }
    return found->get<int64_t>();
  }

  absl::Time Time(const char* name) { return absl::FromUnixMillis(Int(name)); }

  std::vector<std::string> BytesList(const char* name) {
    std::vector<std::string> list;
    const Json* value = Member(name, Json::value_t::array);
    if (value == nullptr) return list;
    for (const Json& item : *value) {
      if (!item.is_string()) {
        Fail(name);
        break;
      }
      list.push_back(Decode(name, item.get<std::string>()));
    }
    return list;
  }

  std::vector<StoredKey> Keys(const char* name) {
    std::vector<StoredKey> keys;
    const Json* value = Member(name, Json::value_t::array);
    if (value == nullptr) return keys;
    for (const Json& item : *value) {
      Reader reader(item);
      keys.push_back({reader.Text("kid"), reader.Bytes("spki")});
      Adopt(reader);
    }
    return keys;
  }

  const Json& Object(const char* name) {
    static const Json kNothing = Json::object();
    const Json* value = Member(name, Json::value_t::object);
    return value == nullptr ? kNothing : *value;
  }

  void Adopt(const Reader& inner) {
    if (status_.ok()) status_ = inner.status_;
  }
  const absl::Status& status() const { return status_; }

 private:
  const Json* Member(const char* name, Json::value_t type) {
    const auto found = object_.find(name);
    if (found != object_.end() && found->type() == type) return &*found;
    Fail(name);
    return nullptr;
  }

  std::string Decode(const char* name, const std::string& text) {
    absl::StatusOr<std::string> bytes = FromBase64Url(text);
    if (!bytes.ok()) Fail(name);
    return std::move(bytes).value_or("");
  }

  void Fail(const char* name) {
    if (status_.ok()) status_ = absl::DataLossError(absl::StrCat("\"", name, "\" is missing or damaged"));
  }

  const Json& object_;
  absl::Status status_;
};

}  // namespace

std::string AccountToJson(const Account& account) {
  const Json trust = {{"auth_keys", KeysToJson(account.trust.auth_keys)},
                      {"rooms_keys", KeysToJson(account.trust.rooms_keys)},
                      {"revocations", account.trust.revocations},
                      {"live_at_ms", absl::ToUnixMillis(account.trust.live_at)}};
  const Json json = {{"version", kVersion},
                     {"server", account.server},
                     {"root_pem", account.root_pem},
                     {"user", account.user},
                     {"device", account.device},
                     {"device_key_pem", account.device_key_pem},
                     {"chain", ChainToJson(account.chain_der)},
                     {"certificate_expires_ms", absl::ToUnixMillis(account.certificate_expires)},
                     {"access_token", account.access_token},
                     {"access_expires_ms", absl::ToUnixMillis(account.access_expires)},
                     {"refresh_token", account.refresh_token},
                     {"clock_offset_ms", absl::ToInt64Milliseconds(account.clock_offset)},
                     {"trust", trust},
                     {"port", account.port}};
  // What is no UTF-8 cannot stand in JSON; nothing that the server sends is such.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Account> AccountFromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::DataLossError("not JSON");
  Reader reader(json);
  const int64_t version = reader.Int("version");
  PARLOR_RETURN_IF_ERROR(reader.status());
  if (version > kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("version ", version, " is newer than this program, which knows ", kVersion));
  }
  Account account;
  account.server = reader.Text("server");
  account.root_pem = reader.Text("root_pem");
  account.user = reader.Text("user");
  account.device = reader.Text("device");
  account.device_key_pem = reader.Text("device_key_pem");
  account.chain_der = reader.BytesList("chain");
  account.certificate_expires = reader.Time("certificate_expires_ms");
  account.access_token = reader.Text("access_token");
  account.access_expires = reader.Time("access_expires_ms");
  account.refresh_token = reader.Text("refresh_token");
  account.clock_offset = absl::Milliseconds(reader.Int("clock_offset_ms"));
  const int64_t port = reader.Int("port");
  Reader trust(reader.Object("trust"));
  account.trust = {trust.Keys("auth_keys"), trust.Keys("rooms_keys"), trust.Text("revocations"),
                   trust.Time("live_at_ms")};
  reader.Adopt(trust);
  PARLOR_RETURN_IF_ERROR(reader.status());
  if (version < 1 || port < 0 || port > std::numeric_limits<uint16_t>::max()) {
    return absl::DataLossError("\"version\" or \"port\" is out of range");
  }
  account.port = static_cast<uint16_t>(port);
  return account;
}

}  // namespace parlor::client
