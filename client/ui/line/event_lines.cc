#include "client/ui/line/event_lines.h"

#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/text/text.h"
#include "client/ui/answer_text.h"
#include "client/ui/line/one_line.h"

namespace parlor::client {
namespace {

// Rows of a message below its first one.
constexpr char kContinued[] = "\n      ";

std::string At(absl::string_view user) {
  return absl::StrCat("@", OneLine(user));
}
std::string InBrackets(absl::string_view note) {
  return note.empty() ? std::string() : absl::StrCat(" (", OneLine(note), ")");
}

// What stands beside a message that is not proved to be its sender's.
std::string Remark(const std::string& proof) {
  if (proof == "unverified") return "not proved";
  if (proof == "conflict") return "two messages under one id";
  return {};
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80 ||
         c == '_' || c == '-';
}

}  // namespace

// One sentence for each kind of event that has one.
struct EventRenderer::Visitor {
  const EventRenderer& renderer;
  absl::Time now;

  EventLines Note(absl::string_view text) const { return {renderer.Note(text, now), false}; }
  EventLines Alarm(absl::string_view text) const {
    return {renderer.Note(Warning(renderer.style_, text), now), false};
  }

  EventLines operator()(const ReadyEvent& event) const {
    return Note(absl::StrCat("you are ", At(event.user), "; :help lists the commands"));
  }
  EventLines operator()(const ServicesEvent& event) const {
    if (event.up) return Note("connected to the server");
    const std::string retry =
        event.retry_in.has_value()
            ? absl::StrCat("; next try in ",
                           absl::FormatDuration(absl::Ceil(*event.retry_in, absl::Seconds(1))),
                           ", and people who are linked go on talking")
            : std::string();
    return Alarm(absl::StrCat("no connection to the server", InBrackets(event.reason), retry));
  }
  EventLines operator()(const MessageEvent& event) const {
    const bool own = event.from == renderer.self_;
    const bool to_me = !own && (event.target[0] == '@' || renderer.Mentions(event.text));
    return {renderer.Message(event), to_me && !event.history};
  }
  EventLines operator()(const RoomEvent& event) const {
    const std::string sentence = RoomSentence(event);
    return sentence.empty() ? EventLines() : Note(absl::StrCat("#", OneLine(event.room), ": ", sentence));
  }
  EventLines operator()(const PresenceEvent& event) const {
    return Note(absl::StrCat(At(event.user), " is ", OneLine(event.status), InBrackets(event.text)));
  }
  EventLines operator()(const RequestEvent& event) const {
    return {renderer.Note(absl::StrCat(At(event.from), " asks for a private chat: :accept ",
                                       OneLine(event.from), " or :decline ", OneLine(event.from)),
                          now),
            true};
  }
  EventLines operator()(const ChatEvent& event) const { return Note(ChatSentence(event)); }
  EventLines operator()(const KeyEvent& event) const {
    return Alarm(absl::StrCat(
        "the key of ", At(event.user),
        event.was_verified ? ", which you had verified, has changed" : " is not the one of last time",
        ": compare again with :verify ", OneLine(event.user)));
  }
  EventLines operator()(const WarningEvent& event) const {
    // Usual behind a router or with two families of addresses, and nothing that a person could do about it;
    // scripts are told.
    if (event.code == "address_refused") return {};
    return Alarm(OneLine(event.message));
  }
  EventLines operator()(const ErrorEvent& event) const {
    const std::string command = event.command.empty() ? "" : absl::StrCat(OneLine(event.command), ": ");
    return Alarm(absl::StrCat(command, OneLine(event.message)));
  }
  EventLines operator()(const ClosedEvent& event) const {
    return Note(absl::StrCat("goodbye", InBrackets(event.reason)));
  }
  EventLines operator()(const HistoryEvent& event) const {
    std::string lines;
    for (const HistoryEntry& entry : event.messages) absl::StrAppend(&lines, renderer.Message(entry.message));
    if (lines.empty()) return Note("nothing was said yet");
    return {lines, false};
  }
  // Answers that are tables for a shell are tables here.
  template <typename Answer>
  requires requires(const Answer& answer) { answer.ref; }
  EventLines operator()(const Answer& event) const {
    return {AnswerText(Event(event), renderer.zone_), false};
  }
  EventLines operator()(const DeliveryEvent&) const { return {}; }
  EventLines operator()(const TypingEvent&) const { return {}; }
  EventLines operator()(const LinkEvent&) const { return {}; }

