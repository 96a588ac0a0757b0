#include "services/rooms/admission.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::rooms {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Room MakeRoom(Access access) {
  Room room;
  room.name = "den";
  room.owner = "olga";
  room.access = access;
  return room;
}

struct Case {
  const char* what;
  Access access;
  const char* user;
  Standing standing;
  absl::StatusCode code;
  bool password;  // asked for, if let in
};

Standing Invited() {
  Standing standing;
  standing.invited = true;
  return standing;
}
Standing Banned() {
  Standing standing;
  standing.banned = true;
  return standing;
}
Standing Speaker() {
  Standing standing;
  standing.role = Role::kSpeaker;
  return standing;
}
Standing HeldFor(absl::Duration time) {
  Standing standing;
  standing.held_until = kNow + time;
  return standing;
}

TEST(Admission, TableOfAccessAndStanding) {
  const Case cases[] = {
      {"open, newcomer", Access::kOpen, "bob", {}, absl::StatusCode::kOk, false},
      {"open, banned", Access::kOpen, "bob", Banned(), absl::StatusCode::kPermissionDenied, false},
      {"open, held", Access::kOpen, "bob", HeldFor(absl::Seconds(1)), absl::StatusCode::kPermissionDenied,
       false},
      {"open, hold over", Access::kOpen, "bob", HeldFor(absl::ZeroDuration()), absl::StatusCode::kOk, false},
      {"invitation, newcomer", Access::kInvite, "bob", {}, absl::StatusCode::kNotFound, false},
      {"invitation, kicked newcomer", Access::kInvite, "bob", HeldFor(absl::Seconds(1)),
       absl::StatusCode::kNotFound, false},
      {"invitation, invited", Access::kInvite, "bob", Invited(), absl::StatusCode::kOk, false},
      {"invitation, speaker", Access::kInvite, "bob", Speaker(), absl::StatusCode::kOk, false},
      {"invitation, owner", Access::kInvite, "olga", {}, absl::StatusCode::kOk, false},
      {"invitation, banned", Access::kInvite, "bob", Banned(), absl::StatusCode::kPermissionDenied, false},
      {"password, newcomer", Access::kPassword, "bob", {}, absl::StatusCode::kOk, true},
      {"password, invited", Access::kPassword, "bob", Invited(), absl::StatusCode::kOk, false},
      {"password, owner", Access::kPassword, "olga", {}, absl::StatusCode::kOk, false},
      {"password, speaker", Access::kPassword, "bob", Speaker(), absl::StatusCode::kOk, false},
  };
  for (const Case& test : cases) {
    const Room room = MakeRoom(test.access);
    EXPECT_EQ(CheckMayEnter(room, test.user, test.standing, kNow).code(), test.code) << test.what;
    if (test.code == absl::StatusCode::kOk) {
      EXPECT_EQ(MustGivePassword(room, test.user, test.standing), test.password) << test.what;
    }
  }
}

TEST(Admission, TheHiddenLooksLikeTheMissing) {
  EXPECT_EQ(CheckMayEnter(MakeRoom(Access::kInvite), "bob", {}, kNow), NoSuchRoom("den"));
  EXPECT_FALSE(MaySee(MakeRoom(Access::kInvite), "bob", {}));
  EXPECT_TRUE(MaySee(MakeRoom(Access::kPassword), "bob", {}));
}

TEST(Admission, TheKickedAreToldHowLong) {
  EXPECT_THAT(
      std::string(
          CheckMayEnter(MakeRoom(Access::kOpen), "bob", HeldFor(absl::Milliseconds(59'100)), kNow).message()),
      HasSubstr("60 s"));
}

}  // namespace
}  // namespace parlor::rooms
