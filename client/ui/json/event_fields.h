// The fields of every event under their JSON names, in one list for writing and reading. docs/scripting.md
// says what they mean, docs/schema/events.schema.json what values they have.
//
// `Fields(visitor, event)` calls one method of the visitor for each field:
//
//   Text(name, string, need)     Flag(name, bool)          left out when false
//   Time(name, time, need)       UpDown(name, bool)        "up" or "down"
//   Real(name, optional)         Count(name, uint32_t)        CountUnlessZero(name, uint32_t)
//   Instant(name, optional)      Milliseconds(name, optional duration)
//   Names(name, strings, need)   Items(name, structs)
#ifndef PARLOR_CLIENT_UI_JSON_EVENT_FIELDS_H_
#define PARLOR_CLIENT_UI_JSON_EVENT_FIELDS_H_

#include <array>
#include <concepts>
#include <type_traits>
#include <variant>

#include "client/core/events.h"

namespace parlor::client::json {

enum class Need { kAlways, kUnlessEmpty };

template <typename T, typename Struct>
concept Is = std::same_as<std::remove_const_t<T>, Struct>;

// In the order of the variant.
inline constexpr std::array<const char*, std::variant_size_v<Event>> kEventNames = {
    "ready",  "services", "message",  "delivery", "room",   "presence", "request", "chat",   "typing",
    "link",   "key",      "warning",  "error",    "done",   "who",      "rooms",   "people", "history",
    "outbox", "devices",  "contacts", "safety",   "doctor", "account",  "closed"};

template <typename V, Is<ReadyEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Text("device", event.device, Need::kUnlessEmpty);
}

template <typename V, Is<ServicesEvent> E>
void Fields(V& v, E& event) {
  v.UpDown("state", event.up);
  v.Text("reason", event.reason, Need::kUnlessEmpty);
  v.Milliseconds("retry_in_ms", event.retry_in);
}

template <typename V, Is<MessageEvent> E>
void Fields(V& v, E& event) {
  v.Text("id", event.id, Need::kAlways);
  v.Text("target", event.target, Need::kAlways);
  v.Text("from", event.from, Need::kAlways);
  v.Text("text", event.text, Need::kAlways);
  v.Time("time", event.time, Need::kAlways);
  v.Flag("history", event.history);
  v.Text("proof", event.proof, Need::kUnlessEmpty);
  v.Text("via", event.via, Need::kUnlessEmpty);
}

template <typename V, Is<DeliveryEvent> E>
void Fields(V& v, E& event) {
  v.Text("id", event.id, Need::kAlways);
  v.Text("target", event.target, Need::kUnlessEmpty);
  v.Text("mark", event.mark, Need::kAlways);
  v.Text("by", event.by, Need::kUnlessEmpty);
  v.Text("reason", event.reason, Need::kUnlessEmpty);
  v.Instant("since", event.since);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
  v.CountUnlessZero("count", event.count);
  v.CountUnlessZero("of", event.of);
}

template <typename V, Is<MemberInfo> E>
void Fields(V& v, E& member) {
  v.Text("user", member.user, Need::kAlways);
  v.Text("role", member.role, Need::kUnlessEmpty);
  v.Flag("hand", member.hand);
  v.Text("state", member.state, Need::kUnlessEmpty);
  v.Text("transport", member.transport, Need::kUnlessEmpty);
  v.Text("path", member.path, Need::kUnlessEmpty);
  v.Text("address", member.address, Need::kUnlessEmpty);
  v.Real("rtt_ms", member.rtt_ms);
}

template <typename V, Is<RoomEvent> E>
void Fields(V& v, E& event) {
  v.Text("room", event.room, Need::kAlways);
  v.Text("change", event.change, Need::kAlways);
  v.Text("user", event.user, Need::kUnlessEmpty);
  v.Text("by", event.by, Need::kUnlessEmpty);
  v.Text("role", event.role, Need::kUnlessEmpty);
  v.Text("topic", event.topic, Need::kUnlessEmpty);
  v.Flag("hand", event.hand);
  v.Names("members", event.members, event.change == "entered" ? Need::kAlways : Need::kUnlessEmpty);
}

template <typename V, Is<PresenceEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Text("status", event.status, Need::kAlways);
  v.Text("text", event.text, Need::kUnlessEmpty);
  v.Time("since", event.since, Need::kUnlessEmpty);
}

template <typename V, Is<RequestEvent> E>
void Fields(V& v, E& event) {
  v.Text("from", event.from, Need::kAlways);
  v.Time("time", event.time, Need::kAlways);
}

template <typename V, Is<ChatEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Text("change", event.change, Need::kAlways);
  v.Text("note", event.note, Need::kUnlessEmpty);
}

template <typename V, Is<TypingEvent> E>
void Fields(V& v, E& event) {
  v.Text("target", event.target, Need::kAlways);
  v.Text("user", event.user, Need::kAlways);
}

