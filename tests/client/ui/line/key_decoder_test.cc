#include "client/ui/line/key_decoder.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

std::vector<Key> Decode(const std::string& bytes, size_t piece) {
  KeyDecoder decoder;
  std::vector<Key> keys;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    for (Key& key : decoder.Feed(absl::string_view(bytes).substr(at, piece))) {
      // A burst is one key, a slow hand many: the same text.
      if (!keys.empty() && keys.back().code == KeyCode::kText && key.code == KeyCode::kText) {
        keys.back().text += key.text;
      } else {
        keys.push_back(std::move(key));
      }
    }
  }
  return keys;
}

TEST(KeyDecoderTest, KeysAreTheSameHoweverTheirBytesAreCut) {
  const std::string bytes =
      "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x99\x82\r\x7f\t\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[3~\x1bOH\x1b[1;"
      "5C\x1b"
      "b\x1b\r\x01\x1b[200~p\r\x1b[1mq\x1b[201~z";
  const std::vector<Key> keys = {{KeyCode::kText, "aü€🙂"},
                                 {KeyCode::kEnter},
                                 {KeyCode::kBackspace},
                                 {KeyCode::kTab},
                                 {KeyCode::kUp},
                                 {KeyCode::kDown},
                                 {KeyCode::kRight},
                                 {KeyCode::kLeft},
                                 {KeyCode::kHome},
                                 {KeyCode::kEnd},
                                 {KeyCode::kDelete},
                                 {KeyCode::kHome},
                                 {KeyCode::kWordRight},
                                 {KeyCode::kWordLeft},
                                 {KeyCode::kNewline},
                                 {KeyCode::kControl, "", 'a'},
                                 {KeyCode::kPaste, "p\n\x1b[1mq"},
                                 {KeyCode::kText, "z"}};
  for (size_t piece = 1; piece <= bytes.size(); ++piece) EXPECT_EQ(Decode(bytes, piece), keys) << piece;
}

TEST(KeyDecoderTest, BothLineEndsAreEnter) {
  EXPECT_EQ(
      Decode("a\nb\r", 1),
      (std::vector<Key>{{KeyCode::kText, "a"}, {KeyCode::kEnter}, {KeyCode::kText, "b"}, {KeyCode::kEnter}}));
}

TEST(KeyDecoderTest, WhatMeansNothingIsDropped) {
  EXPECT_EQ(Decode(std::string("a\xff\xc3z\x1b[99;99Xb\0", 13), 64),
            (std::vector<Key>{{KeyCode::kText, "azb"}}));
  const std::string endless = absl::StrCat("\x1b[", std::string(500, '1'), "mx");
  EXPECT_EQ(Decode(endless, 7).back().text.back(), 'x');
  EXPECT_EQ(Decode(endless, endless.size()), Decode(endless, 1));
}

TEST(KeyDecoderTest, APasteIsBounded) {
  const std::string paste = absl::StrCat("\x1b[200~", std::string(2 << 20, 'x'), "\x1b[201~y");
  const std::vector<Key> keys = Decode(paste, 4096);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].text.size(), KeyDecoder::kMaxPasteBytes);
  EXPECT_EQ(keys[1].text, "y");
}

}  // namespace
}  // namespace parlor::client
