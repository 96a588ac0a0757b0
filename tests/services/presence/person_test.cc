#include "services/presence/person.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::presence {
namespace {

using ::testing::ElementsAre;

v1::Status StatusOf(v1::Availability availability, const std::string& text = "") {
  v1::Status status;
  status.set_availability(availability);
  status.set_text(text);
  return status;
}

std::string Repeat(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(PersonTest, AStatusTextHasAtMostEightyCodePoints) {
  struct {
    std::string text;
    bool ok;
  } cases[] = {
      {"", true},
      {Repeat("x", 80), true},
      {Repeat("x", 81), false},
      {Repeat("😀", 80), true},
      {Repeat("😀", 81), false},
      {Repeat("e\u0301", 40), true},
      {Repeat("e\u0301", 41), false},
      {"broken \xff", false},
      {"half a character \xc3", false},
  };
  for (const auto& c : cases) {
    Profile profile;
    const absl::Status status = SetStatus(StatusOf(v1::AVAILABILITY_BUSY, c.text), 80, kTestStart, profile);
    EXPECT_EQ(profile.text, c.ok ? c.text : "");
    EXPECT_EQ(status.code(), c.ok ? absl::StatusCode::kOk : absl::StatusCode::kInvalidArgument);
  }
}

TEST(PersonTest, OnlyTheServerSaysReconnectingAndOffline) {
  struct {
    v1::Availability said;
    bool ok;
    v1::Availability becomes;
  } cases[] = {
      {v1::AVAILABILITY_UNSPECIFIED, true, v1::AVAILABILITY_ONLINE},
      {v1::AVAILABILITY_ONLINE, true, v1::AVAILABILITY_ONLINE},
      {v1::AVAILABILITY_AWAY, true, v1::AVAILABILITY_AWAY},
      {v1::AVAILABILITY_BUSY, true, v1::AVAILABILITY_BUSY},
      {v1::AVAILABILITY_RECONNECTING, false, v1::AVAILABILITY_ONLINE},
      {v1::AVAILABILITY_OFFLINE, false, v1::AVAILABILITY_ONLINE},
      {static_cast<v1::Availability>(99), false, v1::AVAILABILITY_ONLINE},
  };
  for (const auto& c : cases) {
    Profile profile;
    EXPECT_EQ(SetStatus(StatusOf(c.said), 80, kTestStart, profile).ok(), c.ok) << c.said;
    EXPECT_EQ(profile.availability, c.becomes) << c.said;
  }
}

TEST(PersonTest, SinceIsOfTheAvailabilityNotOfTheText) {
  Profile profile;
  ASSERT_TRUE(SetStatus(StatusOf(v1::AVAILABILITY_ONLINE), 80, kTestStart, profile).ok());
  ASSERT_TRUE(
      SetStatus(StatusOf(v1::AVAILABILITY_ONLINE, "hi"), 80, kTestStart + absl::Seconds(1), profile).ok());
  EXPECT_EQ(profile.since, kTestStart);
  ASSERT_TRUE(
      SetStatus(StatusOf(v1::AVAILABILITY_AWAY, "hi"), 80, kTestStart + absl::Seconds(2), profile).ok());
  EXPECT_EQ(profile.since, kTestStart + absl::Seconds(2));
}

TEST(PersonTest, AProfileSurvivesTheDirectory) {
  Profile profile;
  profile.availability = v1::AVAILABILITY_AWAY;
  profile.text = "\"quoted\" \n 😀 \\";
  profile.since = kTestStart;
  profile.observed_ip = "::1";
  profile.addresses = {{"1.2.3.4", 443}, {"fd00::1", 65535}};
  profile.accept = NameList::FromCanonical({"bob", "ann", "bob"});
  profile.block = NameList::FromCanonical({"иван"});
  const absl::StatusOr<Profile> decoded = DecodeProfile(Encode(profile));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, profile);
  EXPECT_EQ(*DecodeProfile(Encode(Profile())), Profile());
}

TEST(PersonTest, WhatEncodeDidNotWriteIsAnError) {
  for (const char* details :
       {"", "{}", "[]", "null", "{\"availability\":\"online\"}", "\xff",
        R"({"availability":5,"text":"","since_ms":0,"ip":"","addresses":[],"accept":[],"block":[]})"}) {
    EXPECT_EQ(DecodeProfile(details).status().code(), absl::StatusCode::kDataLoss) << details;
  }
}

TEST(PersonTest, ReconnectingIsShownWithTheTimeOfTheLoss) {
  Person person{.user = "ann",
                .device = "",
                .session = "",
                .state_since = kTestStart + absl::Seconds(5),
                .profile = {}};
  person.profile.since = kTestStart;
  EXPECT_EQ(Visible(person).since_ms(), absl::ToUnixMillis(kTestStart));
  EXPECT_EQ(Visible(person).status().availability(), v1::AVAILABILITY_ONLINE);
  person.state = live::SeatState::kReconnecting;
  EXPECT_EQ(Visible(person).since_ms(), absl::ToUnixMillis(kTestStart + absl::Seconds(5)));
  EXPECT_EQ(Visible(person).status().availability(), v1::AVAILABILITY_RECONNECTING);
}

TEST(NameListTest, ChangesAreAppliedWholeOrNotAtAll) {
  NameList list = NameList::FromCanonical({"ann", "bob"});
  v1::ListChange change;
  change.add_add("Cid");
  change.add_add("ann");
  change.add_remove("BOB");
  ASSERT_TRUE(list.Apply(change, 10).ok());
  EXPECT_THAT(list.names(), ElementsAre("ann", "cid"));
  EXPECT_TRUE(list.Contains("cid"));
  EXPECT_FALSE(list.Contains("Cid"));
  change.add_add("not a name");
  change.add_add("dora");
  EXPECT_EQ(list.Apply(change, 10).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(list.names(), ElementsAre("ann", "cid"));
}

TEST(NameListTest, IsBounded) {
  NameList list;
  v1::ListChange change;
  for (int i = 0; i < 1000; ++i) change.add_add("user" + std::to_string(i));
  EXPECT_TRUE(list.Apply(change, 1000).ok());
  EXPECT_TRUE(list.Apply(change, 1000).ok());
  v1::ListChange one_more;
  one_more.add_add("another");
  EXPECT_EQ(list.Apply(one_more, 1000).code(), absl::StatusCode::kInvalidArgument);
  one_more.add_remove("user7");
  EXPECT_TRUE(list.Apply(one_more, 1000).ok());
}

TEST(NameListTest, CanonicalNamesAreThoseOfParseUserName) {
  for (const char* name : {"ann", "Ann", "ANN", "ann42", "a_b", "Ångström", "иван"}) {
    const absl::StatusOr<std::string> canonical = CanonicalUser(name);
    ASSERT_TRUE(canonical.ok()) << name << ": " << canonical.status();
    EXPECT_EQ(*CanonicalUser(*canonical), *canonical);
  }
  for (const std::string& name : {std::string("ab"), std::string(33, 'a'), std::string("with space"),
                                  std::string(10'000, 'x'), std::string(), std::string("@ann")}) {
    EXPECT_FALSE(CanonicalUser(name).ok()) << name.substr(0, 40);
  }
}

}  // namespace
}  // namespace parlor::presence
