#include "services/rooms/tickets.h"

#include <string>

#include "base/crypto/jwt.h"
#include "gtest/gtest.h"
#include "services/rooms/seat_details.h"
#include "tests/services/rooms/rooms_world.h"

namespace parlor::rooms {
namespace {

using testing::RoomsWorld;

const Bearer kBearer{"bob", "bobsdevice", "roomid", "den"};

TEST(Tickets, ATicketSaysWhoWhereAndInWhichRole) {
  RoomsWorld world;
  const absl::Time now = world.clock.Now();
  const Ticket ticket = world.tickets->MakeTicket(kBearer, Role::kSpeaker, now);
  const auto claims = world.Verify(ticket.token, kTicketType);
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(*claims, nlohmann::json({{"iss", testing::kServerId},
                                     {"sub", "bob"},
                                     {"dev", "bobsdevice"},
                                     {"room", "roomid"},
                                     {"rname", "den"},
                                     {"role", "speaker"},
                                     {"x5t", "bobsdevice"},
                                     {"iat", absl::ToUnixSeconds(now)},
                                     {"exp", absl::ToUnixSeconds(now) + 600}}));
  EXPECT_EQ(ticket.expires, now + absl::Minutes(10));
}

TEST(Tickets, AnIntroductionSaysWhoMayDialWhom) {
  RoomsWorld world;
  const auto claims =
      world.Verify(world.tickets->MakeIntroduction(kBearer, "alice", world.clock.Now()), kIntroductionType);
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(*claims, nlohmann::json({{"iss", testing::kServerId},
                                     {"sub", "bob"},
                                     {"dev", "bobsdevice"},
                                     {"tgt", "alice"},
                                     {"room", "roomid"},
                                     {"exp", absl::ToUnixSeconds(world.clock.Now()) + 60}}));
}

TEST(Tickets, EndWithTheirTime) {
  RoomsWorld world;
  const Ticket ticket = world.tickets->MakeTicket(kBearer, Role::kSpeaker, world.clock.Now());
  const std::string introduction = world.tickets->MakeIntroduction(kBearer, "alice", world.clock.Now());
  world.clock.Advance(absl::Seconds(61));
  EXPECT_TRUE(world.Verify(ticket.token, kTicketType).ok());
  EXPECT_EQ(world.Verify(introduction, kIntroductionType).status().code(),
            absl::StatusCode::kUnauthenticated);
  world.clock.Advance(absl::Minutes(10));
  EXPECT_EQ(world.Verify(ticket.token, kTicketType).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(Tickets, NoneIsForgedOrTakenForAnother) {
  RoomsWorld world;
  std::string ticket = world.tickets->MakeTicket(kBearer, Role::kSpeaker, world.clock.Now()).token;
  EXPECT_FALSE(world.Verify(ticket, kIntroductionType).ok());
  EXPECT_FALSE(world.Verify(ticket, kAccessTokenType).ok());
  EXPECT_FALSE(VerifyJwt(ticket, kTicketType, world.signing_keys->Verifying(world.clock.Now()),
                         "another server", world.clock.Now())
                   .ok());
  ticket[ticket.find('.') + 5] ^= 1;
  EXPECT_FALSE(world.Verify(ticket, kTicketType).ok());

  RoomsWorld foreign;
  const std::string theirs = foreign.tickets->MakeTicket(kBearer, Role::kModerator, world.clock.Now()).token;
  EXPECT_FALSE(world.Verify(theirs, kTicketType).ok());
}

TEST(Tickets, ARoomEventVoidsEveryTicketFromBeforeItAndNoneFromAfter) {
  RoomsWorld world;
  const absl::Time second = absl::FromUnixSeconds(1'800'000'100);
  const auto issued = [&](const Ticket& ticket) {
    return *TimeClaim(*VerifyJwt(ticket.token, kTicketType, world.signing_keys->Verifying(second),
                                 testing::kServerId, second),
                      "iat");
  };
  const absl::Time removed = second + absl::Milliseconds(500);
  const auto event =
      VerifyJwt(world.tickets->MakeRoomEvent("roomid", TicketOffice::Act::kKicked, "bob", removed),
                kRoomEventType, world.signing_keys->Verifying(second), testing::kServerId, second);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(*StringClaim(*event, "act"), "kicked");
  EXPECT_EQ(*StringClaim(*event, "sub"), "bob");
  EXPECT_EQ(*StringClaim(*event, "room"), "roomid");
  EXPECT_FALSE(event->contains("exp"));
  const absl::Time voids_before = *TimeClaim(*event, "iat");

  EXPECT_LT(issued(world.tickets->MakeTicket(kBearer, Role::kSpeaker, second)), voids_before)
      << "issued in the same second, before";
  EXPECT_GE(
      issued(world.tickets->MakeTicket(kBearer, Role::kSpeaker, removed + absl::Milliseconds(1), removed)),
      voids_before)
      << "issued in the same second, after: invited back at once";
}

TEST(SeatDetails, ComeBackAsTheyWere) {
  for (const Role role : {Role::kListener, Role::kSpeaker, Role::kModerator}) {
    for (const bool raised : {false, true}) {
      SeatDetails details;
      details.role = role;
      details.hand_raised = raised;
      details.by = "älice";
      const SeatDetails back = DecodeSeatDetails(EncodeSeatDetails(details));
      EXPECT_EQ(back.role, role);
      EXPECT_EQ(back.hand_raised, raised);
      EXPECT_EQ(back.by, "älice");
    }
  }
  EXPECT_EQ(DecodeSeatDetails("").role, Role::kListener) << "what cannot be read gives nobody a voice";
  const Removal removal = DecodeRemoval(EncodeRemoval({Removal::Why::kBanned, "mona", "a.b.c"}));
  EXPECT_EQ(removal.why, Removal::Why::kBanned);
  EXPECT_EQ(removal.by, "mona");
  EXPECT_EQ(removal.event, "a.b.c");
}

}  // namespace
}  // namespace parlor::rooms
