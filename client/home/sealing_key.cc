#include "client/home/sealing_key.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/random.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

using Json = nlohmann::json;

constexpr size_t kKeySize = 32;
constexpr int kSealingKeyVersion = 1;
constexpr char kInFile[] = "file";
constexpr char kInKeyring[] = "keyring";

// What the file in the home says: the key itself, or under which id the keyring has it.
struct Place {
  std::string where;
  std::string value;
};

absl::Status SavePlace(const Home& home, const Place& place) {
  const Json json = {{"version", kSealingKeyVersion}, {"where", place.where}, {"value", place.value}};
  return WriteFileAtomically(home.sealing_key_file(), json.dump() + "\n", kPrivateFile);
}

absl::StatusOr<Place> LoadPlace(const Home& home) {
  const std::string path = home.sealing_key_file().string();
  PARLOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 * 1024));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto is_text = [&](const char* name) { return json.contains(name) && json[name].is_string(); };
  if (!json.is_object() || !is_text("where") || !is_text("value")) {
    return absl::DataLossError(absl::StrCat(path, " is damaged: restore it from a backup, or move it and ",
                                            home.history_file().string(), " away to start a new history"));
  }
  if (!json.contains("version") || json["version"] != kSealingKeyVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " was written by a newer version of this program: install that one"));
  }
  return Place{json["where"].get<std::string>(), json["value"].get<std::string>()};
}

absl::StatusOr<std::string> DecodeKey(const std::string& text, absl::string_view source) {
  absl::StatusOr<std::string> key = FromBase64Url(text);
  if (key.ok() && key->size() == kKeySize) return key;
  return absl::DataLossError(absl::StrCat("the key of the history in ", source,
                                          " is damaged: restore it from a backup, or move the history away"));
}

absl::StatusOr<std::string> MakeKey(const Home& home, Keyring* keyring) {
  if (std::filesystem::exists(home.history_file())) {
    return absl::DataLossError(absl::StrCat("there is a history, ", home.history_file().string(),
                                            ", but its key, ", home.sealing_key_file().string(),
                                            ", is gone: restore it, or move the history away"));
  }
  std::string key = RandomBytes(kKeySize);
  const std::string text = Base64Url(key);
  if (keyring != nullptr) {
    const std::string id = RandomId();
    // Only what comes back was kept.
    if (keyring->Keep(id, text).ok() && keyring->Find(id).value_or(std::nullopt) == text) {
      PARLOR_RETURN_IF_ERROR(SavePlace(home, {kInKeyring, id}));
      return key;
    }
  }
  PARLOR_RETURN_IF_ERROR(SavePlace(home, {kInFile, text}));
  return key;
}

absl::StatusOr<std::string> KeyFromKeyring(const std::string& id, Keyring* keyring) {
  if (keyring == nullptr) {
    return absl::FailedPreconditionError(
        "the key of the history is in the desktop keyring, which is not to be used or not to be found here: "
        "start from the desktop (DBUS_SESSION_BUS_ADDRESS) without PARLOR_KEYRING=off, or use another "
        "--home");
  }
  const absl::StatusOr<std::optional<std::string>> found = keyring->Find(id);
  if (!found.ok()) {
    return absl::Status(found.status().code(),
                        absl::StrCat("the key of the history is in the desktop keyring, which does not give "
                                     "it: unlock it and try again (",
                                     found.status().message(), ")"));
  }
  if (!found->has_value()) {
    return absl::DataLossError(absl::StrCat("the desktop keyring has lost the key of the history (Parlor, ",
                                            id,
                                            "): restore the keyring, or move the history and the file "
                                            "sealing-key.json away to start anew"));
  }
  return DecodeKey(**found, "the keyring");
}

}  // namespace

absl::StatusOr<std::string> LoadSealingKey(const Home& home, Keyring* keyring) {
  const absl::StatusOr<Place> place = LoadPlace(home);
  if (absl::IsNotFound(place.status())) return MakeKey(home, keyring);
  if (!place.ok()) return place.status();
  if (place->where == kInKeyring) return KeyFromKeyring(place->value, keyring);
  return DecodeKey(place->value, home.sealing_key_file().string());
}

}  // namespace parlor::client
