#include "client/ui/json/event_json.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/ui/json/event_fields.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

using Json = nlohmann::ordered_json;  // "event" stands first
using json::Fields;
using json::Need;

constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E3SZ";
constexpr size_t kQuotedName = 64;  // of what others wrote, in a message

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

// Microseconds of a round trip are real, what is behind them is not.
double RoundedMs(double ms) {
  return std::isfinite(ms) ? std::round(ms * 1000) / 1000 : 0;
}

class FieldWriter {
 public:
  explicit FieldWriter(Json& object) : object_(object) {}

  void Text(const char* name, const std::string& value, Need need) {
    if (need == Need::kAlways || !value.empty()) object_[name] = value;
  }
  void Time(const char* name, absl::Time value, Need need) {
    const bool empty = value == absl::UnixEpoch() || value == absl::InfinitePast();
    if (need == Need::kAlways || !empty) object_[name] = Rfc3339(value);
  }
  void Instant(const char* name, const std::optional<absl::Time>& value) {
    if (value.has_value()) object_[name] = Rfc3339(*value);
  }
  void Milliseconds(const char* name, const std::optional<absl::Duration>& value) {
    if (value.has_value()) object_[name] = absl::ToInt64Milliseconds(*value);
  }
  void Real(const char* name, const std::optional<double>& value) {
    if (value.has_value()) object_[name] = RoundedMs(*value);
  }
  void Count(const char* name, uint32_t value) { object_[name] = value; }
  void CountUnlessZero(const char* name, uint32_t value) {
    if (value != 0) Count(name, value);
  }
  void Flag(const char* name, bool value) {
    if (value) object_[name] = true;
  }
  void UpDown(const char* name, bool value) { object_[name] = value ? "up" : "down"; }
  void Names(const char* name, const std::vector<std::string>& value, Need need) {
    if (need == Need::kAlways || !value.empty()) object_[name] = value;
  }
  template <typename Item>
  void Items(const char* name, const std::vector<Item>& items) {
    Json list = Json::array();
    for (const Item& item : items) {
      Json object = Json::object();
      FieldWriter writer(object);
      Fields(writer, item);
      list.push_back(std::move(object));
    }
    object_[name] = std::move(list);
  }

 private:
  Json& object_;
};

// Remembers the first field that is not as it should be.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  void Text(const char* name, std::string& value, Need need) {
    const Json* found = Find(name, need);
    if (found == nullptr) return;
    if (!found->is_string()) return Fail(name);
    value = found->get<std::string>();
  }
  void Time(const char* name, absl::Time& value, Need need) {
    std::string text;
    Text(name, text, need);
    std::string error;
    if (!text.empty() && !absl::ParseTime(absl::RFC3339_full, text, &value, &error)) Fail(name);
  }
  void Instant(const char* name, std::optional<absl::Time>& value) {
    if (!object_.contains(name)) return;
    absl::Time time;
    Time(name, time, Need::kAlways);
    value = time;
  }
  void Milliseconds(const char* name, std::optional<absl::Duration>& value) {
    const Json* found = Find(name, Need::kUnlessEmpty);
    if (found == nullptr) return;
    if (!found->is_number_integer()) return Fail(name);
    value = absl::Milliseconds(found->get<int64_t>());
  }
  void Real(const char* name, std::optional<double>& value) {
    const Json* found = Find(name, Need::kUnlessEmpty);
    if (found == nullptr) return;
    if (!found->is_number()) return Fail(name);
    value = found->get<double>();
  }
  void Count(const char* name, uint32_t& value) { Count(name, value, Need::kAlways); }
  void CountUnlessZero(const char* name, uint32_t& value) { Count(name, value, Need::kUnlessEmpty); }
  void Count(const char* name, uint32_t& value, Need need) {
    const Json* found = Find(name, need);
    if (found == nullptr) return;
    if (!found->is_number_unsigned()) return Fail(name);
    value = found->get<uint32_t>();
  }
  void Flag(const char* name, bool& value) {
    const Json* found = Find(name, Need::kUnlessEmpty);
    if (found == nullptr) return;
    if (!found->is_boolean()) return Fail(name);
    value = found->get<bool>();
  }
  void UpDown(const char* name, bool& value) {
    std::string text;
    Text(name, text, Need::kAlways);
    if (text != "up" && text != "down") return Fail(name);
    value = text == "up";
  }
  void Names(const char* name, std::vector<std::string>& value, Need /*need*/) {
    const Json* found = Find(name, Need::kUnlessEmpty);
    if (found == nullptr) return;
    if (!found->is_array()) return Fail(name);
    for (const Json& item : *found) {
      if (!item.is_string()) return Fail(name);
      value.push_back(item.get<std::string>());
    }
  }
  template <typename Item>
  void Items(const char* name, std::vector<Item>& items) {
    const Json* found = Find(name, Need::kAlways);
    if (found == nullptr) return;
    if (!found->is_array()) return Fail(name);
    for (const Json& object : *found) {
      if (!object.is_object()) return Fail(name);
      Reader reader(object);
      Fields(reader, items.emplace_back());
      if (status_.ok()) status_ = reader.status_;
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(const char* name, Need need) {
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    if (need == Need::kAlways) Fail(name);
    return nullptr;
  }
  void Fail(const char* name) {
    if (status_.ok()) {
      status_ = absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is missing or of another type"));
    }
  }

  const Json& object_;
  absl::Status status_;
};

// An empty event of the kind with this name.
template <size_t kIndex = 0>
absl::StatusOr<Event> NewEvent(absl::string_view name) {
  if constexpr (kIndex < std::variant_size_v<Event>) {
    if (name == json::kEventNames[kIndex]) return Event(std::in_place_index<kIndex>);
    return NewEvent<kIndex + 1>(name);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no event \"", name.substr(0, kQuotedName), "\""));
  }
}

}  // namespace

const char* EventName(const Event& event) {
  return json::kEventNames[event.index()];
}

std::string EventToJson(const Event& event) {
  Json object = {{"event", EventName(event)}};
  FieldWriter writer(object);
  std::visit([&writer](const auto& kind) { Fields(writer, kind); }, event);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<Event> EventFromJson(absl::string_view line) {
  const Json object = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("not a JSON object");
  const auto name = object.find("event");
  if (name == object.end() || !name->is_string()) {
    return absl::InvalidArgumentError("\"event\" is missing");
  }
  absl::StatusOr<Event> event = NewEvent(name->get<std::string>());
  if (!event.ok()) return event;
  Reader reader(object);
  std::visit([&reader](auto& kind) { Fields(reader, kind); }, *event);
  if (!reader.status().ok()) return reader.status();
  return event;
}

}  // namespace parlor::client
