#include "services/rooms/room_fields.h"

#include <string>

#include "gtest/gtest.h"
#include "services/rooms/room_password.h"

namespace parlor::rooms {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(RoomFields, NamesComeCanonical) {
  EXPECT_EQ(*RoomNameField("Den"), "den");
  EXPECT_EQ(RoomNameField("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RoomNameField("#den").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RoomNameField(Repeat("a", 65)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RoomNameField("a b").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(UserNameField("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(UserNameField(Repeat("a", 10'000)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RoomFields, TopicsCountCharactersNotBytes) {
  EXPECT_EQ(*TopicField(Repeat("ж", 200)), Repeat("ж", 200));
  EXPECT_EQ(TopicField(Repeat("ж", 201)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TopicField(Repeat("x", 1 << 20)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RoomFields, TopicsAreOneHarmlessLine) {
  EXPECT_EQ(*TopicField("one\ntwo\x1b[2J "), "one two");
  EXPECT_EQ(*TopicField(""), "");
}

TEST(RoomFields, PasswordsHaveOneTo128Characters) {
  EXPECT_TRUE(CheckPasswordField("x").ok());
  EXPECT_TRUE(CheckPasswordField(Repeat("ж", 128)).ok());
  EXPECT_FALSE(CheckPasswordField("").ok());
  EXPECT_FALSE(CheckPasswordField(Repeat("x", 129)).ok());
}

TEST(RoomFields, CapacityHasADefaultAndACeiling) {
  RoomLimits limits;
  EXPECT_EQ(*CapacityField(0, limits), 1'000u);
  EXPECT_EQ(*CapacityField(2, limits), 2u);
  EXPECT_EQ(CapacityField(1'001, limits).status().code(), absl::StatusCode::kInvalidArgument);
  limits.max_capacity = 2'000;
  EXPECT_EQ(*CapacityField(1'001, limits), 1'001u);
}

TEST(RoomFields, PagesHave1To1000Entries) {
  EXPECT_EQ(*PageSizeField(0), 100u);
  EXPECT_EQ(*PageSizeField(1), 1u);
  EXPECT_EQ(*PageSizeField(1000), 1000u);
  EXPECT_FALSE(PageSizeField(1001).ok());
}

TEST(RoomFields, PageTokensAreOursOrRefused) {
  EXPECT_EQ(*PageTokenField(PageToken("größe")), "größe");
  EXPECT_EQ(*PageTokenField(""), "");
  EXPECT_FALSE(PageTokenField("***").ok());
  EXPECT_FALSE(PageTokenField(PageToken(std::string("a\0b", 3))).ok());
  EXPECT_FALSE(PageTokenField(PageToken("\xff")).ok());
}

TEST(RoomFields, SearchIgnoresCaseAndForm) {
  EXPECT_EQ(FoldForSearch("STRASSE"), FoldForSearch("Straße"));
  EXPECT_EQ(FoldForSearch("ｓｔｒ"), "str");
}

TEST(RoomPassword, FitsItselfAndNothingElse) {
  const RoomPasswordCost cost{.memory_kib = 64, .passes = 1};
  const auto hash = HashRoomPassword("open sesame", cost);
  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_TRUE(CheckRoomPassword("open sesame", *hash).ok());
  EXPECT_EQ(CheckRoomPassword("open sesam", *hash).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CheckRoomPassword("", *hash).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_NE(*hash, *HashRoomPassword("open sesame", cost)) << "salted";
  EXPECT_EQ(CheckRoomPassword("x", "not a hash").code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace parlor::rooms
