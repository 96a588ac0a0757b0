// Lookup, ListOnline, Search and metrics over real gRPC.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/services/common/rpc/methods.h"
#include "tests/services/presence/presence_server.h"

namespace parlor::presence {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(CallsTest, NothingIsAnsweredWithoutAToken) {
  PresenceServer server;
  for (const char* token : {"", "garbage"}) {
    std::map<std::string, grpc::StatusCode> answers;
    const auto context = [token] { return PresenceServer::WithToken(token); };
    v1::LookupRequest lookup;
    lookup.set_user("ann");
    v1::LookupResponse found;
    answers["Lookup"] = server.stub().Lookup(context().get(), lookup, &found).error_code();
    v1::ListOnlineResponse online;
    answers["ListOnline"] = server.stub().ListOnline(context().get(), {}, &online).error_code();
    v1::SearchResponse search;
    answers["Search"] = server.stub().Search(context().get(), {}, &search).error_code();
    TestStream stream(server.stub(), token);
    stream.SendHello();
    answers["Connect"] = stream.End();

    std::map<std::string, grpc::StatusCode> wanted;
    for (const std::string& method : parlor::testing::MethodsOf("parlor.presence.v1.Presence")) {
      wanted[method] = grpc::StatusCode::UNAUTHENTICATED;
    }
    EXPECT_EQ(answers, wanted) << "also when a method of the service is not asked here";
  }
}

class LookupTest : public ::testing::Test {
 protected:
  LookupTest() {
    v1::Hello hello;
    hello.set_listen_port(7000);
    hello.add_accept("friend");
    bob_ = server_.Connect("bob", "bob's device", hello);
  }

  grpc::Status Lookup(const std::string& asker, const std::string& user, const std::string& introduction) {
    v1::LookupRequest request;
    request.set_user(user);
    request.set_introduction(introduction);
    response_.Clear();
    return server_.stub().Lookup(PresenceServer::WithToken(server_.Token(asker)).get(), request, &response_);
  }

  PresenceServer server_;
  std::unique_ptr<TestStream> bob_;
  v1::LookupResponse response_;
};

TEST_F(LookupTest, EverybodySeesTheStatusAndOnlyTheAcceptedTheAddress) {
  ASSERT_TRUE(Lookup("eve", "Bob", "").ok());
  EXPECT_EQ(response_.presence().user(), "bob");
  EXPECT_EQ(response_.presence().status().availability(), v1::AVAILABILITY_ONLINE);
  EXPECT_THAT(response_.addresses(), SizeIs(0));
  ASSERT_TRUE(Lookup("friend", "bob", "").ok());
  ASSERT_THAT(response_.addresses(), SizeIs(1));
  EXPECT_EQ(response_.addresses(0).ip(), "127.0.0.1");
  EXPECT_EQ(response_.addresses(0).port(), 7000u);
  EXPECT_EQ(response_.device(), "bob's device");
}

TEST_F(LookupTest, AnIntroductionOpensTheAddressToItsBearerAlone) {
  const std::string introduction = server_.Introduction("ann", "phone", "bob");
  ASSERT_TRUE(Lookup("ann", "bob", introduction).ok());
  EXPECT_THAT(response_.addresses(), SizeIs(1));
  EXPECT_EQ(Lookup("eve", "bob", introduction).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Lookup("ann", "cid", introduction).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  server_.clock().Advance(absl::Seconds(63));
  EXPECT_EQ(Lookup("ann", "bob", introduction).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(LookupTest, NamesThatAreNoneAreRefused) {
  for (const std::string& name : {std::string(), std::string("a b c"), std::string(10'000, 'x')}) {
    EXPECT_EQ(Lookup("ann", name, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name.size();
  }
}

TEST(CallsTest, ListsAndSearchesOverPages) {
  PresenceServer server;
  std::vector<std::unique_ptr<TestStream>> streams;
  for (int i = 10; i < 25; ++i) streams.push_back(server.Connect(absl::StrCat("user", i)));
  std::vector<std::string> names;
  v1::ListOnlineRequest request;
  request.set_page_size(4);
  do {
    v1::ListOnlineResponse page;
    ASSERT_TRUE(
        server.stub().ListOnline(PresenceServer::WithToken(server.Token("ann")).get(), request, &page).ok());
    for (const auto& person : page.people()) names.push_back(person.user());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_THAT(names, SizeIs(15));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));

  v1::SearchRequest search;
  search.set_prefix("USER2");
  v1::SearchResponse found;
  ASSERT_TRUE(
      server.stub().Search(PresenceServer::WithToken(server.Token("ann")).get(), search, &found).ok());
  EXPECT_THAT(found.people(), SizeIs(5));
  search.set_page_size(100'000);
  EXPECT_EQ(
      server.stub().Search(PresenceServer::WithToken(server.Token("ann")).get(), search, &found).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(CallsTest, MetricsCountSessionsTransitionsAndLag) {
  PresenceServer server;
  v1::Hello hello;
  hello.add_watch("bob");
  const auto ann = server.Connect("ann", "phone", hello);
  const auto bob = server.Connect("bob");
  EXPECT_EQ(ann->NextPresence(), "bob=ONLINE");
  std::string text;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  do {
    text = prometheus::TextSerializer().Serialize(server.registry().Collect());
  } while (text.find("parlor_presence_sessions 2") == std::string::npos && absl::Now() < deadline);
  EXPECT_THAT(text, HasSubstr("parlor_presence_sessions 2"));
  EXPECT_THAT(text, HasSubstr("parlor_presence_transitions_total{to=\"online\"} 2"));
  EXPECT_THAT(text, HasSubstr("parlor_presence_transitions_total{to=\"offline\"} 0"));
  EXPECT_THAT(text, HasSubstr("parlor_presence_fanout_lag_seconds_count 1"));
}

}  // namespace
}  // namespace parlor::presence
