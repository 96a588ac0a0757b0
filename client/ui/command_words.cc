#include "client/ui/command_words.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace parlor::client {
namespace {

// Never the room that one happens to be in.
constexpr std::array<absl::string_view, 3> kAlwaysNamesRoom = {"join", "create", "close"};

bool IsOneOf(absl::string_view word, const std::vector<const char*>& choices) {
  return std::any_of(choices.begin(), choices.end(), [&](const char* choice) { return word == choice; });
}

bool IsNumber(absl::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), absl::ascii_isdigit);
}

bool EndsInText(const CommandSpec& spec) {
  return !spec.args.empty() && spec.args.back().kind == ArgKind::kText;
}

// Takes words off a line one by one; what is left is a text.
class Words {
 public:
  explicit Words(absl::string_view line) : line_(absl::StripAsciiWhitespace(line)) {}
  explicit Words(std::deque<std::string> words) : words_(std::move(words)), cut_(true) {}

  bool empty() const { return cut_ ? words_.empty() : line_.empty(); }
  size_t count() const {
    if (cut_) return words_.size();
    return std::vector<absl::string_view>(absl::StrSplit(line_, absl::ByAnyChar(" \t\n"), absl::SkipEmpty()))
        .size();
  }
  std::string Peek() const { return cut_ ? words_.front() : std::string(line_.substr(0, WordEnd())); }
  std::string Take() {
    std::string word = Peek();
    if (cut_) {
      words_.pop_front();
    } else {
      line_ = absl::StripLeadingAsciiWhitespace(line_.substr(word.size()));
    }
    return word;
  }
  std::string TakeAll() {
    if (cut_) return absl::StrJoin(std::exchange(words_, {}), " ");
    return std::string(std::exchange(line_, absl::string_view()));
  }

 private:
  size_t WordEnd() const { return std::min(line_.find_first_of(" \t\n"), line_.size()); }

  absl::string_view line_;
  std::deque<std::string> words_;
  bool cut_ = false;
};

class CommandReader {
 public:
  CommandReader(const CommandSpec& spec, Words words, const CommandContext& context,
                std::map<std::string, std::string> flags)
      : spec_(spec), words_(std::move(words)), context_(context) {
    command_.name = spec.name;
    command_.args = std::move(flags);
  }

  absl::StatusOr<Command> Read() {
    for (size_t i = 0; i < spec_.args.size(); ++i) {
      const ArgSpec& arg = spec_.args[i];
      TakeNamed();
      if (command_.args.contains(arg.name)) continue;
      if (FillFromContext(i)) continue;
      if (words_.empty() || !Fits(arg)) continue;
      command_.args[arg.name] = arg.kind == ArgKind::kText ? words_.TakeAll() : words_.Take();
    }
    TakeNamed();
    if (!words_.empty()) return Wrong(absl::StrCat("'", words_.Peek().substr(0, 64), "' is too much"));
    // Secrets that are to be asked for are no error.
    Command complete = command_;
    for (const ArgSpec* secret : MissingSecrets(command_)) complete.args[secret->name] = "?";
    const absl::Status valid = Normalize(complete);
    if (!valid.ok()) return Wrong(valid.message());
    Command normal = std::move(complete);
    for (const ArgSpec* secret : MissingSecrets(command_)) normal.args.erase(secret->name);
    return normal;
  }

 private:
  // name=value of optional arguments.
  void TakeNamed() {
    while (!words_.empty()) {
      const std::string word = words_.Peek();
      const size_t equals = word.find('=');
      if (equals == std::string::npos) return;
      const auto arg = std::find_if(spec_.args.begin(), spec_.args.end(), [&](const ArgSpec& candidate) {
        return !candidate.required && candidate.kind != ArgKind::kText &&
               word.compare(0, equals, candidate.name) == 0;
      });
      if (arg == spec_.args.end() || command_.args.contains(arg->name)) return;
      command_.args[arg->name] = word.substr(equals + 1);
      words_.Take();
    }
  }

  bool Fits(const ArgSpec& arg) const {
    if (arg.required) return arg.kind != ArgKind::kSecret;
    switch (arg.kind) {
      case ArgKind::kChoice:
        return IsOneOf(words_.Peek(), arg.choices);
      case ArgKind::kNumber:
        return IsNumber(words_.Peek());
      case ArgKind::kWord:
      case ArgKind::kSecret:
        return !EndsInText(spec_);
      default:
        return true;
    }
  }

