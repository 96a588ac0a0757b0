// Random people at random replicas with random faults. When it is quiet again all replicas agree with the
// store, everybody who has a stream has their seat, and nobody else has one.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/rounds.h"
#include "tests/services/common/live/replica_world.h"

namespace parlor::live::testing {
namespace {

// A stream, as the hub that holds it sees it.
struct Stream {
  std::string replica;
  std::string user;
  std::string scope;
  std::string said;  // last, of itself
};

// A claim, for ever.
struct Comer {
  std::string replica;
  std::pair<std::string, std::string> seat;
  absl::Duration came;
  absl::Duration won = absl::InfiniteDuration();  // as far as is known
};

// What a room's store knows of a person: sessions up to this one are not to be there.
struct Removal {
  int newest = 0;
  int promised = 0;  // to a moderator
};

class ReplicaSimulation : public ::testing::TestWithParam<unsigned> {
 protected:
  ReplicaSimulation() {
    for (const char* name : {"a", "b", "c"}) Start(name);
    world_.Pass(absl::Seconds(1));
  }

  int Pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  ReplicaProcess& Any() {
    return *std::next(world_.processes().begin(), Pick(Size(world_.processes())))->second;
  }
  template <typename Container>
  static int Size(const Container& container) {
    return static_cast<int>(container.size());
  }

  void Start(const std::string& name) {
    ReplicaProcess& process = world_.Add(name);
    process.mourn = [this](const std::string& session, Ended why) {
      EXPECT_TRUE(why == Ended::kEvicted || GaveWay(session)) << session << " gave way to nobody";
    };
    process.judge = [this, &process](const std::string& session) {
      comers_.at(session).won = std::min(comers_.at(session).won, world_.now().up);
      const Removal& removal = removals_[SeatOf(streams_.at(session))];
      if (NumberOf(session) > removal.newest) return;
      process.replica.Release(session, world_.now().wall);
      streams_.erase(session);
    };
  }

  // Somebody may have come to the same seat since.
  bool GaveWay(const std::string& session) {
    const Comer& gone = comers_.at(session);
    return std::any_of(comers_.begin(), comers_.end(), [&](const auto& entry) {
      const auto& [other, comer] = entry;
      return other != session && comer.seat == gone.seat && comer.won > gone.came &&
             !IsRefused(comer.replica, other);
    });
  }

  // A claim that is unavailable may have been won.
  bool IsRefused(const std::string& replica, const std::string& session) {
    const auto process = world_.processes().find(replica);
    return process != world_.processes().end() &&
           process->second->answers.at(session) == absl::StatusCode::kAlreadyExists;
  }

  static int NumberOf(const std::string& session) { return std::stoi(session.substr(1)); }
  static std::pair<std::string, std::string> SeatOf(const Stream& stream) {
    return {stream.scope, stream.user};
  }

  void Come() {
    ReplicaProcess& process = Any();
    if (process.frozen) return;
    const std::string session = absl::StrCat("s", ++sessions_);
    const Stream stream{process.name, absl::StrCat("u", Pick(8)), Pick(2) == 0 ? "" : "room", ""};
    comers_[session] = {process.name, SeatOf(stream), world_.now().up};
    process.Claim({.scope = stream.scope,
                   .user = stream.user,
                   .device = absl::StrCat("d", Pick(3)),
                   .session = session,
                   .takeover = Pick(3) == 0},
                  world_.now());
    streams_.emplace(session, stream);
  }

  // Streams whose claim was refused, or that were told to end, are over.
  void Settle() {
    std::erase_if(streams_, [&](const auto& stream) {
      const auto process = world_.processes().find(stream.second.replica);
      if (process == world_.processes().end()) return true;
      const absl::StatusCode answer = process->second->answers.at(stream.first);
      const bool refused = answer != absl::StatusCode::kOk && answer != absl::StatusCode::kUnknown;
      return refused || process->second->ended().contains(stream.first);
    });
  }

  // One that was let in, as hubs do: nothing is done for a stream before its claim is answered.
  const std::string* AnyStream() {
    Settle();
    if (streams_.empty()) return nullptr;
    const auto stream = std::next(streams_.begin(), Pick(Size(streams_)));
    ReplicaProcess& process = world_[stream->second.replica];
    if (process.frozen || process.answers.at(stream->first) != absl::StatusCode::kOk) return nullptr;
    return &stream->first;
  }

  void Go() {
    const std::string* const session = AnyStream();
    if (session == nullptr) return;
    Replica& replica = world_[streams_.at(*session).replica].replica;
    switch (Pick(3)) {
      case 0:
        streams_.at(*session).said = absl::StrCat(Pick(1000));
        return replica.Update(*session, streams_.at(*session).said, world_.now().wall);
      case 1:
        replica.Lose(*session, world_.now().wall);
        break;
      case 2:
        replica.Release(*session, world_.now().wall);
        break;
    }
    streams_.erase(*session);
  }

