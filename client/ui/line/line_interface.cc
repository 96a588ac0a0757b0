#include "client/ui/line/line_interface.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/ui/event_ref.h"
#include "client/ui/line/one_line.h"

namespace parlor::client {
namespace {

constexpr char kPasteOn[] = "\x1b[?2004h";
constexpr char kPasteOff[] = "\x1b[?2004l";
constexpr char kBell[] = "\a";

constexpr size_t kMaxLineBytes = 128 * 1024;
constexpr int kMaxTargetWidth = 24;  // in the prompt

// Their success shows by itself, or is nobody's concern.
constexpr std::array<absl::string_view, 11> kSilent = {
    "join", "leave", "create", "msg", "accept", "decline", "block", "unblock", "read", "typing", "quit"};

}  // namespace

LineInterface::LineInterface(Loop& loop, Outputs outputs, LineInterfaceOptions options)
    : loop_(loop),
      outputs_(std::move(outputs)),
      options_(options),
      renderer_(options_.style, options_.zone),
      lines_(kMaxLineBytes, {[this](absl::string_view line) { OnLine(std::string(line)); },
                             [this] { Say("a line is too long and was not read"); }}) {}

LineInterface::~LineInterface() = default;

void LineInterface::Start() {
  if (!options_.interactive) return;
  outputs_.write(kPasteOn);
  DrawPrompt();
}

void LineInterface::Finish() {
  if (std::exchange(finished_, true) || !options_.interactive) return;
  outputs_.write(absl::StrCat(prompt_shown_ ? screen_.Erase() : "", kPasteOff));
  prompt_shown_ = false;
}

void LineInterface::OnResize(int columns, int rows) {
  if (!options_.interactive) return;
  screen_.Resize(columns, rows);
  RedrawPrompt();
}

// ---- the screen

// Takes the prompt away, prints, and puts it back: what arrives never mixes with what is typed.
void LineInterface::Print(absl::string_view lines, bool bell) {
  if (lines.empty()) return;
  if (!options_.interactive) return outputs_.write(lines);
  const bool shown = prompt_shown_;
  outputs_.write(absl::StrCat(shown ? screen_.Erase() : "", absl::StrReplaceAll(lines, {{"\n", "\r\n"}}),
                              bell ? kBell : ""));
  prompt_shown_ = false;
  if (shown) DrawPrompt();
}

void LineInterface::DrawPrompt() {
  if (!options_.interactive || finished_) return;
  const std::string hidden(editor_.secret() ? editor_.text().size() : 0, '*');
  const std::string drawn = editor_.secret() ? screen_.Draw(Prompt(), hidden, editor_.cursor())
                                             : screen_.Draw(Prompt(), editor_.text(), editor_.cursor());
  prompt_shown_ = true;
  outputs_.write(drawn);
}

void LineInterface::RedrawPrompt() {
  if (!prompt_shown_) return;
  outputs_.write(screen_.Erase());
  DrawPrompt();
}

std::string LineInterface::Prompt() const {
  if (secret_for_.has_value()) {
    const std::vector<const ArgSpec*> missing = MissingSecrets(*secret_for_);
    if (!missing.empty()) return absl::StrCat(missing[0]->name, " (", missing[0]->help, "): ");
  }
  const std::string target = OneLine(context_.target);
  std::string prompt(TruncateToWidth(target, kMaxTargetWidth));
  if (prompt.size() < target.size()) absl::StrAppend(&prompt, "…");
  const std::vector<std::string> typing = typing_others_.In(context_.target);
  if (!typing.empty()) {
    const std::string who =
        typing.size() > 3 ? "several people" : absl::StrCat("@", absl::StrJoin(typing, ", @"));
    absl::StrAppend(&prompt, prompt.empty() ? "" : " ", "(", OneLine(who),
                    typing.size() == 1 ? " types" : " type", "…)");
  }
  return absl::StrCat(prompt, prompt.empty() ? "> " : " > ");
}

void LineInterface::Say(absl::string_view note) {
  Print(renderer_.Note(note, loop_.Now()));
}

// ---- events

void LineInterface::OnEvent(const Event& event) {
  Learn(event);
  if (const auto* delivery = std::get_if<DeliveryEvent>(&event)) {
    notes_.Add(*delivery);
    return PrintNotesSoon();
  }
  if (const auto* done = std::get_if<DoneEvent>(&event)) {
    const bool silent = std::count(kSilent.begin(), kSilent.end(), done->command) != 0;
    if (!silent) Say(absl::StrCat(OneLine(done->command), ": done"));
  } else {
    const EventLines lines = renderer_.Render(event, loop_.Now());
    Print(lines.text, lines.bell);
  }
  if (const auto* message = std::get_if<MessageEvent>(&event)) MarkRead(*message);
  OnAnswer(event);
  if (std::holds_alternative<ReadyEvent>(event)) ReleaseHeld();
}

void LineInterface::Learn(const Event& event) {
  const auto remember = [this](const std::string& user) {
    if (vocabulary_.users.size() < options_.max_names && !user.empty()) vocabulary_.users.insert(user);
  };
  if (const auto* ready = std::get_if<ReadyEvent>(&event)) {
    ready_ = true;
    unanswered_.clear();  // of a core that has ended
    self_ = ready->user;
    renderer_.SetSelf(self_);
  } else if (const auto* room = std::get_if<RoomEvent>(&event)) {
    for (const std::string& user : room->members) remember(user);
    if (room->user != self_) remember(room->user);
    LearnRoom(*room);
  } else if (const auto* message = std::get_if<MessageEvent>(&event)) {
    remember(message->from);
    typing_others_.Remove(message->target, message->from);
  } else if (const auto* presence = std::get_if<PresenceEvent>(&event)) {
    remember(presence->user);
  } else if (const auto* request = std::get_if<RequestEvent>(&event)) {
    remember(request->from);
    context_.requester = request->from;
  } else if (const auto* typing = std::get_if<TypingEvent>(&event)) {
    typing_others_.Add(typing->target, typing->user, loop_.Uptime());
    RedrawPrompt();
    OnTypingTimer();
  } else if (const auto* rooms = std::get_if<RoomsEvent>(&event)) {
    for (const RoomInfo& info : rooms->rooms) {
      if (vocabulary_.rooms.size() < options_.max_names) vocabulary_.rooms.insert(info.room);
    }
  } else if (const auto* people = std::get_if<PeopleEvent>(&event)) {
    for (const PresenceEvent& person : people->people) remember(person.user);
  } else if (const auto* contacts = std::get_if<ContactsEvent>(&event)) {
    for (const ContactInfo& contact : contacts->contacts) remember(contact.user);
  }
}

void LineInterface::LearnRoom(const RoomEvent& event) {
  const std::string target = absl::StrCat("#", event.room);
  if (event.change == "entered") {
    if (vocabulary_.rooms.size() < options_.max_names) vocabulary_.rooms.insert(event.room);
    inside_.insert(event.room);
    // At the start, the room of last time; later, only the person's own command chooses.
    if (context_.target.empty()) context_.target = target;
    return;
  }
  const bool out = event.change == "closed" ||
                   (event.user == self_ &&
                    (event.change == "left" || event.change == "kicked" || event.change == "banned"));
  if (!out) return;
  inside_.erase(event.room);
  if (context_.target == target) context_.target = inside_.empty() ? "" : absl::StrCat("#", *inside_.begin());
}

void LineInterface::OnAnswer(const Event& event) {
  const auto found = unanswered_.find(RefOf(event));
  if (found == unanswered_.end()) return;
  const Command command = std::move(found->second);
  unanswered_.erase(found);
  const bool failed = std::holds_alternative<ErrorEvent>(event);
  if (!failed && (command.name == "join" || command.name == "create")) {
    context_.target = absl::StrCat("#", command.Get("room"));
  } else if (!failed && command.name == "accept") {
    context_.target = absl::StrCat("@", command.Get("user"));
  }
  if (!failed && (command.name == "accept" || command.name == "decline") &&
      context_.requester == command.Get("user")) {
    context_.requester.clear();
  }
  RedrawPrompt();
  ReleaseHeld();
}

// What is shown is read; rooms have no read marks.
void LineInterface::MarkRead(const MessageEvent& message) {
  if (message.target[0] == '@' && message.from != self_) Execute({"read", {{"target", message.target}}, {}});
}

void LineInterface::PrintNotesSoon() {
  if (notes_.empty() || notes_timer_ != nullptr) return;
  notes_timer_ = loop_.After(options_.note_delay, [this] {
    loop_.Post([done = std::shared_ptr<Timer>(std::move(notes_timer_))] {});
    std::string lines;
    for (const std::string& note : notes_.Take()) {
      absl::StrAppend(&lines, renderer_.Note(Dim(options_.style, note), loop_.Now()));
    }
    Print(lines);
  });
}

// ---- typing

void LineInterface::OnTypingTimer() {
  if (typing_others_.Expire(loop_.Uptime())) RedrawPrompt();
  if (typing_others_.empty() || typing_timer_ != nullptr) return;
  typing_timer_ = loop_.After(absl::Seconds(1), [this] {
    loop_.Post([done = std::shared_ptr<Timer>(std::move(typing_timer_))] {});
    OnTypingTimer();
  });
}

void LineInterface::SayTyping() {
  const std::string& text = editor_.text();
  const bool message = !text.empty() && !editor_.secret() && text[0] != ':' && text[0] != '/';
  if (!message || context_.target.empty() || !typing_self_.Tell(context_.target, loop_.Uptime())) return;
  Execute({"typing", {{"target", context_.target}}, {}});
}

}  // namespace parlor::client
