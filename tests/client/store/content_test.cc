#include "client/store/content.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

Message With(const std::string& text, const std::string& body, const std::string& signature) {
  Message message;
  message.text = text;
  message.body = body;
  message.signature = signature;
  return message;
}

TEST(Content, ComesBackWhole) {
  for (const Message& message :
       {With("", "", ""), With("text", "", ""), With("text", "head text", "signature"), With("", "body", ""),
        With("text", "another body", "signature"), With("longer than its body", "body", "s")}) {
    Message decoded;
    ASSERT_TRUE(DecodeContent(EncodeContent(message), decoded).ok());
    EXPECT_EQ(decoded.text, message.text);
    EXPECT_EQ(decoded.body, message.body);
    EXPECT_EQ(decoded.signature, message.signature);
  }
}

TEST(Content, KeepsATextInItsBodyOnce) {
  const std::string text(10'000, 'x');
  EXPECT_LT(EncodeContent(With(text, "head" + text, "signature")).size(), 10'100u);
}

TEST(Content, ThatIsCutIsDamaged) {
  const std::string content = EncodeContent(With("text", "another", ""));
  for (size_t size = 0; size < content.size(); ++size) {
    Message decoded;
    EXPECT_EQ(DecodeContent(content.substr(0, size), decoded).code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(Content, BelongsToOnePlace) {
  EXPECT_NE(ContentContext("@a", {"d", 1, 1}), ContentContext("@a", {"d", 1, 2}));
  EXPECT_NE(ContentContext("@a", {"d", 1, 11}), ContentContext("@a", {"d", 11, 1}));
  EXPECT_NE(ContentContext("@a\nb", {"c", 1, 1}), ContentContext("@a", {"b\nc", 1, 1}));
}

TEST(PackedList, ComesBackWhole) {
  for (const std::vector<std::string>& items :
       {std::vector<std::string>{}, {""}, {"a", "", std::string(70'000, 'b')}}) {
    const auto unpacked = UnpackList(PackList(items));
    ASSERT_TRUE(unpacked.ok()) << unpacked.status();
    EXPECT_EQ(*unpacked, items);
  }
  EXPECT_FALSE(UnpackList("abc").ok());
  EXPECT_FALSE(UnpackList(PackList({"abc"}).substr(0, 6)).ok());
}

}  // namespace
}  // namespace parlor::client
