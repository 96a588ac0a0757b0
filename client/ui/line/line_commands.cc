// What is typed: keys, lines, commands.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/text/text.h"
#include "client/ui/line/line_interface.h"

namespace parlor::client {
namespace {

constexpr absl::string_view kPrefixes = ":/";
constexpr int kHelpColumn = 34;
constexpr char kClearScreen[] = "\x1b[2J\x1b[H";

std::string HelpRow(absl::string_view usage, absl::string_view help) {
  const int width = DisplayWidth(usage);
  const std::string gap = width < kHelpColumn ? std::string(static_cast<size_t>(kHelpColumn - width), ' ')
                                              : absl::StrCat("\n", std::string(kHelpColumn + 2, ' '));
  return absl::StrCat("  ", usage, gap, help, "\n");
}

std::string HelpOf(const CommandSpec& spec) {
  std::string text = HelpRow(absl::StrCat(":", Usage(spec)), spec.help);
  for (const ArgSpec& arg : spec.args)
    absl::StrAppend(&text, HelpRow(absl::StrCat("    ", arg.name), arg.help));
  return text;
}

}  // namespace

// ---- keys

void LineInterface::OnInput(absl::string_view bytes) {
  if (!options_.interactive) return lines_.Feed(bytes);
  for (const Key& key : keys_.Feed(bytes)) {
    if (finished_) return;
    OnKey(key);
  }
}

void LineInterface::OnInputEnd() {
  if (std::exchange(input_ended_, true)) return;
  if (!options_.interactive) lines_.End();
  if (options_.interactive) return Quit();
  ReleaseHeld();
}

void LineInterface::Quit() {
  if (!std::exchange(quitting_, true)) Execute({"quit", {}, {}});
}

void LineInterface::OnKey(const Key& key) {
  switch (editor_.Apply(key)) {
    case EditResult::kNothing:
      return;
    case EditResult::kChanged:
      RedrawPrompt();
      return SayTyping();
    case EditResult::kComplete:
      return CompleteWord();
    case EditResult::kRedraw:
      outputs_.write(absl::StrCat(screen_.Erase(), kClearScreen));
      return DrawPrompt();
    case EditResult::kEnd:
      return Quit();
    case EditResult::kSubmit:
      break;
  }
  // Erased before the line is taken: what answers it is printed where it stood.
  outputs_.write(screen_.Erase());
  prompt_shown_ = false;
  OnLine(editor_.Take(/*remember=*/true));
  DrawPrompt();
}

void LineInterface::CompleteWord() {
  const Completion completion = Complete(editor_.text(), editor_.cursor(), vocabulary_, kPrefixes);
  if (completion.candidates.empty()) return;
  const std::string word = editor_.text().substr(completion.from, editor_.cursor() - completion.from);
  if (word == completion.text) {  // nothing to add: what could follow
    return Print(absl::StrCat("  ", SanitizeForTerminal(absl::StrJoin(completion.candidates, "  ")), "\n"));
  }
  editor_.Replace(completion.from, completion.text);
  RedrawPrompt();
}

// ---- lines

void LineInterface::OnLine(std::string line) {
  if (held_.empty() && secret_for_.has_value()) return TakeSecret(std::move(line));
  if (absl::StripAsciiWhitespace(line).empty()) return;
  if (held_.empty() && !MustWait(line)) return HandleLine(line);
  if (held_.size() >= options_.max_held_lines) {
    return Say("too much waits for an answer; this line was not taken");
  }
  held_.push_back(std::move(line));
}

// A script's lines wait for the answers before them; a person's words only for the room that is being
// entered.
bool LineInterface::MustWait(const std::string& line) const {
  if (!ready_) return true;
  if (!options_.interactive) return !unanswered_.empty();
  if (absl::StrContains(kPrefixes, line[0]) && !(line.size() > 1 && line[1] == line[0])) return false;
  return std::any_of(unanswered_.begin(), unanswered_.end(), [](const auto& entry) {
    return entry.second.name == "join" || entry.second.name == "create";
  });
}

void LineInterface::ReleaseHeld() {
  while (!held_.empty() && (secret_for_.has_value() || !MustWait(held_.front()))) {
    const std::string line = std::move(held_.front());
    held_.pop_front();
    secret_for_.has_value() ? TakeSecret(line) : HandleLine(line);
  }
  if (input_ended_ && held_.empty() && unanswered_.empty()) Quit();
}

void LineInterface::HandleLine(const std::string& line) {
  const bool prefixed = absl::StrContains(kPrefixes, line[0]);
  const bool escaped = prefixed && line.size() > 1 && line[1] == line[0];  // "::" and "//" begin a message
  if (prefixed && !escaped) return HandleCommand(absl::string_view(line).substr(1));
  HandleText(escaped ? line.substr(1) : line);
}

void LineInterface::HandleText(const std::string& text) {
  if (context_.target.empty()) {
    return Say("to whom? Enter a room with :join ROOM, or write to a person with :msg USER");
  }
  RunCommand({"send", {{"target", context_.target}, {"text", text}}, {}});
}

void LineInterface::HandleCommand(absl::string_view line) {
  const size_t space = std::min(line.find_first_of(" \n"), line.size());
  const absl::string_view name = line.substr(0, space);
  const absl::string_view rest = line.substr(space);
  if (name == "help") return ShowHelp(absl::StripAsciiWhitespace(rest));
  absl::StatusOr<Command> command = ReadCommand(name, rest, context_);
  if (!command.ok()) return Say(Warning(options_.style, SanitizeForTerminal(command.status().message())));
  if (!MissingSecrets(*command).empty()) {
    secret_for_ = *std::move(command);
    return AskNextSecret();
  }
  RunCommand(*std::move(command));
}

void LineInterface::RunCommand(Command command) {
  if (command.name == "msg") {
    context_.target = absl::StrCat("@", command.Get("user"));
    if (command.Get("text").empty()) return;
    command = {"send", {{"target", context_.target}, {"text", command.Get("text")}}, {}};
  }
  if (command.name == "send") {
    Print(renderer_.OwnMessage(command.Get("target"), command.Get("text"), loop_.Now()));
  }
  Execute(std::move(command));
}

std::string LineInterface::Execute(Command command) {
  command.ref = absl::StrCat(next_ref_++);
  const std::string ref = command.ref;
  // A message has many answers, and nobody waits for these two.
  const bool waits = command.name != "send" && command.name != "read" && command.name != "typing";
  if (waits) {
    Command remembered = command;
    for (const ArgSpec& arg : FindCommand(command.name)->args) {
      if (arg.kind == ArgKind::kSecret) remembered.args.erase(arg.name);
    }
    unanswered_[ref] = std::move(remembered);
  }
  outputs_.execute(std::move(command));
  return ref;
}

// ---- secrets

void LineInterface::AskNextSecret() {
  editor_.SetSecret(true);
  if (options_.interactive) return;  // the prompt asks
  Say(absl::StrCat(MissingSecrets(*secret_for_)[0]->name, " is the next line"));
}

void LineInterface::TakeSecret(std::string secret) {
  if (secret.empty()) {
    secret_for_.reset();
    editor_.SetSecret(false);
    return Say("given up");
  }
  secret_for_->args[MissingSecrets(*secret_for_)[0]->name] = std::move(secret);
  if (!MissingSecrets(*secret_for_).empty()) return AskNextSecret();
  editor_.SetSecret(false);
  RunCommand(*std::exchange(secret_for_, std::nullopt));
}

// ---- help

void LineInterface::ShowHelp(absl::string_view about) {
  if (!about.empty()) {
    if (absl::StrContains(kPrefixes, about[0])) about.remove_prefix(1);
    const CommandSpec* spec = FindCommand(about);
    if (spec == nullptr) return Say("there is no such command; :help lists them");
    return Print(HelpOf(*spec));
  }
  std::string text = "What you type goes to the room or person in the prompt. Commands begin with : or /\n";
  for (const CommandSpec& spec : Commands()) {
    absl::StrAppend(&text, HelpRow(absl::StrCat(":", Usage(spec)), spec.help));
  }
  absl::StrAppend(&text, HelpRow(":help COMMAND", "what its arguments mean"),
                  "  Tab completes; Alt-Enter or \\ at the end begins a new row; :: or // writes a : or /\n");
  Print(text);
}

}  // namespace parlor::client
