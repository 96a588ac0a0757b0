#include "tests/client/overlay/gates.h"

#include <gmock/gmock.h>

namespace parlor::client::overlay {
namespace {

using simulator::MemberIndex;
using simulator::Nature;
using simulator::Room;
using simulator::RoomOptions;

class GateTest : public ::testing::TestWithParam<Experiment> {};

TEST_P(GateTest, Holds) {
  for (uint64_t seed = 1; seed <= GetParam().seeds; ++seed) {
    EXPECT_TRUE(Holds(GetParam().run(OverlayOptions(), seed), GetParam().gate)) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Overlay, GateTest,
                         ::testing::Values(OneSender(), ManySenders(), EverybodyAtOnce(), Loss(0.02),
                                           Loss(0.1), HalfCrash(), FourFifthsCrash(), Partition(), Churn()),
                         [](const auto& test) { return test.param.name; });

// ---- a gate that no parameter could break would say nothing

struct Spoiled {
  std::string name;
  Experiment experiment;
  std::function<void(OverlayOptions&)> spoil;
};

void PrintTo(const Spoiled& spoiled, std::ostream* out) {
  *out << spoiled.name;
}

class SpoiledTest : public ::testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledTest, DoesNotHold) {
  OverlayOptions options;
  GetParam().spoil(options);
  EXPECT_FALSE(Holds(GetParam().experiment.run(options, 1), GetParam().experiment.gate));
}

INSTANTIATE_TEST_SUITE_P(
    Overlay, SpoiledTest,
    ::testing::Values(
        Spoiled{"TooFewNeighbours", OneSender(),
                [](OverlayOptions& options) { options.active_view = options.active_view_max = 1; }},
        Spoiled{"ALine", OneSender(),
                [](OverlayOptions& options) { options.active_view = options.active_view_max = 2; }},
        Spoiled{"NoPatience", ManySenders(),
                [](OverlayOptions& options) {
                  options.first_patience = options.least_patience = options.most_patience =
                      absl::Milliseconds(1);
                }},
        Spoiled{
            "NothingAnnounced", Loss(0.1),
            [](OverlayOptions& options) { options.announce_delay = options.refresh_every = absl::Hours(1); }},
        Spoiled{"TheDeadAreTrusted", HalfCrash(),
                [](OverlayOptions& options) { options.suspect_after = absl::Hours(1); }},
        Spoiled{"NobodyInReserve", FourFifthsCrash(),
                [](OverlayOptions& options) { options.passive_view = 1; }},
        Spoiled{"TheLostAreForgotten", Partition(),
                [](OverlayOptions& options) { options.first_retry = options.last_retry = absl::Hours(1); }}),
    [](const auto& test) { return test.param.name; });

// ---- members who do not keep the rules

constexpr const char* kNatures[] = {"Honest", "Forging", "Withholding", "Swallowing", "Replaying", "Lying"};

class HostileTest : public ::testing::TestWithParam<Nature> {};

// Every fifth is one of them. The others get everything all the same.
TEST_P(HostileTest, IsRoutedAround) {
  RoomOptions options;
  options.directory = true;
  Room room(options);
  room.Join(60, absl::Seconds(10), GetParam());
  room.Join(240, absl::Seconds(10));
  room.events().RunFor(absl::Seconds(10));
  room.Talk(150, absl::Milliseconds(100), [&] { return room.AnyAlive(); });
  room.events().RunFor(absl::Seconds(20));
  EXPECT_TRUE(Holds(room.OutcomeSince(0), Gate()));
}

INSTANTIATE_TEST_SUITE_P(Overlay, HostileTest,
                         ::testing::Values(Nature::kForging, Nature::kWithholding, Nature::kSwallowing,
                                           Nature::kReplaying, Nature::kLying),
                         [](const auto& test) { return kNatures[static_cast<size_t>(test.param)]; });

TEST(IdleTest, CostsNextToNothing) {
  Room room((RoomOptions()));
  room.Join(1'000, absl::Seconds(20));
  room.events().RunFor(absl::Minutes(1));
  const auto before = room.network().traffic();
  room.events().RunFor(absl::Minutes(5));
  const auto after = room.network().traffic();
  const double bytes = static_cast<double>(after.gossip_bytes - before.gossip_bytes) / 300 / 1'000;
  EXPECT_LT(bytes, 20);  // a second, of a member
  EXPECT_GT(bytes, 0);   // members tell each other of members
}

TEST(SeedTest, GivesTheSameRunAgain) {
  const auto first = ManySenders().run(OverlayOptions(), 7);
  const auto second = ManySenders().run(OverlayOptions(), 7);
  const auto other = ManySenders().run(OverlayOptions(), 8);
  EXPECT_EQ(first.redundancy, second.redundancy);
  EXPECT_EQ(first.last, second.last);
  EXPECT_NE(first.last, other.last);
}

}  // namespace
}  // namespace parlor::client::overlay
