#include "client/home/libsecret_keyring.h"

#include <dlfcn.h>
#include <libsecret/secret.h>

#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace parlor::client {
namespace {

// The functions that are used, with the types that their headers give them.
struct Library {
  decltype(&secret_password_lookup_sync) lookup = nullptr;
  decltype(&secret_password_store_sync) store = nullptr;
  decltype(&secret_password_free) free_password = nullptr;
  decltype(&g_cancellable_new) cancellable_new = nullptr;
  decltype(&g_cancellable_cancel) cancel = nullptr;
  decltype(&g_object_unref) unref = nullptr;
  decltype(&g_error_free) free_error = nullptr;
};

template <typename Function>
bool Load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

// Null: not installed. Once loaded it stays: GLib's threads and types cannot be unloaded.
const Library* LoadLibrary() {
  static const Library* const kLibrary = []() -> const Library* {
    void* const handle = ::dlopen("libsecret-1.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) return nullptr;
    static Library library;
    const bool complete = Load(handle, "secret_password_lookup_sync", library.lookup) &&
                          Load(handle, "secret_password_store_sync", library.store) &&
                          Load(handle, "secret_password_free", library.free_password) &&
                          Load(handle, "g_cancellable_new", library.cancellable_new) &&
                          Load(handle, "g_cancellable_cancel", library.cancel) &&
                          Load(handle, "g_object_unref", library.unref) &&
                          Load(handle, "g_error_free", library.free_error);
    return complete ? &library : nullptr;
  }();
  return kLibrary;
}

constexpr char kIdAttribute[] = "id";

const SecretSchema& Schema() {
  static const SecretSchema kSchema = [] {
    SecretSchema schema = {};
    schema.name = "org.parlor.SealingKey";
    schema.flags = SECRET_SCHEMA_NONE;
    schema.attributes[0] = {kIdAttribute, SECRET_SCHEMA_ATTRIBUTE_STRING};
    return schema;
  }();
  return kSchema;
}

class LibsecretKeyring final : public Keyring {
 public:
  LibsecretKeyring(const Library& library, absl::Duration patience)
      : library_(library), patience_(patience) {}

  absl::StatusOr<std::optional<std::string>> Find(const std::string& id) override {
    std::optional<std::string> secret;
    const absl::Status status = Call([&](GCancellable* cancellable, GError** error) {
      gchar* password = library_.lookup(&Schema(), cancellable, error, kIdAttribute, id.c_str(), nullptr);
      if (password == nullptr) return;
      secret = password;
      library_.free_password(password);
    });
    if (!status.ok()) return status;
    return secret;
  }

  absl::Status Keep(const std::string& id, const std::string& secret) override {
    return Call([&](GCancellable* cancellable, GError** error) {
      library_.store(&Schema(), SECRET_COLLECTION_DEFAULT, "Parlor: key of the message history",
                     secret.c_str(), cancellable, error, kIdAttribute, id.c_str(), nullptr);
    });
  }

 private:
  using SecretCall = std::function<void(GCancellable*, GError**)>;

  // On a thread of its own, and cancelled when it takes too long. GLib's synchronous calls end when they are
  // cancelled, whatever the other side does.
  absl::Status Call(const SecretCall& call) {
    GCancellable* const cancellable = library_.cancellable_new();
    GError* error = nullptr;
    absl::Notification done;
    std::thread caller([&] {
      call(cancellable, &error);
      done.Notify();
    });
    const bool in_time = done.WaitForNotificationWithTimeout(patience_);
    if (!in_time) library_.cancel(cancellable);
    caller.join();
    library_.unref(cancellable);
    if (error == nullptr) return absl::OkStatus();
    absl::Status status = absl::UnavailableError(
        in_time ? absl::StrCat("keyring: ", error->message)
                : absl::StrCat("keyring: no answer within ", absl::FormatDuration(patience_)));
    library_.free_error(error);
    return status;
  }

  const Library& library_;
  const absl::Duration patience_;
};

}  // namespace

std::unique_ptr<Keyring> FindKeyring(const Environment& environment, absl::Duration patience) {
  if (environment("PARLOR_KEYRING").value_or("") == "off") return nullptr;
  if (environment("DBUS_SESSION_BUS_ADDRESS").value_or("").empty()) return nullptr;
  const Library* library = LoadLibrary();
  if (library == nullptr) return nullptr;
  return std::make_unique<LibsecretKeyring>(*library, patience);
}

}  // namespace parlor::client
