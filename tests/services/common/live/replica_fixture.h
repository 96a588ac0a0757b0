// Two replicas that share a directory, on virtual time and a store in memory.
#ifndef PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_FIXTURE_H_
#define PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_FIXTURE_H_

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/services/common/live/replica_world.h"

namespace parlor::live::testing {

inline constexpr absl::Duration kLease = absl::Seconds(10);
inline constexpr absl::Duration kGrace = absl::Seconds(20);
inline constexpr absl::Duration kMoment =
    absl::Milliseconds(200);  // a commit, and a read by those who were notified

class ReplicaTest : public ::testing::Test {
 protected:
  ReplicaTest() {
    world_.Add("a");
    world_.Add("b");
    world_.Pass(absl::Seconds(1));
  }

  ReplicaProcess& a() { return world_["a"]; }
  ReplicaProcess& b() { return world_["b"]; }
  void ForgetLogs() {
    for (auto& [name, process] : world_.processes()) process->TakeLog();
  }
  const Seat* Find(ReplicaProcess& at, const std::string& user, const std::string& scope = "") {
    return at.replica.seats().Find(scope, user);
  }
  void Lose(ReplicaProcess& at, const std::string& session) { at.replica.Lose(session, world_.now().wall); }
  void Release(ReplicaProcess& at, const std::string& session) {
    at.replica.Release(session, world_.now().wall);
  }
  // Of an edit or an eviction.
  Directory::Done Into(absl::Status& status) {
    return [&status](absl::Status answer) { status = std::move(answer); };
  }

  ReplicaWorld world_;
};

}  // namespace parlor::live::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_LIVE_REPLICA_FIXTURE_H_
