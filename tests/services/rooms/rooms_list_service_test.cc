// The list of rooms of two replicas on one PostgreSQL.
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/services/common/postgres_server.h"
#include "tests/services/rooms/rooms_server.h"

namespace parlor::rooms {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Person;
using testing::RoomsServer;

// A refresh is promised every 50 ms here; a busy machine may take its time.
constexpr absl::Duration kRefresh = absl::Milliseconds(50);
constexpr absl::Duration kPatience = absl::Seconds(20);

RoomsOptions ReplicaOn(const std::string& database) {
  RoomsOptions options = RoomsServer::DefaultOptions();
  options.database = database;
  options.list_refresh = kRefresh;
  return options;
}

std::vector<std::string> List(Person& person, const std::string& query = "") {
  v1::ListRoomsRequest request;
  request.set_query(query);
  std::vector<std::string> names;
  const v1::ListRoomsResponse page = person.List(request);
  for (const v1::Room& room : page.rooms()) names.push_back(room.name());
  return names;
}

// Whether the person is shown these rooms in time.
bool ComesToSee(Person& person, const std::vector<std::string>& rooms) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (List(person) != rooms) {
    if (absl::Now() > deadline) return false;
  }
  return true;
}

// Olga and bob at two replicas.
struct TwoReplicas {
  explicit TwoReplicas(const std::string& database)
      : here(ReplicaOn(database)), there(ReplicaOn(database)), olga(here, "olga"), bob(there, "bob") {}

  RoomsServer here;
  RoomsServer there;
  Person olga;
  Person bob;
};

TEST(RoomsList, AnotherReplicaListsWhatThisOneChanged) {
  PARLOR_WITH_POSTGRES(postgres);
  TwoReplicas replicas(postgres.CreateDatabase());
  Person& olga = replicas.olga;
  Person& bob = replicas.bob;
  v1::CreateRoomRequest secret;
  secret.set_name("secret");
  secret.set_access(v1::ACCESS_INVITE);
  ASSERT_TRUE(olga.Create("den").ok());
  ASSERT_TRUE(olga.Create(secret).ok());
  EXPECT_THAT(List(olga), ElementsAre("den", "secret")) << "one's own changes at once";
  EXPECT_TRUE(ComesToSee(bob, {"den"}));
  ASSERT_TRUE(olga.Invite("secret", "bob").ok());
  EXPECT_TRUE(ComesToSee(bob, {"den", "secret"}));
  ASSERT_TRUE(olga.Close("den").ok());
  EXPECT_TRUE(ComesToSee(bob, {"secret"}));
}

TEST(RoomsList, IsAnsweredWhileTheDatabaseIsAway) {
  PARLOR_WITH_POSTGRES(postgres);
  TwoReplicas replicas(postgres.CreateDatabase());
  Person& olga = replicas.olga;
  Person& bob = replicas.bob;
  ASSERT_TRUE(olga.Create("den").ok());
  ASSERT_TRUE(ComesToSee(bob, {"den"}));

  ASSERT_TRUE(postgres.Stop().ok());
  EXPECT_EQ(olga.Create("attic").error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(List(bob), ElementsAre("den"));
  EXPECT_THAT(List(bob, "DE"), ElementsAre("den"));
  EXPECT_THAT(List(bob, "attic"), IsEmpty());

  ASSERT_TRUE(postgres.Restart().ok());
  grpc::Status created;
  for (int i = 0; i < 10 && !(created = olga.Create("attic")).ok(); ++i) {
  }
  EXPECT_TRUE(created.ok()) << created.error_message();
  EXPECT_TRUE(ComesToSee(bob, {"attic", "den"}));
}

}  // namespace
}  // namespace parlor::rooms
