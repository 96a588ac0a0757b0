// What the core tells a user interface. Every value is a plain copy; user and room names carry no '@' or '#',
// targets do. docs/scripting.md describes the same as JSON.
#ifndef PARLOR_CLIENT_CORE_EVENTS_H_
#define PARLOR_CLIENT_CORE_EVENTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace parlor::client {

struct ReadyEvent {  // the account is loaded, commands are accepted; services up or not
  std::string user;
  std::string device;
};

struct ServicesEvent {
  bool up = false;
  std::string reason;                      // while down: why
  std::optional<absl::Duration> retry_in;  // while down: the next try
};

struct MessageEvent {
  std::string id;
  std::string target;  // "#room" or "@user"
  std::string from;
  std::string text;
  absl::Time time;
  bool history = false;  // written before this session knew of it: from gap filling
  std::string proof;     // "link", "signature", "unverified", "conflict"
  std::string via;       // "tcp direct 192.0.2.1:7000"
};

struct DeliveryEvent {
  std::string id;
  std::string target;
  std::string ref;                  // of the command, in the process that gave it
  std::string mark;                 // "queued", "sent", "delivered", "read", "withdrawn"
  std::string by;                   // who has it: "delivered" and "read"
  std::string reason;               // why it waits: "queued"
  std::optional<absl::Time> since;  // since when it waits
  // In a large room instead of `by`: how many have it, of how many others who are in the room. 0: not
  // counted.
  uint32_t count = 0;
  uint32_t of = 0;
};

struct MemberInfo {
  std::string user;
  std::string role;  // "listener", "speaker", "moderator"
  bool hand = false;
  std::string state;      // "linked", "dialling", "unreachable", "indirect", "reconnecting", "self"
  std::string transport;  // "tcp", "udp"; empty without a link
  std::string path;       // "direct", "punched", "relayed"
  std::string address;
  std::optional<double> rtt_ms;
};

struct RoomEvent {
  std::string room;
  // entered, left, joined, linked, unlinked, kicked, banned, role, hand, topic, closed, invited
  std::string change;
  std::string user;  // whom it is about
  std::string by;
  std::string role;
  std::string topic;
  bool hand = false;
  std::vector<std::string> members;  // with "entered"
};

struct PresenceEvent {
  std::string user;
  std::string status;  // online, away, busy, reconnecting, offline
  std::string text;
  absl::Time since;
};

struct RequestEvent {  // somebody asks for a private chat
  std::string from;
  absl::Time time;
};

struct ChatEvent {  // what became of a request or a chat
  std::string user;
  // accepted, declined, withdrawn, expired, asking, blocked, unblocked
  std::string change;
  std::string note;
};

struct TypingEvent {
  std::string target;
  std::string user;
};

struct LinkEvent {
  std::string peer;
  bool up = false;
  std::string transport;
  std::string path;
  std::string address;
  std::optional<double> rtt_ms;
  std::string reason;  // why it went down
};

struct KeyEvent {  // a contact's device key is not the one known before
  std::string user;
  bool was_verified = false;
};

struct WarningEvent {  // something the person should know, once
  std::string code;
  std::string message;
};

struct ErrorEvent {
  std::string code;     // absl's status code in lower case: "not_found"
  std::string message;  // what to do
  std::string command;  // which one failed; empty if none
  std::string ref;
};

// ---- answers to commands, with the command's ref

struct DoneEvent {
  std::string command;
  std::string ref;
};

struct WhoEvent {
  std::string room;
  std::string topic;
  bool stage = false;
  std::vector<MemberInfo> members;
  std::string ref;
};

struct RoomInfo {
  std::string room;
  std::string topic;
  std::string access;  // open, invite, password
  bool stage = false;
  uint32_t members = 0;
  uint32_t capacity = 0;
  std::string owner;
};
struct RoomsEvent {
  std::vector<RoomInfo> rooms;
  std::string ref;
  std::optional<absl::Duration> age = {};  // set when the server says that it could not look for long
};

struct PeopleEvent {
  std::vector<PresenceEvent> people;
  std::string ref;
  std::optional<absl::Duration> age = {};  // as above
};

struct HistoryEntry {
  MessageEvent message;
  bool own = false;
  std::string mark;  // own messages
};
struct HistoryEvent {
  std::string target;
  std::vector<HistoryEntry> messages;  // oldest first
  std::string ref;
  bool more = false;  // there are older ones: ask for those before the first
};

struct OutboxEntry {
  std::string id;
  std::string target;
  std::string text;
  absl::Time time;
  std::string reason;
};
struct OutboxEvent {
  std::vector<OutboxEntry> messages;
  std::string ref;
};

struct DeviceInfo {
  std::string device;
  std::string label;
  absl::Time enrolled;
  absl::Time last_used;
  bool current = false;
};
struct DevicesEvent {
  std::vector<DeviceInfo> devices;
  std::string ref;
};

struct ContactInfo {
  std::string user;
  std::string consent;  // none, asking, asked, accepted, declined
  bool blocked = false;
  bool verified = false;
  std::string status;
};
struct ContactsEvent {
  std::vector<ContactInfo> contacts;
  std::string ref;
};

struct SafetyEvent {
  std::string user;
  std::string number;  // 60 digits in groups of 5
  bool verified = false;
  std::string ref;
};

struct CheckResult {
  std::string name;
  std::string outcome;  // "ok", "warning", "failed", "untested"
  std::string detail;
};
struct DoctorEvent {
  std::vector<CheckResult> checks;
  std::string ref;
};

struct AccountEvent {
  std::string user;
  std::string device;
  std::string server;
  std::string ref;
};

struct ClosedEvent {  // last: the core has ended
  std::string reason;
};

using Event =
    std::variant<ReadyEvent, ServicesEvent, MessageEvent, DeliveryEvent, RoomEvent, PresenceEvent,
                 RequestEvent, ChatEvent, TypingEvent, LinkEvent, KeyEvent, WarningEvent, ErrorEvent,
                 DoneEvent, WhoEvent, RoomsEvent, PeopleEvent, HistoryEvent, OutboxEvent, DevicesEvent,
                 ContactsEvent, SafetyEvent, DoctorEvent, AccountEvent, ClosedEvent>;

using EventSink = std::function<void(const Event&)>;

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_EVENTS_H_
