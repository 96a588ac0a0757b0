#include "client/core/commands.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace parlor::client {
namespace {

ArgSpec Room(bool required = true) {
  return {"room", ArgKind::kRoom, required, {}, "a room's name"};
}
ArgSpec User(bool required = true) {
  return {"user", ArgKind::kUser, required, {}, "a person's name"};
}
ArgSpec Target(bool required = true) {
  return {"target", ArgKind::kTarget, required, {}, "#room or @user"};
}

std::vector<CommandSpec> MakeTable() {
  const ArgSpec password = {"password", ArgKind::kSecret, false, {}, "of a room that asks for one"};
  return {
      {"join",
       {Room(), password, {"takeover", ArgKind::kChoice, false, {"yes", "no"}, "from another device"}},
       "enter a room",
       true},
      {"leave", {Room()}, "leave a room", false},
      {"create",
       {Room(),
        {"access", ArgKind::kChoice, false, {"open", "invite", "password"}, "who may enter (open)"},
        {"stage", ArgKind::kChoice, false, {"yes", "no"}, "only speakers are heard (no)"},
        password,
        {"topic", ArgKind::kText, false, {}, "what it is about"}},
       "make a room and enter it",
       true},
      {"rooms", {{"query", ArgKind::kText, false, {}, "in the name or the topic"}}, "list rooms", true},
      {"who",
       {Room(false)},
       "who is in a room and how they are linked; without a room: who is online",
       false},
      {"topic",
       {Room(), {"topic", ArgKind::kText, true, {}, "the new topic"}},
       "change a room's topic",
       true},
      {"invite", {Room(), User()}, "let somebody into a room", true},
      {"kick", {Room(), User()}, "remove somebody from a room", true},
      {"ban", {Room(), User()}, "remove somebody from a room for good", true},
      {"unban", {Room(), User()}, "lift a ban", true},
      {"role",
       {Room(),
        User(),
        {"role", ArgKind::kChoice, true, {"listener", "speaker", "moderator"}, "the new role"}},
       "give somebody a role in a room",
       true},
      {"hand",
       {Room(), {"raised", ArgKind::kChoice, false, {"up", "down"}, "(up)"}},
       "ask to speak on a stage",
       true},
      {"close", {Room()}, "end a room that you own, for good", true},
      {"send", {Target(), {"text", ArgKind::kText, true, {}, "at most 64 KiB"}}, "write a message", false},
      {"msg",
       {User(), {"text", ArgKind::kText, false, {}, "at most 64 KiB"}},
       "write to a person; asks first if no chat is open",
       false},
      {"accept", {User()}, "open a private chat that was asked for", false},
      {"decline",
       {User(), {"note", ArgKind::kText, false, {}, "told to the other"}},
       "say no to a request",
       false},
      {"withdraw",
       {Target(), {"id", ArgKind::kWord, false, {}, "one message; without: the request and all that waits"}},
       "take back what was not delivered yet",
       false},
      {"block", {User()}, "no requests, status or address for somebody", false},
      {"unblock", {User()}, "lift a block", false},
      {"contacts", {}, "people you chat with, and requests", false},
      {"find", {{"prefix", ArgKind::kWord, true, {}, "of a name"}}, "find people who are online", true},
      {"lookup", {User()}, "a person's status", true},
      {"status",
       {{"status", ArgKind::kChoice, false, {"online", "away", "busy"}, "(online)"},
        {"text", ArgKind::kText, false, {}, "at most 80 characters"}},
       "say how you are",
       false},
      {"typing", {Target()}, "tell that you are typing", false},
      {"history",
       {Target(),
        {"limit", ArgKind::kNumber, false, {}, "(50)"},
        {"before", ArgKind::kWord, false, {}, "a message's id"}},
       "what was said",
       false},
      {"read",
       {Target(), {"id", ArgKind::kWord, false, {}, "up to this message; without: all"}},
       "mark as read",
       false},
      {"outbox", {}, "what waits to be delivered, and why", false},
      {"verify",
       {User(), {"answer", ArgKind::kChoice, false, {"match", "differ"}, "after comparing"}},
       "compare safety numbers with somebody",
       false},
      {"takeover", {}, "be online here instead of on your other device", false},
      {"devices", {}, "devices that are logged in", true},
      {"revoke", {{"device", ArgKind::kWord, true, {}, "its id"}}, "log a device out", true},
      {"whoami", {}, "account, device and server", false},
      {"password",
       {{"old", ArgKind::kSecret, true, {}, "the present one"},
        {"new", ArgKind::kSecret, true, {}, "the new one"}},
       "change your password; ends all other devices",
       true},
      {"logout", {}, "end this device", true},
      {"delete-account",
       {{"password", ArgKind::kSecret, true, {}, "to be sure"}},
       "delete your account; the name is never given out again",
       true},
      {"doctor", {}, "what works from here", false},
      {"quit", {}, "say goodbye and end", false},
  };
}

absl::Status Check(const ArgSpec& spec, std::string& value) {
  if (spec.kind == ArgKind::kRoom) value = std::string(absl::StripPrefix(value, "#"));
  if (spec.kind == ArgKind::kUser) value = std::string(absl::StripPrefix(value, "@"));
  if (spec.kind == ArgKind::kTarget && (value.size() < 2 || (value[0] != '#' && value[0] != '@'))) {
    return absl::InvalidArgumentError("a target is #room or @user");
  }
  if (spec.kind == ArgKind::kNumber &&
      (value.size() > 6 || value.empty() ||
       !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }))) {
    return absl::InvalidArgumentError(absl::StrCat("'", spec.name, "' is a number"));
  }
  if (spec.kind == ArgKind::kChoice && std::none_of(spec.choices.begin(), spec.choices.end(),
                                                    [&](const char* choice) { return value == choice; })) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", spec.name, "' is one of ", absl::StrJoin(spec.choices, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace

const std::string& Command::Get(const std::string& arg) const {
  static const std::string kNone;
  const auto found = args.find(arg);
  return found == args.end() ? kNone : found->second;
}

const std::vector<CommandSpec>& Commands() {
  static const std::vector<CommandSpec>& table = *new std::vector<CommandSpec>(MakeTable());
  return table;
}

const CommandSpec* FindCommand(absl::string_view name) {
  const auto& table = Commands();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const CommandSpec& spec) { return name == spec.name; });
  return found == table.end() ? nullptr : &*found;
}

absl::Status Normalize(Command& command) {
  const CommandSpec* spec = FindCommand(command.name);
  if (spec == nullptr) {
    return absl::InvalidArgumentError("there is no such command; 'help' lists them");
  }
  for (const auto& given : command.args) {
    const std::string& name = given.first;
    if (std::none_of(spec->args.begin(), spec->args.end(),
                     [&](const ArgSpec& arg) { return name == arg.name; })) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", spec->name, "' takes no '", name.substr(0, 32), "'"));
    }
  }
  for (const ArgSpec& arg : spec->args) {
    const auto given = command.args.find(arg.name);
    if (given == command.args.end()) {
      if (arg.required)
        return absl::InvalidArgumentError(absl::StrCat("'", spec->name, "' needs '", arg.name, "'"));
      continue;
    }
    PARLOR_RETURN_IF_ERROR(Check(arg, given->second));
  }
  return absl::OkStatus();
}

}  // namespace parlor::client