  bool FillFromContext(size_t index) {
    const ArgSpec& arg = spec_.args[index];
    if (index != 0) return false;
    const bool in_room = !context_.target.empty() && context_.target[0] == '#';
    const bool in_chat = !context_.target.empty() && context_.target[0] == '@';
    switch (arg.kind) {
      case ArgKind::kRoom:
        if (!in_room || NamesRoom(arg)) return false;
        break;
      case ArgKind::kTarget:
        if (context_.target.empty() || IsTarget(words_)) return false;
        break;
      case ArgKind::kUser:
        return arg.required && words_.empty() && FillUser(arg, in_chat);
      default:
        return false;
    }
    command_.args[arg.name] = context_.target;
    return true;
  }

  static bool IsTarget(const Words& words) {
    return !words.empty() && (words.Peek()[0] == '#' || words.Peek()[0] == '@');
  }

  bool NamesRoom(const ArgSpec& arg) const {
    const bool always = std::count(kAlwaysNamesRoom.begin(), kAlwaysNamesRoom.end(), spec_.name) != 0;
    if (always || (!words_.empty() && words_.Peek()[0] == '#')) return true;
    if (words_.empty()) return false;
    if (!arg.required) return true;
    const ArgSpec* next = spec_.args.size() > 1 ? &spec_.args[1] : nullptr;
    if (next != nullptr && next->kind == ArgKind::kChoice && IsOneOf(words_.Peek(), next->choices))
      return false;
    const auto required = static_cast<size_t>(std::count_if(
        spec_.args.begin(), spec_.args.end(), [](const ArgSpec& other) { return other.required; }));
    return !EndsInText(spec_) && words_.count() >= required;
  }

  bool FillUser(const ArgSpec& arg, bool in_chat) {
    const bool answers =
        absl::string_view(spec_.name) == "accept" || absl::string_view(spec_.name) == "decline";
    if (answers && !context_.requester.empty()) {
      command_.args[arg.name] = context_.requester;
    } else if (in_chat) {
      command_.args[arg.name] = context_.target.substr(1);
    } else {
      return false;
    }
    return true;
  }

  absl::Status Wrong(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(what, "; usage: ", Usage(spec_)));
  }

  const CommandSpec& spec_;
  Words words_;
  const CommandContext& context_;
  Command command_;
};

absl::StatusOr<Command> Read(absl::string_view name, Words words, std::map<std::string, std::string> flags,
                             const CommandContext& context) {
  const CommandSpec* spec = FindCommand(name);
  if (spec == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no command '", name.substr(0, 64), "'; 'help' lists them"));
  }
  return CommandReader(*spec, std::move(words), context, std::move(flags)).Read();
}

}  // namespace

absl::StatusOr<Command> ReadCommand(absl::string_view name, absl::string_view rest,
                                    const CommandContext& context) {
  return Read(name, Words(rest), {}, context);
}

absl::StatusOr<Command> ReadCommandWords(absl::string_view name, const std::vector<std::string>& words,
                                         std::map<std::string, std::string> flags,
                                         const CommandContext& context) {
  return Read(name, Words(std::deque<std::string>(words.begin(), words.end())), std::move(flags), context);
}

std::vector<const ArgSpec*> MissingSecrets(const Command& command) {
  std::vector<const ArgSpec*> missing;
  const CommandSpec* spec = FindCommand(command.name);
  if (spec == nullptr) return missing;
  for (const ArgSpec& arg : spec->args) {
    if (arg.kind == ArgKind::kSecret && arg.required && !command.args.contains(arg.name)) {
      missing.push_back(&arg);
    }
  }
  return missing;
}

std::string Usage(const CommandSpec& spec) {
  std::string usage = spec.name;
  for (const ArgSpec& arg : spec.args) {
    if (arg.required && arg.kind == ArgKind::kSecret) continue;  // is asked for
    std::string word = absl::AsciiStrToUpper(arg.name);
    if (arg.kind == ArgKind::kChoice) word = absl::StrJoin(arg.choices, "|");
    const bool by_name = arg.kind == ArgKind::kChoice ||
                         ((arg.kind == ArgKind::kWord || arg.kind == ArgKind::kSecret) && EndsInText(spec));
    if (!arg.required && by_name) word = absl::StrCat(arg.name, "=", word);
    if (arg.kind == ArgKind::kText) absl::StrAppend(&word, "…");
    absl::StrAppend(&usage, arg.required ? absl::StrCat(" ", word) : absl::StrCat(" [", word, "]"));
  }
  return usage;
}

}  // namespace parlor::client