  std::string RoomSentence(const RoomEvent& event) const {
    const std::string who = event.user == renderer.self_ ? "you" : At(event.user);
    const std::string by = event.by.empty() ? "" : absl::StrCat(" by ", At(event.by));
    const std::string is = who == "you" ? " are " : " is ";
    if (event.change == "entered") return Entered(event);
    if (event.change == "left") return absl::StrCat(who, " left");
    if (event.change == "joined") return absl::StrCat(who, " came in");
    if (event.change == "kicked") return absl::StrCat(who, is, "removed", by);
    if (event.change == "banned") return absl::StrCat(who, is, "banned", by);
    if (event.change == "role") return absl::StrCat(who, is, "now ", OneLine(event.role), by);
    if (event.change == "hand")
      return absl::StrCat(who, event.hand ? " asks to speak" : " does not ask to speak");
    if (event.change == "topic") return absl::StrCat("the topic is now “", OneLine(event.topic), "”", by);
    if (event.change == "closed") return absl::StrCat("closed", by);
    if (event.change == "invited") return absl::StrCat(who, is, "invited", by);
    return {};  // links come and go without a word
  }
  static std::string Entered(const RoomEvent& event) {
    const std::string topic = event.topic.empty() ? "" : absl::StrCat(" “", OneLine(event.topic), "”");
    const auto name = [](std::string* out, const std::string& user) { absl::StrAppend(out, At(user)); };
    const std::string members = event.members.empty()
                                    ? "nobody else is here"
                                    : absl::StrCat("here are ", absl::StrJoin(event.members, ", ", name));
    return absl::StrCat("you are in", topic, "; ", members);
  }
  static std::string ChatSentence(const ChatEvent& event) {
    const std::string who = At(event.user);
    const std::string note = InBrackets(event.note);
    if (event.change == "asking")
      return absl::StrCat(who, " is asked for a private chat; your message waits");
    if (event.change == "accepted") return absl::StrCat("private chat with ", who, " is open");
    if (event.change == "declined") return absl::StrCat(who, " declined", note);
    if (event.change == "withdrawn") return absl::StrCat("the request with ", who, " was withdrawn");
    if (event.change == "expired") return absl::StrCat("the request with ", who, " has ended unanswered");
    if (event.change == "blocked") return absl::StrCat(who, " is blocked");
    if (event.change == "unblocked") return absl::StrCat(who, " is not blocked any more");
    return absl::StrCat(who, ": ", OneLine(event.change), note);
  }
};

EventLines EventRenderer::Render(const Event& event, absl::Time now) const {
  return std::visit(Visitor{*this, now}, event);
}

std::string EventRenderer::OwnMessage(absl::string_view target, absl::string_view text,
                                      absl::Time now) const {
  return Line(now, target, self_.empty() ? "me" : self_, text, {});
}

std::string EventRenderer::Note(absl::string_view text, absl::Time now) const {
  return absl::StrCat(Clock(now), Dim(style_, " • "), text, "\n");
}

std::string EventRenderer::Message(const MessageEvent& message) const {
  std::string remark = Remark(message.proof);
  if (message.history) remark = remark.empty() ? "earlier" : absl::StrCat("earlier, ", remark);
  return Line(message.time, message.target, message.from, message.text, remark);
}

std::string EventRenderer::Line(absl::Time time, absl::string_view target, absl::string_view from,
                                absl::string_view text, absl::string_view remark) const {
  const std::string name = InColourOf(style_, from, Bold(style_, OneLine(from)));
  const std::string mark = remark.empty() ? "" : Dim(style_, absl::StrCat("(", remark, ") "));
  const std::string body =
      absl::StrReplaceAll(Markup(style_, SanitizeForTerminal(text)), {{"\n", kContinued}});
  return absl::StrCat(Clock(time), " ", Dim(style_, OneLine(target)), " ", name, ": ", mark, body, "\n");
}

std::string EventRenderer::Clock(absl::Time time) const {
  return Dim(style_, absl::FormatTime("%H:%M", time, zone_));
}

// "@name", or the name as a word of its own; ASCII case does not matter.
bool EventRenderer::Mentions(absl::string_view text) const {
  if (self_.empty()) return false;
  const std::string haystack = absl::AsciiStrToLower(text);
  const std::string name = absl::AsciiStrToLower(self_);
  for (size_t at = haystack.find(name); at != std::string::npos; at = haystack.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool starts = at == 0 || !IsNameCharacter(haystack[at - 1]);
    const bool ends = end == haystack.size() || !IsNameCharacter(haystack[end]);
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace parlor::client
