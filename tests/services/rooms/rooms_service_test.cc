// The service over real gRPC: who is answered what.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/rooms/store/open_store.h"
#include "tests/services/common/rpc/methods.h"
#include "tests/services/rooms/rooms_server.h"

namespace parlor::rooms {
namespace {

using testing::Change;
using testing::Den;
using testing::Person;
using testing::RoomsServer;
using ::testing::UnorderedElementsAreArray;
using testing::Visit;
using Stub = v1::Rooms::Stub;
using grpc::StatusCode;

// Every unary method that changes something, with an empty request.
std::vector<std::pair<std::string, grpc::Status>> CallAllEmpty(Person& person) {
  return {{"CreateRoom", person.Call(&Stub::CreateRoom, v1::CreateRoomRequest())},
          {"SetTopic", person.Call(&Stub::SetTopic, v1::SetTopicRequest())},
          {"Invite", person.Call(&Stub::Invite, v1::InviteRequest())},
          {"Kick", person.Call(&Stub::Kick, v1::KickRequest())},
          {"Ban", person.Call(&Stub::Ban, v1::BanRequest())},
          {"Unban", person.Call(&Stub::Unban, v1::UnbanRequest())},
          {"SetRole", person.Call(&Stub::SetRole, v1::SetRoleRequest())},
          {"RaiseHand", person.Call(&Stub::RaiseHand, v1::RaiseHandRequest())},
          {"CloseRoom", person.Call(&Stub::CloseRoom, v1::CloseRoomRequest())}};
}

TEST(RoomsService, NothingButKeysIsAnsweredWithoutAToken) {
  RoomsServer server;
  Person somebody(server, "olga");
  ASSERT_TRUE(somebody.Create("den").ok());
  const std::string tokens[] = {"", "garbage", server.Token("eve", "e", -absl::Minutes(1)),
                                RoomsServer().Token("eve", "e")};
  for (const std::string& token : tokens) {
    Person nobody(server, "eve");
    nobody.token = token;
    auto answers = CallAllEmpty(nobody);
    answers.emplace_back("ListRooms", nobody.Call(&Stub::ListRooms, v1::ListRoomsRequest()));
    answers.emplace_back("EnterRoom", Visit(nobody, "den").End());
    std::vector<std::string> methods = {"GetKeys"};
    for (const auto& [method, status] : answers) {
      EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED) << method;
      methods.push_back(method);
    }
    EXPECT_THAT(methods, UnorderedElementsAreArray(parlor::testing::MethodsOf("parlor.rooms.v1.Rooms")))
        << "a method that is missing here is not asked without a token";
    v1::GetKeysResponse keys;
    EXPECT_TRUE(nobody.Call(&Stub::GetKeys, v1::GetKeysRequest(), &keys).ok());
    ASSERT_EQ(keys.keys_size(), 1);
    EXPECT_TRUE(PublicKey::FromSpki(keys.keys(0).spki_der()).ok());
    EXPECT_EQ(keys.server_time_ms(), absl::ToUnixMillis(server.clock.Now()));
  }
}

TEST(RoomsService, MissingFieldsAreNamed) {
  RoomsServer server;
  Person olga(server, "olga");
  for (const auto& [method, status] : CallAllEmpty(olga)) {
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_FALSE(status.error_message().empty()) << method;
  }
  ASSERT_TRUE(olga.Create("den").ok());
  EXPECT_EQ(olga.SetRole("den", "bob", v1::ROLE_UNSPECIFIED).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(olga.Kick("den", "").error_code(), StatusCode::INVALID_ARGUMENT);
  Visit nowhere(olga, "");
  EXPECT_EQ(nowhere.End().error_code(), StatusCode::INVALID_ARGUMENT);
  Visit early(olga);
  v1::EnterRoomRequest heartbeat;
  heartbeat.mutable_heartbeat();
  early.Write(heartbeat);
  EXPECT_EQ(early.End().error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST(RoomsService, OpenPasswordAndInvitation) {
  RoomsServer server;
  Person olga(server, "olga");
  Person bob(server, "bob");
  ASSERT_TRUE(olga.Create("open").ok());
  v1::CreateRoomRequest request;
  request.set_name("vault");
  request.set_access(v1::ACCESS_PASSWORD);
  request.set_password("sesame");
  ASSERT_TRUE(olga.Create(request).ok());
  request.Clear();
  request.set_name("secret");
  request.set_access(v1::ACCESS_INVITE);
  ASSERT_TRUE(olga.Create(request).ok());

  EXPECT_EQ(Visit(bob, "open").Entered().room().name(), "open");
  EXPECT_EQ(Visit(bob, "vault", "wrong").End().error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Visit(bob, "vault", "sesame").Entered().role(), v1::ROLE_SPEAKER);
  EXPECT_EQ(Visit(bob, "secret").End().error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(bob.List({}).rooms_size(), 2);
  ASSERT_TRUE(olga.Invite("secret", "bob").ok());
  EXPECT_EQ(bob.List({}).rooms_size(), 3);
  EXPECT_EQ(Visit(bob, "secret").Entered().room().access(), v1::ACCESS_INVITE);
}

TEST(RoomsService, WhoComesToAFullRoomIsToldSo) {
  RoomsServer server;
  Person olga(server, "olga");
  v1::CreateRoomRequest request;
  request.set_name("den");
  request.set_capacity(32);
  ASSERT_TRUE(olga.Create(request).ok());
  std::vector<std::unique_ptr<Person>> people;
  std::vector<std::unique_ptr<Visit>> visits;
  for (int i = 0; i < 32; ++i) {
    people.push_back(std::make_unique<Person>(server, absl::StrCat("user", i)));
    visits.push_back(std::make_unique<Visit>(*people.back(), "den"));
    ASSERT_EQ(visits.back()->Entered().room().members(), static_cast<uint32_t>(i + 1));
  }
  const grpc::Status full = Visit(olga, "den").End();
  EXPECT_EQ(full.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(full.error_message(), ::testing::HasSubstr("full"));
  EXPECT_EQ(olga.List({}).rooms(0).members(), 32u);
}

TEST(RoomsService, SixteenRaceForOneLastPlace) {
  RoomsServer server;
  Person olga(server, "olga");
  v1::CreateRoomRequest request;
  request.set_name("den");
  request.set_capacity(2);
  ASSERT_TRUE(olga.Create(request).ok());
  Visit first(olga, "den");
  first.Entered();
  std::vector<std::unique_ptr<Person>> people;
  std::vector<std::unique_ptr<Visit>> visits;
  for (int i = 0; i < 16; ++i) {
    people.push_back(std::make_unique<Person>(server, absl::StrCat("racer", i)));
    visits.push_back(std::make_unique<Visit>(*people.back(), "den"));
  }
  int won = 0;
  for (const auto& visit : visits) {
    Visit::Frame frame;
    if (visit->Read(frame)) {
      ++won;
    } else {
      EXPECT_EQ(visit->End().error_code(), StatusCode::RESOURCE_EXHAUSTED);
    }
  }
  EXPECT_EQ(won, 1);
}

TEST(RoomsService, KickedStaysOutBannedLongerUnbannedNot) {
  Den den;
  Person mary(den.server, "mary");
  Visit marys(mary, "den");
  marys.Entered();
  {
    Visit his(den.bob, "den");
    his.Entered();
    ASSERT_TRUE(den.olga.Kick("den", "bob").ok());
    const grpc::Status end = his.End();
    EXPECT_EQ(end.error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(end.error_message(), ::testing::HasSubstr("olga kicked you"));
  }
  EXPECT_EQ(marys.WaitFor(Change(v1::MemberChange::KIND_KICKED, "bob")).member().by(), "olga");
  EXPECT_FALSE(marys.WaitFor([](const auto& frame) { return frame.has_event(); }).event().token().empty());
  EXPECT_EQ(Visit(den.bob, "den").End().error_code(), StatusCode::PERMISSION_DENIED);
  den.server.clock.Advance(absl::Seconds(60));
  {
    Visit again(den.bob, "den");
    again.Entered();
    ASSERT_TRUE(den.olga.Ban("den", "bob").ok());
    EXPECT_EQ(again.End().error_code(), StatusCode::PERMISSION_DENIED);
  }
  marys.WaitFor(Change(v1::MemberChange::KIND_BANNED, "bob"));
  den.server.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Visit(den.bob, "den").End().error_code(), StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(den.olga.Unban("den", "bob").ok());
  EXPECT_EQ(Visit(den.bob, "den").Entered().role(), v1::ROLE_SPEAKER);
}

TEST(RoomsService, AStageHasListenersSpeakersAndHands) {
  RoomsServer server;
  Person olga(server, "olga");
  Person bob(server, "bob");
  ASSERT_TRUE(olga.Create("stage", true).ok());
  Visit hers(olga, "stage");
  EXPECT_EQ(hers.Entered().role(), v1::ROLE_MODERATOR);
  Visit his(bob, "stage");
  EXPECT_EQ(his.Entered().role(), v1::ROLE_LISTENER);
  ASSERT_TRUE(bob.RaiseHand("stage", true).ok());
  EXPECT_TRUE(hers.WaitFor(Change(v1::MemberChange::KIND_HAND, "bob")).member().member().hand_raised());
  ASSERT_TRUE(bob.RaiseHand("stage", false).ok());
  EXPECT_FALSE(hers.WaitFor(Change(v1::MemberChange::KIND_HAND, "bob")).member().member().hand_raised());
  ASSERT_TRUE(olga.SetRole("stage", "bob", v1::ROLE_SPEAKER).ok());
  EXPECT_EQ(his.WaitFor([](const auto& frame) { return frame.has_ticket(); }).ticket().role(),
            v1::ROLE_SPEAKER);
  EXPECT_EQ(bob.RaiseHand("stage", true).error_code(), StatusCode::FAILED_PRECONDITION);
}

TEST(RoomsService, ATakeoverIsExplicit) {
  RoomsServer server;
  Person olga(server, "olga");
  Person phone(server, "bob", "phone");
  Person laptop(server, "bob", "laptop");
  ASSERT_TRUE(olga.Create("den").ok());
  Visit on_phone(phone, "den");
  on_phone.Entered();
  EXPECT_EQ(Visit(laptop, "den").End().error_code(), StatusCode::ALREADY_EXISTS);
  Visit on_laptop(laptop, "den", "", true);
  EXPECT_EQ(on_laptop.Entered().room().members(), 1u);
  EXPECT_EQ(on_phone.End().error_code(), StatusCode::ABORTED);
}

TEST(RoomsService, TenThousandRoomsArriveWholeAndSearched) {
  const RoomsOptions options = RoomsServer::DefaultOptions();
  {
    service::SqlOptions quick = {.database = options.database};
    quick.sqlite.full_sync = false;
    const auto store = OpenRoomStore(quick);
    ASSERT_TRUE(store.ok()) << store.status();
    for (int i = 0; i < 10'000; ++i) {
      Room room;
      room.name = absl::StrFormat("room-%05d", i);
      room.id = room.name;
      room.owner = absl::StrCat("owner", i);
      room.topic = i % 100 == 0 ? "Tea & biscuits" : "";
      room.capacity = 32;
      ASSERT_TRUE((*store)->Create(room, room.name, 1).ok());
    }
  }
  RoomsServer server(options);
  Person bob(server, "bob");
  const auto list = [&](const std::string& query, uint32_t page_size) {
    std::vector<std::string> names;
    v1::ListRoomsRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    do {
      const v1::ListRoomsResponse page = bob.List(request);
      for (const v1::Room& room : page.rooms()) names.push_back(room.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  const std::vector<std::string> all = list("", 1000);
  ASSERT_EQ(all.size(), 10'000u);
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], absl::StrFormat("room-%05d", i));
  EXPECT_EQ(list("TEA &", 7).size(), 100u);
  EXPECT_EQ(list("room-0999", 0).size(), 10u);
  EXPECT_TRUE(list("coffee", 0).empty());
}

TEST(RoomsService, SomebodyWhoDoesNotModerateCanChangeNothing) {
  Den den;
  Person eve(den.server, "eve");
  for (const grpc::Status& status : {eve.SetTopic("den", "mine"), eve.Invite("den", "bob"),
                                     eve.Kick("den", "olga"), eve.Ban("den", "olga"), eve.Unban("den", "eve"),
                                     eve.SetRole("den", "eve", v1::ROLE_MODERATOR), eve.Close("den")}) {
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << status.error_message();
  }
  v1::EnterRoomRequest heartbeat;
  heartbeat.mutable_heartbeat();
  den.hers->Write(heartbeat);
  EXPECT_TRUE(den.hers->WaitFor([](const auto& frame) { return frame.has_heartbeat(); }).has_heartbeat());
}

TEST(RoomsService, ClosingEndsTheStreamsAndFreesTheName) {
  RoomsServer server;
  Person olga(server, "olga");
  Person bob(server, "bob");
  ASSERT_TRUE(olga.Create("den").ok());
  Visit his(bob, "den");
  his.Entered();
  ASSERT_TRUE(olga.Close("den").ok());
  EXPECT_TRUE(his.WaitFor([](const auto& frame) { return frame.has_room(); }).room().closed());
  EXPECT_EQ(his.End().error_code(), StatusCode::ABORTED);
  EXPECT_EQ(Visit(bob, "den").End().error_code(), StatusCode::NOT_FOUND);
  EXPECT_TRUE(bob.Create("den").ok());
}

TEST(RoomsService, RoomsRolesAndBansSurviveARestartOnTheSamePort) {
  RoomsServer server;
  Person olga(server, "olga");
  Person bob(server, "bob");
  Person mona(server, "mona");
  ASSERT_TRUE(olga.Create("stage", true).ok());
  ASSERT_TRUE(olga.SetRole("stage", "mona", v1::ROLE_SPEAKER).ok());
  ASSERT_TRUE(olga.Ban("stage", "bob").ok());
  std::string room_id;
  {
    Visit hers(mona, "stage");
    room_id = hers.Entered().room().id();
  }
  server.Restart();
  EXPECT_EQ(olga.List({}).rooms(0).members(), 0u) << "nobody is back yet";
  Visit again(mona, "stage");
  const v1::Entered entered = again.Entered();
  EXPECT_EQ(entered.role(), v1::ROLE_SPEAKER);
  EXPECT_EQ(entered.room().id(), room_id);
  EXPECT_EQ(Visit(bob, "stage").End().error_code(), StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace parlor::rooms