  void Meddle() {
    ReplicaProcess& process = Any();
    if (process.frozen) return;
    const std::string scope = Pick(2) == 0 ? "" : "room", user = absl::StrCat("u", Pick(8));
    const auto ignore = [](const absl::Status&) {};
    if (Pick(2) == 0) return Remove(process, scope, user);
    process.replica.Edit(
        scope, user, [](const std::string& details) { return absl::StrCat(details, "!").substr(0, 8); },
        world_.now(), ignore);
  }

  // As a kick: written down first, and whoever has come by then is to go. Once a moderator is told that it is
  // done nobody of them may be left.
  void Remove(ReplicaProcess& process, const std::string& scope, const std::string& user) {
    Removal& removal = removals_[{scope, user}];
    removal.newest = sessions_;
    process.replica.Evict(scope, user, "", world_.now(),
                          [&removal, newest = sessions_](const absl::Status& done) {
                            if (!done.ok() && !absl::IsNotFound(done)) return;
                            removal.promised = std::max(removal.promised, newest);
                          });
  }

  void Break() {
    switch (Pick(10)) {
      case 8:
        Any().delay = absl::Milliseconds(Pick(2) * Pick(2000));
        return;
      case 0:
        return world_.shared.SetAway(Pick(2) == 0);
      case 1:
        return world_.shared.LoseNextAnswer();
      case 2:
        return Any().store.SetCutOff(Pick(2) == 0);
      case 3:
        Any().frozen = Pick(2) == 0;
        return;
      case 4:
        Any().deaf = Pick(2) == 0;
        return;
      case 5:
        world_.Kill(Any().name);
        Start(absl::StrCat("r", ++replicas_));
        return;
      case 6:
        return world_.shared.Crash();
      default:
        return world_.Pass(absl::Seconds(Pick(15)));
    }
  }

  void MendAndWait() {
    world_.shared.SetAway(false);
    for (auto& [name, process] : world_.processes()) {
      process->frozen = process->deaf = false;
      process->delay = absl::ZeroDuration();
      process->store.SetCutOff(false);
    }
    world_.Pass((world_.options.lease + world_.options.grace) * 3);
    Settle();
  }

  void Check() {
    const auto taken = world_.shared.Taken();
    for (const auto& [name, process] : world_.processes()) {
      EXPECT_EQ(process->replica.seats().size(), taken.size()) << name;
      EXPECT_EQ(process->observed().size(), taken.size()) << name;
      for (const auto& [key, seat] : taken) {
        const Seat* const known = process->replica.seats().Find(key.first, key.second);
        ASSERT_NE(known, nullptr) << name << " does not know " << key.second;
        EXPECT_EQ(Show(*known), Show(seat)) << name;
        EXPECT_EQ(Show(process->observed().at(key)), Show(seat)) << name;
      }
      for (const auto& [session, times] : process->ended()) EXPECT_EQ(times, 1) << session;
      EXPECT_EQ(process->replica.waiting(), 0u) << name;
    }
    std::set<std::string> seated, streams;
    for (const auto& [key, seat] : taken) {
      EXPECT_EQ(seat.state, SeatState::kPresent) << seat.session;
      EXPECT_GT(NumberOf(seat.session), removals_[key].promised) << seat.session << " was removed";
      seated.insert(seat.session);
      // Others may have edited it since.
      if (const auto stream = streams_.find(seat.session); stream != streams_.end()) {
        EXPECT_TRUE(absl::StartsWith(seat.details, stream->second.said)) << seat.details;
      }
    }
    for (const auto& [session, stream] : streams_) streams.insert(session);
    EXPECT_EQ(seated, streams);
  }

  static std::string Show(const Seat& seat) {
    return absl::StrCat(seat.user, " ", seat.device, " ", seat.session, " ", seat.details, " ", seat.replica,
                        " ", seat.state == SeatState::kPresent, " ", absl::FormatTime(seat.since));
  }

  std::mt19937 random_{GetParam()};
  ReplicaWorld world_;
  std::map<std::string, Stream> streams_;
  std::map<std::string, Comer> comers_;                              // by session
  std::map<std::pair<std::string, std::string>, Removal> removals_;  // by scope and user
  int sessions_ = 0;
  int replicas_ = 0;
};

TEST_P(ReplicaSimulation, AllAgreeWhenItIsQuiet) {
  for (int step = 0; step < 400; ++step) {
    switch (Pick(8)) {
      case 0:
      case 1:
      case 2:
        Come();
        break;
      case 3:
      case 4:
        Go();
        break;
      case 5:
        Meddle();
        break;
      case 6:
        Break();
        break;
      case 7:
        world_.Pass(absl::Milliseconds(Pick(300)));
        break;
    }
  }
  MendAndWait();
  Check();
  if (HasFailure()) FAIL() << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplicaSimulation,
                         ::testing::Range(1u, 1u + static_cast<unsigned>(Rounds(20))));

}  // namespace
}  // namespace parlor::live::testing
