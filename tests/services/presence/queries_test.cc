#include "services/presence/queries.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/live/in_process_directory.h"
#include "tests/test_time.h"

namespace parlor::presence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QueriesTest : public ::testing::Test {
 protected:
  Person& Add(const std::string& user) {
    auto person = std::make_shared<Person>();
    person->user = user;
    person->device = user + "'s device";
    person->profile.since = kTestStart;
    person->profile.observed_ip = "93.184.216.34";
    person->profile.addresses = {{"93.184.216.34", 7000}, {"192.168.1.5", 7000}};
    roster_.Exchange(user, person);
    return *person;
  }

  std::vector<std::string> Search(const std::string& asker, const std::string& prefix) {
    v1::SearchRequest request;
    request.set_prefix(prefix);
    std::vector<std::string> names;
    const auto page = queries_.Search({asker, ""}, request);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& person : page->people()) names.push_back(person.user());
    return names;
  }

  Roster roster_;
  live::InProcessDirectory directory_;
  Queries queries_{PresenceLimits(), &roster_, &directory_};
};

TEST_F(QueriesTest, TenThousandArriveWholeOverPages) {
  std::vector<std::string> expected;
  for (int i = 0; i < 10'000; ++i) expected.push_back(absl::StrFormat("user%05d", i));
  for (size_t i = 0; i < expected.size(); ++i) Add(expected[(i * 7919) % expected.size()]);
  for (const uint32_t size : {0u, 7u, 100u, 999u, 1000u}) {
    std::vector<std::string> seen;
    v1::ListOnlineRequest request;
    request.set_page_size(size);
    do {
      const auto page = queries_.ListOnline({"asker", ""}, request);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->people_size(), size == 0 ? 100 : static_cast<int>(size));
      ASSERT_GT(page->people_size(), 0);
      for (const auto& person : page->people()) seen.push_back(person.user());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(seen, expected) << "page size " << size;
  }
}

TEST_F(QueriesTest, PagesAreFilledAlsoWhenMostAreHidden) {
  for (int i = 0; i < 1000; ++i) {
    Person& person = Add(absl::StrFormat("user%03d", i));
    if (i % 100 != 0) person.profile.block = NameList::FromCanonical({"eve"});
  }
  v1::ListOnlineRequest request;
  request.set_page_size(4);
  std::vector<int> sizes;
  do {
    const auto page = queries_.ListOnline({"eve", ""}, request);
    ASSERT_TRUE(page.ok());
    sizes.push_back(page->people_size());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sizes, ElementsAre(4, 4, 2));
}

TEST_F(QueriesTest, AnExactlyFullLastPageHasNoSuccessor) {
  for (const char* user : {"ann", "bob"}) Add(user);
  v1::ListOnlineRequest request;
  request.set_page_size(2);
  const auto page = queries_.ListOnline({"eve", ""}, request);
  EXPECT_THAT(page->people(), SizeIs(2));
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(QueriesTest, RefusesPagesThatAreTooLargeAndTokensOfNobody) {
  v1::ListOnlineRequest request;
  request.set_page_size(1001);
  EXPECT_EQ(queries_.ListOnline({"eve", ""}, request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_page_size(1);
  request.set_page_token("no base64 !");
  EXPECT_EQ(queries_.ListOnline({"eve", ""}, request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(QueriesTest, SearchesTheStartOfNamesInAnyCaseAndScript) {
  for (const char* user : {"ann", "anna", "hannah", "иван", "ив.ан", "jo.doe"}) Add(user);
  EXPECT_THAT(Search("eve", "an"), ElementsAre("ann", "anna"));
  EXPECT_THAT(Search("eve", "AN"), ElementsAre("ann", "anna"));
  EXPECT_THAT(Search("eve", "И"), ElementsAre("ив.ан", "иван"));
  EXPECT_THAT(Search("eve", "JO."), ElementsAre("jo.doe"));
  EXPECT_THAT(Search("eve", ""), SizeIs(6));
  EXPECT_THAT(Search("eve", "zz"), IsEmpty());
  EXPECT_THAT(Search("eve", "not a name"), IsEmpty());
}

TEST_F(QueriesTest, AddressesNeedAcceptanceOrAnIntroduction) {
  Add("bob").profile.accept = NameList::FromCanonical({"ann"});
  const auto lookup = [&](const char* asker, const char* ip, bool introduced) {
    return queries_.Lookup({asker, ip}, "bob", introduced);
  };
  EXPECT_THAT(lookup("eve", "8.8.8.8", false).addresses(), IsEmpty());
  EXPECT_EQ(lookup("eve", "8.8.8.8", false).device(), "");
  EXPECT_EQ(lookup("eve", "8.8.8.8", false).presence().status().availability(), v1::AVAILABILITY_ONLINE);
  EXPECT_THAT(lookup("eve", "8.8.8.8", true).addresses(), SizeIs(1));
  EXPECT_THAT(lookup("ann", "8.8.8.8", false).addresses(), SizeIs(1));
  EXPECT_EQ(lookup("ann", "8.8.8.8", false).device(), "bob's device");
  EXPECT_THAT(lookup("ann", "93.184.216.34", false).addresses(), SizeIs(2));
}

TEST_F(QueriesTest, TheBlockedCannotTellFromOffline) {
  Person& bob = Add("bob");
  bob.profile.block = NameList::FromCanonical({"eve"});
  bob.profile.accept = NameList::FromCanonical({"eve"});
  const std::string blocked = queries_.Lookup({"eve", "8.8.8.8"}, "bob", true).SerializeAsString();
  EXPECT_THAT(Search("eve", "bob"), IsEmpty());
  roster_.Exchange("bob", nullptr);
  EXPECT_EQ(queries_.Lookup({"eve", "8.8.8.8"}, "bob", true).SerializeAsString(), blocked);
}

}  // namespace
}  // namespace parlor::presence
