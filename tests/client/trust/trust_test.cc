// What a client believes, with real certificates and tokens.
#include "client/trust/trust.h"

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() {
    trust.SetAuthKeys({{"auth-1", auth.public_key()}});
    trust.SetRoomKeys({{"rooms-1", rooms.public_key()}});
    trust.clock().Heard(kNow);
    tea.Heard(kNow);
  }

  std::vector<std::string> Chain(const std::string& user, const PrivateKey& key, absl::Time at = kNow) {
    const auto leaf = people.IssueDevice({server, user, key.public_key().device_id()}, key.public_key(), at,
                                         absl::Hours(24));
    return {leaf->ToDer(), people.certificate().ToDer()};
  }
  std::string MakeTicket(const std::string& user, const PrivateKey& key, absl::Time at = kNow,
                         const std::string& room = "room1") {
    nlohmann::json claims = {
        {"iss", server},  {"sub", user},       {"dev", key.public_key().device_id()}, {"room", room},
        {"rname", "tea"}, {"role", "speaker"}, {"x5t", key.public_key().device_id()}};
    SetTimeClaim(claims, "iat", at);
    SetTimeClaim(claims, "exp", at + absl::Minutes(10));
    return SignJwt(rooms, "rooms-1", kTicketType, claims);
  }
  std::string Verdict(const std::string& user, absl::Time at) {
    nlohmann::json claims = {{"iss", server}, {"room", "room1"}, {"act", "kicked"}, {"sub", user}};
    SetTimeClaim(claims, "iat", at);
    return SignJwt(rooms, "rooms-1", kRoomEventType, claims);
  }
  std::string Revoked(int version, const std::vector<std::string>& devices) {
    nlohmann::json claims = {{"iss", server}, {"ver", version}, {"dev", devices}};
    SetTimeClaim(claims, "iat", kNow);
    return SignJwt(auth, "auth-1", kRevocationsType, claims);
  }
  DeviceIdentity Identity(const std::string& user, const PrivateKey& key) {
    return {server, user, key.public_key().device_id()};
  }

  const Authority root = Authority::MakeRoot(kNow - absl::Hours(1));
  const Authority people = root.MakePeopleAuthority(kNow - absl::Hours(1));
  const std::string server = ServerIdOf(root.key().public_key());
  const PrivateKey auth = PrivateKey::Generate();
  const PrivateKey rooms = PrivateKey::Generate();
  const PrivateKey ann = PrivateKey::Generate();
  const PrivateKey bob = PrivateKey::Generate();
  Trust trust{root.certificate()};
  JudgementClock tea;  // of the room
};

TEST_F(TrustTest, ARevokedDeviceIsRefused) {
  EXPECT_TRUE(trust.Judge(Chain("ann", ann), kNow).ok());
  ASSERT_TRUE(trust.SetRevocations(Revoked(2, {ann.public_key().device_id()}), kNow).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(trust.Judge(Chain("ann", ann), kNow).status()));
  EXPECT_TRUE(trust.Judge(Chain("bob", bob), kNow).ok());
}

// What was judged once is judged again by what can change.
TEST_F(TrustTest, AVerdictHoldsAsLongAsItWouldBeGivenAnew) {
  const auto chain = Chain("ann", ann);
  const VerifiedPeer peer = *trust.Judge(chain, kNow);
  const auto agree = [&](absl::Time at) {
    EXPECT_EQ(trust.JudgeAgain(peer, at).ok(), trust.Judge(chain, at).ok()) << at;
    return trust.JudgeAgain(peer, at).ok();
  };
  EXPECT_TRUE(agree(kNow + absl::Hours(23)));
  EXPECT_FALSE(agree(kNow + absl::Hours(25)));
  EXPECT_FALSE(agree(kNow - absl::Hours(2)));
  trust.clock().Lost();
  EXPECT_TRUE(agree(kNow + absl::Hours(25)));
  EXPECT_FALSE(agree(kNow + kMaxJudgedOffline + absl::Hours(2)));
  trust.clock().Heard(kNow);
  ASSERT_TRUE(trust.SetRevocations(Revoked(2, {ann.public_key().device_id()}), kNow).ok());
  EXPECT_FALSE(agree(kNow));
}

TEST_F(TrustTest, RevocationsNeverGoBackAndComeFromAuthAlone) {
  ASSERT_TRUE(trust.SetRevocations(Revoked(2, {"gone"}), kNow).ok());
  EXPECT_FALSE(trust.SetRevocations(Revoked(1, {}), kNow).ok());
  EXPECT_TRUE(trust.IsRevoked("gone"));
  nlohmann::json claims = {{"iss", server}, {"ver", 9}, {"dev", nlohmann::json::array()}};
  EXPECT_FALSE(trust.SetRevocations(SignJwt(rooms, "rooms-1", kRevocationsType, claims), kNow).ok());
  EXPECT_TRUE(trust.IsRevoked("gone"));
}

