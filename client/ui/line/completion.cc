#include "client/ui/line/completion.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/text/text.h"
#include "client/core/commands.h"

namespace parlor::client {
namespace {

void AddAll(const std::set<std::string>& names, absl::string_view sigil, absl::string_view word,
            std::vector<std::string>& candidates) {
  for (const std::string& name : names) {
    const std::string candidate = absl::StrCat(sigil, name);
    if (absl::StartsWith(candidate, word)) candidates.push_back(candidate);
  }
}

std::vector<std::string> CommandNames(absl::string_view word) {
  std::vector<std::string> names;
  const std::string prefix(word.substr(0, 1));
  for (const CommandSpec& spec : Commands()) {
    if (absl::StartsWith(spec.name, word.substr(1))) names.push_back(absl::StrCat(prefix, spec.name));
  }
  if (absl::StartsWith("help", word.substr(1))) names.push_back(absl::StrCat(prefix, "help"));
  return names;
}

// What the argument at `index` may be. Optional ones before it may have been left out: it may be any from
// there.
std::vector<std::string> Arguments(const CommandSpec& spec, size_t index, absl::string_view word,
                                   const Vocabulary& vocabulary) {
  std::vector<std::string> candidates;
  for (size_t i = index; i < spec.args.size(); ++i) {
    const ArgSpec& arg = spec.args[i];
    if (arg.kind == ArgKind::kRoom)
      AddAll(vocabulary.rooms, absl::StartsWith(word, "#") ? "#" : "", word, candidates);
    if (arg.kind == ArgKind::kUser)
      AddAll(vocabulary.users, absl::StartsWith(word, "@") ? "@" : "", word, candidates);
    if (arg.kind == ArgKind::kTarget) {
      AddAll(vocabulary.rooms, "#", word, candidates);
      AddAll(vocabulary.users, "@", word, candidates);
    }
    for (const char* choice : arg.choices) {
      if (absl::StartsWith(choice, word)) candidates.push_back(choice);
    }
    if (arg.required) break;
  }
  return candidates;
}

std::string CommonPrefix(const std::vector<std::string>& candidates) {
  std::string common = candidates.front();
  for (const std::string& candidate : candidates) {
    size_t same = 0;
    while (same < common.size() && same < candidate.size() && common[same] == candidate[same]) ++same;
    common.resize(same);
  }
  while (!IsValidUtf8(common)) common.pop_back();  // never half a character
  return common;
}

}  // namespace

Completion Complete(absl::string_view text, size_t cursor, const Vocabulary& vocabulary,
                    absl::string_view prefixes) {
  const absl::string_view before = text.substr(0, cursor);
  Completion completion;
  const size_t space = before.find_last_of(" \n");
  completion.from = space == absl::string_view::npos ? 0 : space + 1;
  const absl::string_view word = before.substr(completion.from);
  completion.text = std::string(word);
  const bool is_command = !before.empty() && absl::StrContains(prefixes, before[0]);
  auto& candidates = completion.candidates;
  if (is_command && completion.from == 0) {
    candidates = CommandNames(word);
  } else if (is_command) {
    const std::vector<std::string> words = absl::StrSplit(before.substr(1), ' ', absl::SkipEmpty());
    const CommandSpec* spec = words.empty() ? nullptr : FindCommand(words[0]);
    // Of the words, the first is the command and the last, unless it is empty, the one that is completed.
    const size_t complete_words = words.size() - (word.empty() ? 0 : 1);
    if (spec != nullptr) candidates = Arguments(*spec, complete_words - 1, word, vocabulary);
  }
  if (candidates.empty() && absl::StartsWith(word, "#")) AddAll(vocabulary.rooms, "#", word, candidates);
  if (candidates.empty() && absl::StartsWith(word, "@")) AddAll(vocabulary.users, "@", word, candidates);
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.empty()) return completion;
  completion.text = CommonPrefix(candidates);
  if (candidates.size() == 1) completion.text += ' ';
  return completion;
}

}  // namespace parlor::client
