// What scripts and other processes write to this one, and what a terminal sends.
#include "client/ui/json/command_json.h"

#include <utility>
#include <variant>

#include "client/ui/line/key_decoder.h"
#include "client/ui/line_splitter.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {
namespace {

using client::Command;
using client::ErrorEvent;
using client::Key;
using client::KeyCode;

struct Lines {
  std::vector<std::string> lines;
  size_t too_long = 0;
};

Lines Split(const std::vector<absl::string_view>& pieces, size_t max_bytes) {
  Lines split;
  const auto on_line = [&](absl::string_view line) {
    Promise(line.size() <= max_bytes && line.find('\n') == absl::string_view::npos,
            "a line is one, and not too long");
    split.lines.emplace_back(line);
  };
  client::LineSplitter splitter(max_bytes, {on_line, [&] { ++split.too_long; }});
  for (const absl::string_view piece : pieces) splitter.Feed(piece);
  splitter.End();
  return split;
}

void CheckCommand(const std::string& line) {
  const std::variant<Command, ErrorEvent> parsed = client::CommandFromJson(line);
  if (const auto* error = std::get_if<ErrorEvent>(&parsed)) {
    return Promise(!error->code.empty() && !error->message.empty(), "an error says what is wrong");
  }
  const Command& command = std::get<Command>(parsed);
  const std::string json = client::CommandToJson(command);
  Promise(json.find('\n') == std::string::npos, "a command is one line");
  Command again = command;
  Promise(client::Normalize(again).ok(), "a command that was read is one of the table");
  const std::variant<Command, ErrorEvent> reread = client::CommandFromJson(json);
  const auto* same = std::get_if<Command>(&reread);
  Promise(same != nullptr && same->name == again.name && same->args == again.args && same->ref == again.ref,
          "what was read can be written and read");
}

void CheckLines(absl::string_view bytes, uint8_t longest) {
  for (const size_t max_bytes : {size_t{16}, client::kMaxCommandLineBytes}) {
    const Lines whole = Split({bytes}, max_bytes);
    const Lines pieces = Split(Pieces(bytes, longest), max_bytes);
    Promise(whole.lines == pieces.lines && whole.too_long == pieces.too_long,
            "lines do not depend on how they were cut");
    for (const std::string& line : whole.lines) CheckCommand(line);
  }
}

// A burst of text is one key, so that text that came in pieces has to be put together again.
std::vector<Key> Keys(const std::vector<absl::string_view>& pieces) {
  client::KeyDecoder decoder;
  std::vector<Key> keys;
  for (const absl::string_view piece : pieces) {
    for (Key& key : decoder.Feed(piece)) {
      Promise(key.text.size() <= client::KeyDecoder::kMaxPasteBytes, "a paste has a bound");
      if (key.code == KeyCode::kText && !keys.empty() && keys.back().code == KeyCode::kText) {
        keys.back().text += key.text;
      } else {
        keys.push_back(std::move(key));
      }
    }
  }
  return keys;
}

void CheckKeys(absl::string_view bytes, uint8_t longest) {
  Promise(Keys({bytes}) == Keys(Pieces(bytes, longest)), "keys do not depend on how they were cut");
}

constexpr char kKeyboard = '\1';

// Every command with all that it takes.
std::string EveryCommand() {
  std::string lines;
  for (const client::CommandSpec& spec : client::Commands()) {
    Command command{.name = spec.name, .args = {}, .ref = "7"};
    for (const client::ArgSpec& arg : spec.args) {
      command.args[arg.name] = arg.kind == client::ArgKind::kChoice   ? arg.choices.front()
                               : arg.kind == client::ArgKind::kNumber ? "50"
                               : arg.kind == client::ArgKind::kTarget ? "#tea"
                                                                      : "ann";
    }
    lines += client::CommandToJson(command) + "\n";
  }
  return lines;
}

}  // namespace

void Test(Input input) {
  const bool keyboard = input.Byte() == kKeyboard;
  const uint8_t longest = input.Byte();
  return keyboard ? CheckKeys(input.Rest(), longest) : CheckLines(input.Rest(), longest);
}

std::vector<std::string> Seeds() {
  const std::string lines("\0\5", 2), keys("\1\3", 2);
  return {
      lines + EveryCommand(),
      lines + R"({"command":"join","room":"#tea","takeover":true,"ref":12})" + "\r\n" +
          R"({"command":"hand","room":"tea","raised":false})" + "\n" +
          R"({"command":"history","target":"@ann","limit":50,"ref":"\u00e4\ud83d\ude00"})",
      lines + R"({"command":"fly"})" + "\n" + R"({"command":"who","rom":"x"})" + "\n" + R"({"command":7})" +
          "\n" + R"({"command":"who","room":{"a":[1,null]}})" + "\n[]\n{\n" +
          R"({"command":"whoami","ref":-1})",
      keys + "h\xc3\xa4llo\r\x1b[A\x1b[B\x1b[1;5C\x1b[1;3D\x1b[H\x1b[F\x1b[3~\x1b[13;2u\x1bOA",
      keys + "\x1b[200~pasted\rtwice\x1b[201~\x1b\r\x1b" + "b\x1b" + "f\x1b\x7f\t\x08\x01\x7f",
      keys + "\x1b[" + std::string(70, ';') + "A\xe4\xb8\x96\xff\xc3(\x1b[<0;1;1M",
  };
}

}  // namespace parlor::fuzz
