#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

const absl::Time kTime = absl::FromUnixMillis(1'700'000'000'123);

MessageEvent FullMessage() {
  return {"d:1:2", "#lobby", "alice", "hello\nworld", kTime, true, "signature", "tcp direct 192.0.2.1:7000"};
}
MessageEvent MinimalMessage() {
  return {"d:1:2", "@alice", "alice", "", kTime, false, "", ""};
}
PresenceEvent FullPresence() {
  return {"alice", "away", "at lunch", kTime};
}
std::string SafetyDigits() {
  std::string digits = "01234";
  for (int i = 1; i < 12; ++i) digits += " 56789";
  return digits;
}

}  // namespace

std::vector<Event> FullEvents() {
  const MemberInfo member = {"bob", "moderator", true, "linked", "tcp", "direct", "192.0.2.1:7000", 1.5};
  return {
      ReadyEvent{"alice", "device"},
      ServicesEvent{false, "refused", absl::Milliseconds(1500)},
      FullMessage(),
      DeliveryEvent{"d:1:2", "@bob", "r1", "queued", "bob", "@bob is offline", kTime, 37, 99},
      RoomEvent{"lobby", "entered", "alice", "bob", "speaker", "tea", true, {"bob", "carol"}},
      FullPresence(),
      RequestEvent{"bob", kTime},
      ChatEvent{"bob", "declined", "busy"},
      TypingEvent{"#lobby", "bob"},
      LinkEvent{"bob", true, "udp", "punched", "[2001:db8::1]:7000", 0.25, "reset"},
      KeyEvent{"bob", true},
      WarningEvent{"clock", "an hour behind"},
      ErrorEvent{"not_found", "there is no such room", "join", "r1"},
      DoneEvent{"join", "r1"},
      WhoEvent{"lobby", "tea", true, {member}, "r1"},
      RoomsEvent{{{"lobby", "tea", "password", true, 3, 32, "alice"}}, "r1", absl::Seconds(40)},
      PeopleEvent{{FullPresence()}, "r1", absl::Seconds(40)},
      HistoryEvent{"#lobby", {{FullMessage(), true, "read"}}, "r1", true},
      OutboxEvent{{{"d:1:2", "@bob", "hello", kTime, "@bob is offline"}}, "r1"},
      DevicesEvent{{{"device", "laptop", kTime, kTime, true}}, "r1"},
      ContactsEvent{{{"bob", "accepted", true, true, "online"}}, "r1"},
      SafetyEvent{"bob", SafetyDigits(), true, "r1"},
      DoctorEvent{{{"clock", "warning", "an hour behind"}}, "r1"},
      AccountEvent{"alice", "device", "parlor://localhost:7447/#pin", "r1"},
      ClosedEvent{"quit"},
  };
}

std::vector<Event> MinimalEvents() {
  return {
      ReadyEvent{"alice", ""},
      ServicesEvent{true, "", {}},
      MinimalMessage(),
      DeliveryEvent{"d:1:2", "", "", "sent", "", "", {}, 0, 0},
      RoomEvent{"lobby", "entered", "", "", "", "", false, {}},
      PresenceEvent{"alice", "online", "", {}},
      RequestEvent{"bob", kTime},
      ChatEvent{"bob", "accepted", ""},
      TypingEvent{"@bob", "bob"},
      LinkEvent{"bob", false, "", "", "", {}, ""},
      KeyEvent{"bob", false},
      WarningEvent{"clock", ""},
      ErrorEvent{"internal", "", "", ""},
      DoneEvent{"quit", ""},
      WhoEvent{"lobby", "", false, {}, ""},
      RoomsEvent{{}, ""},
      PeopleEvent{{}, ""},
      HistoryEvent{"@bob", {{MinimalMessage(), false, ""}}, ""},
      OutboxEvent{{}, ""},
      DevicesEvent{{{"device", "", {}, {}, false}}, ""},
      ContactsEvent{{{"bob", "none", false, false, ""}}, ""},
      SafetyEvent{"bob", SafetyDigits(), false, ""},
      DoctorEvent{{{"udp", "untested", ""}}, ""},
      AccountEvent{"alice", "", "", ""},
      ClosedEvent{""},
  };
}

}  // namespace parlor::client
