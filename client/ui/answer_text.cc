#include "client/ui/answer_text.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/text/text.h"

namespace parlor::client {
namespace {

constexpr size_t kGap = 2;  // between columns

std::string Clean(absl::string_view text) {
  return SanitizeForTerminal(text);
}

// One line of a table must stay one.
std::string OneLine(absl::string_view text) {
  return absl::StrReplaceAll(Clean(text), {{"\n", " "}});
}

class Table {
 public:
  explicit Table(std::vector<std::string> header) { Add(std::move(header)); }
  void Add(std::vector<std::string> row) {
    for (std::string& cell : row) cell = OneLine(cell);
    rows_.push_back(std::move(row));
  }

  // `nothing` if there are no rows but the header.
  std::string ToString(absl::string_view nothing) const {
    if (rows_.size() == 1) return absl::StrCat(nothing, "\n");
    std::vector<int> widths(rows_[0].size());
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        const auto padding = static_cast<size_t>(widths[i] - DisplayWidth(row[i])) + kGap;
        absl::StrAppend(&line, row[i], i + 1 < row.size() ? std::string(padding, ' ') : "");
      }
      line.erase(line.find_last_not_of(' ') + 1);
      absl::StrAppend(&text, line, "\n");
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string Joined(std::vector<std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (!word.empty()) absl::StrAppend(&text, text.empty() ? "" : ", ", word);
  }
  return text;
}

std::string AgeLine(const std::optional<absl::Duration>& age) {
  if (!age.has_value()) return "";
  return absl::StrCat("as it was ", absl::FormatDuration(absl::Trunc(*age, absl::Seconds(1))),
                      " ago: the server cannot reach its database\n");
}

class AnswerWriter {
 public:
  explicit AnswerWriter(absl::TimeZone zone) : zone_(zone) {}

  std::string operator()(const DoneEvent&) const { return {}; }
  std::string operator()(const ErrorEvent& event) const {
    return absl::StrCat("parlor: ", Clean(event.message), "\n");
  }
  std::string operator()(const DeliveryEvent& event) const {
    if (event.mark == "delivered" || event.mark == "read") {
      const std::string whom = event.of > 0           ? absl::StrCat(" to ", event.count, " of ", event.of)
                               : event.by.empty()     ? std::string()
                               : event.mark == "read" ? absl::StrCat(" by @", Clean(event.by))
                                                      : absl::StrCat(" to @", Clean(event.by));
      return absl::StrCat(event.mark, whom, "\n");
    }
    if (event.mark == "sent") return {};  // on its way: the end is what counts
    return absl::StrCat(event.mark, event.reason.empty() ? "" : absl::StrCat(": ", Clean(event.reason)),
                        "\n");
  }
  std::string operator()(const AccountEvent& event) const {
    return absl::StrCat("@", Clean(event.user), "\ndevice  ", Clean(event.device), "\nserver  ",
                        Clean(event.server), "\n");
  }
  std::string operator()(const WhoEvent& event) const {
    Table table({"WHO", "ROLE", "LINK", "ADDRESS", "RTT"});
    for (const MemberInfo& member : event.members) {
      table.Add({absl::StrCat("@", member.user), Joined({member.role, member.hand ? "hand up" : ""}),
                 Joined({member.state, member.transport, member.path}), member.address,
                 member.rtt_ms.has_value() ? absl::StrFormat("%.1f ms", *member.rtt_ms) : ""});
    }
    const std::string topic =
        event.topic.empty() ? "" : absl::StrCat("#", OneLine(event.room), ": ", OneLine(event.topic), "\n");
    return absl::StrCat(topic, table.ToString("nobody"));
  }
  std::string operator()(const RoomsEvent& event) const {
    Table table({"ROOM", "HERE", "ACCESS", "OWNER", "TOPIC"});
    for (const RoomInfo& room : event.rooms) {
      table.Add({absl::StrCat("#", room.room), absl::StrCat(room.members, "/", room.capacity),
                 Joined({room.access, room.stage ? "stage" : ""}),
                 room.owner.empty() ? "" : absl::StrCat("@", room.owner), room.topic});
    }
    return absl::StrCat(table.ToString("there are no rooms"), AgeLine(event.age));
  }
  std::string operator()(const PeopleEvent& event) const {
    Table table({"WHO", "STATUS", "SINCE", "SAYS"});
    for (const PresenceEvent& person : event.people) {
      table.Add({absl::StrCat("@", person.user), person.status, Time(person.since), person.text});
    }
    return absl::StrCat(table.ToString("nobody"), AgeLine(event.age));
  }
  std::string operator()(const HistoryEvent& event) const {
    std::string text;
    for (const HistoryEntry& entry : event.messages) {
      absl::StrAppend(&text, Time(entry.message.time), "  @", Clean(entry.message.from),
                      entry.mark.empty() ? "" : absl::StrCat(" (", entry.mark, ")"), "  ",
                      absl::StrReplaceAll(Clean(entry.message.text), {{"\n", "\n    "}}), "\n");
    }
    return text.empty() ? "nothing was said yet\n" : text;
  }
  std::string operator()(const OutboxEvent& event) const {
    Table table({"ID", "TO", "SINCE", "WHY", "TEXT"});
    for (const OutboxEntry& entry : event.messages) {
      table.Add({entry.id, entry.target, Time(entry.time), entry.reason, entry.text});
    }
    return table.ToString("nothing waits");
  }
  std::string operator()(const DevicesEvent& event) const {
    Table table({"DEVICE", "NAME", "SINCE", "LAST USED", ""});
    for (const DeviceInfo& device : event.devices) {
      table.Add({device.device, device.label, Time(device.enrolled), Time(device.last_used),
                 device.current ? "this one" : ""});
    }
    return table.ToString("no device");
  }
  std::string operator()(const ContactsEvent& event) const {
    Table table({"WHO", "CHAT", "STATUS", ""});
    for (const ContactInfo& contact : event.contacts) {
      table.Add({absl::StrCat("@", contact.user), contact.blocked ? "blocked" : contact.consent,
                 contact.status, contact.verified ? "verified" : ""});
    }
    return table.ToString("no contacts yet");
  }
  std::string operator()(const SafetyEvent& event) const {
    return absl::StrCat("safety number with @", Clean(event.user),
                        event.verified ? " (verified)" : " (not compared yet)", ":\n", Clean(event.number),
                        "\n");
  }
  std::string operator()(const DoctorEvent& event) const {
    Table table({"CHECK", "RESULT", "DETAIL"});
    for (const CheckResult& check : event.checks) table.Add({check.name, check.outcome, check.detail});
    return table.ToString("nothing was checked");
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  std::string Time(absl::Time time) const {
    if (time == absl::UnixEpoch()) return {};
    return absl::FormatTime("%Y-%m-%d %H:%M", time, zone_);
  }

  const absl::TimeZone zone_;
};

}  // namespace

std::string AnswerText(const Event& event, absl::TimeZone zone) {
  return std::visit(AnswerWriter(zone), event);
}

}  // namespace parlor::client