TEST_F(TrustTest, ATicketCountsForItsHolderAlone) {
  const std::string ticket = MakeTicket("ann", ann);
  EXPECT_TRUE(trust.JudgeTicket(ticket, Identity("ann", ann), kNow, tea).ok());
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("bob", bob), kNow, tea).ok());  // somebody else's link
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("ann", bob), kNow, tea).ok());  // another device of hers
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("ann", ann), kNow + absl::Minutes(11), tea).ok());
  EXPECT_FALSE(trust.JudgeTicket(ticket + "x", Identity("ann", ann), kNow, tea).ok());
  EXPECT_FALSE(trust.JudgeTicket("", Identity("ann", ann), kNow, tea).ok());
}

TEST_F(TrustTest, WithoutServicesTheClockOfJudgementStandsStillForSevenDays) {
  const std::string ticket = MakeTicket("ann", ann);
  const auto chain = Chain("ann", ann);
  trust.clock().Lost();
  for (const absl::Duration away : {absl::Minutes(30), absl::Hours(25), kMaxJudgedOffline}) {
    EXPECT_TRUE(trust.JudgeTicket(ticket, Identity("ann", ann), kNow + away, tea).ok()) << away;
    EXPECT_TRUE(trust.Judge(chain, kNow + away).ok()) << away;
  }
  const absl::Time too_late = kNow + kMaxJudgedOffline + absl::Seconds(1);
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("ann", ann), too_late, tea).ok());
  EXPECT_FALSE(trust.Judge(chain, too_late).ok());
}

TEST_F(TrustTest, WhenTheServicesAreBackOthersHaveTimeToBeRenewed) {
  const std::string ticket = MakeTicket("ann", ann);
  const auto chain = Chain("ann", ann);
  const absl::Time back = kNow + absl::Hours(25);
  trust.clock().Lost();
  trust.clock().Heard(back);
  EXPECT_TRUE(trust.Judge(chain, back + absl::Seconds(49)).ok());
  EXPECT_TRUE(trust.JudgeTicket(ticket, Identity("ann", ann), back + absl::Seconds(49), tea).ok());
  EXPECT_FALSE(trust.Judge(chain, back + absl::Seconds(50)).ok());
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("ann", ann), back + absl::Seconds(50), tea).ok());
}

TEST_F(TrustTest, WhoWasRenewedMeanwhileIsBelievedByThoseWhoWereNot) {
  trust.clock().Lost();
  const absl::Time later = kNow + absl::Hours(30);
  EXPECT_TRUE(trust.Judge(Chain("ann", ann, later), later).ok());
  EXPECT_TRUE(trust.JudgeTicket(MakeTicket("ann", ann, later), Identity("ann", ann), later, tea).ok());
}

TEST_F(TrustTest, TicketsAreJudgedByTheRoomsClockToo) {
  const std::string ticket = MakeTicket("ann", ann);
  const absl::Time later = kNow + absl::Hours(1);
  trust.clock().Heard(later);
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("ann", ann), later, tea).ok());
  tea.Lost();
  EXPECT_TRUE(trust.JudgeTicket(ticket, Identity("ann", ann), later, tea).ok());
  EXPECT_FALSE(trust.JudgeTicket(ticket, Identity("bob", bob), later, tea).ok());
}

TEST_F(TrustTest, AVerdictVoidsOlderTicketsAndNotNewerOnes) {
  const std::string before = MakeTicket("ann", ann, kNow);
  ASSERT_TRUE(trust.TakeRoomVerdict(Verdict("ann", kNow + absl::Seconds(1)), kNow).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(trust.JudgeTicket(before, Identity("ann", ann), kNow, tea).status()));
  const std::string after = MakeTicket("ann", ann, kNow + absl::Seconds(1));
  EXPECT_TRUE(trust.JudgeTicket(after, Identity("ann", ann), kNow + absl::Seconds(1), tea).ok());
  EXPECT_TRUE(trust.JudgeTicket(MakeTicket("ann", ann, kNow, "room2"), Identity("ann", ann), kNow, tea).ok());
  EXPECT_FALSE(trust.TakeRoomVerdict(MakeTicket("bob", bob), kNow).ok());  // a ticket is no verdict
}

TEST_F(TrustTest, AuthorsAreProvedAsOfTheirTicket) {
  const absl::Time then = kNow - absl::Minutes(50);
  const auto author = trust.JudgeAuthor(Chain("ann", ann, then), MakeTicket("ann", ann, then));
  ASSERT_TRUE(author.ok()) << author.status();
  EXPECT_EQ(author->peer.identity.user, "ann");
  EXPECT_TRUE(trust.Covers(author->ticket, then + absl::Hours(1)).ok());  // services were away
  EXPECT_FALSE(trust.Covers(author->ticket, then + kMaxJudgedOffline + absl::Hours(1)).ok());
  EXPECT_FALSE(trust.JudgeAuthor(Chain("bob", bob, then), MakeTicket("ann", ann, then)).ok());
  ASSERT_TRUE(trust.TakeRoomVerdict(Verdict("ann", then + absl::Minutes(5)), kNow).ok());
  EXPECT_TRUE(trust.Covers(author->ticket, then + absl::Minutes(4)).ok());
  EXPECT_FALSE(trust.Covers(author->ticket, then + absl::Minutes(6)).ok());
}

}  // namespace
}  // namespace parlor::client