template <typename V, Is<LinkEvent> E>
void Fields(V& v, E& event) {
  v.Text("peer", event.peer, Need::kAlways);
  v.UpDown("state", event.up);
  v.Text("transport", event.transport, Need::kUnlessEmpty);
  v.Text("path", event.path, Need::kUnlessEmpty);
  v.Text("address", event.address, Need::kUnlessEmpty);
  v.Real("rtt_ms", event.rtt_ms);
  v.Text("reason", event.reason, Need::kUnlessEmpty);
}

template <typename V, Is<KeyEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Flag("was_verified", event.was_verified);
}

template <typename V, Is<WarningEvent> E>
void Fields(V& v, E& event) {
  v.Text("code", event.code, Need::kAlways);
  v.Text("message", event.message, Need::kAlways);
}

template <typename V, Is<ErrorEvent> E>
void Fields(V& v, E& event) {
  v.Text("code", event.code, Need::kAlways);
  v.Text("message", event.message, Need::kAlways);
  v.Text("command", event.command, Need::kUnlessEmpty);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<DoneEvent> E>
void Fields(V& v, E& event) {
  v.Text("command", event.command, Need::kAlways);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<WhoEvent> E>
void Fields(V& v, E& event) {
  v.Text("room", event.room, Need::kAlways);
  v.Text("topic", event.topic, Need::kUnlessEmpty);
  v.Flag("stage", event.stage);
  v.Items("members", event.members);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<RoomInfo> E>
void Fields(V& v, E& room) {
  v.Text("room", room.room, Need::kAlways);
  v.Text("topic", room.topic, Need::kUnlessEmpty);
  v.Text("access", room.access, Need::kUnlessEmpty);
  v.Flag("stage", room.stage);
  v.Count("members", room.members);
  v.Count("capacity", room.capacity);
  v.Text("owner", room.owner, Need::kUnlessEmpty);
}

template <typename V, Is<RoomsEvent> E>
void Fields(V& v, E& event) {
  v.Items("rooms", event.rooms);
  v.Milliseconds("age_ms", event.age);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<PeopleEvent> E>
void Fields(V& v, E& event) {
  v.Items("people", event.people);
  v.Milliseconds("age_ms", event.age);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<HistoryEntry> E>
void Fields(V& v, E& entry) {
  Fields(v, entry.message);
  v.Flag("own", entry.own);
  v.Text("mark", entry.mark, Need::kUnlessEmpty);
}

template <typename V, Is<HistoryEvent> E>
void Fields(V& v, E& event) {
  v.Text("target", event.target, Need::kAlways);
  v.Items("messages", event.messages);
  v.Flag("more", event.more);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<OutboxEntry> E>
void Fields(V& v, E& entry) {
  v.Text("id", entry.id, Need::kAlways);
  v.Text("target", entry.target, Need::kAlways);
  v.Text("text", entry.text, Need::kAlways);
  v.Time("time", entry.time, Need::kAlways);
  v.Text("reason", entry.reason, Need::kUnlessEmpty);
}

template <typename V, Is<OutboxEvent> E>
void Fields(V& v, E& event) {
  v.Items("messages", event.messages);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<DeviceInfo> E>
void Fields(V& v, E& device) {
  v.Text("device", device.device, Need::kAlways);
  v.Text("label", device.label, Need::kUnlessEmpty);
  v.Time("enrolled", device.enrolled, Need::kUnlessEmpty);
  v.Time("last_used", device.last_used, Need::kUnlessEmpty);
  v.Flag("current", device.current);
}

template <typename V, Is<DevicesEvent> E>
void Fields(V& v, E& event) {
  v.Items("devices", event.devices);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<ContactInfo> E>
void Fields(V& v, E& contact) {
  v.Text("user", contact.user, Need::kAlways);
  v.Text("consent", contact.consent, Need::kAlways);
  v.Flag("blocked", contact.blocked);
  v.Flag("verified", contact.verified);
  v.Text("status", contact.status, Need::kUnlessEmpty);
}

template <typename V, Is<ContactsEvent> E>
void Fields(V& v, E& event) {
  v.Items("contacts", event.contacts);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<SafetyEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Text("number", event.number, Need::kAlways);
  v.Flag("verified", event.verified);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<CheckResult> E>
void Fields(V& v, E& check) {
  v.Text("name", check.name, Need::kAlways);
  v.Text("outcome", check.outcome, Need::kAlways);
  v.Text("detail", check.detail, Need::kUnlessEmpty);
}

template <typename V, Is<DoctorEvent> E>
void Fields(V& v, E& event) {
  v.Items("checks", event.checks);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<AccountEvent> E>
void Fields(V& v, E& event) {
  v.Text("user", event.user, Need::kAlways);
  v.Text("device", event.device, Need::kUnlessEmpty);
  v.Text("server", event.server, Need::kUnlessEmpty);
  v.Text("ref", event.ref, Need::kUnlessEmpty);
}

template <typename V, Is<ClosedEvent> E>
void Fields(V& v, E& event) {
  v.Text("reason", event.reason, Need::kUnlessEmpty);
}

}  // namespace parlor::client::json

#endif  // PARLOR_CLIENT_UI_JSON_EVENT_FIELDS_H_
