#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/client/store/store_fixture.h"

namespace parlor::client {
namespace {

class ContactsTest : public ::testing::Test {
 protected:
  const std::unique_ptr<Store> store_ = OpenStore(":memory:");
};

TEST_F(ContactsTest, AreKeptAndReplaced) {
  Contact alice{"alice", Consent::kAsking,        false, absl::FromUnixMillis(1234),
                "dev",   std::string("k\0ey", 4), true,  {{"192.0.2.1", 7000}, {"::1", 443}}};
  ASSERT_TRUE(store_->PutContact(alice).ok());
  Contact bob;
  bob.user = "bob";
  ASSERT_TRUE(store_->PutContact(bob).ok());
  alice.consent = Consent::kDeclined;
  alice.blocked = true;
  alice.addresses = {{"192.0.2.9", 7001}};
  ASSERT_TRUE(store_->PutContact(alice).ok());

  const auto contacts = store_->Contacts();
  ASSERT_TRUE(contacts.ok()) << contacts.status();
  ASSERT_EQ(contacts->size(), 2u);
  const Contact& stored = contacts->at(0);
  EXPECT_EQ(stored.user, "alice");
  EXPECT_EQ(stored.consent, Consent::kDeclined);
  EXPECT_TRUE(stored.blocked);
  EXPECT_EQ(stored.since, alice.since);
  EXPECT_EQ(stored.device, "dev");
  EXPECT_EQ(stored.key_spki, alice.key_spki);
  EXPECT_TRUE(stored.verified);
  EXPECT_EQ(stored.addresses, alice.addresses);
  EXPECT_EQ(contacts->at(1).user, "bob");
  EXPECT_TRUE(contacts->at(1).addresses.empty());
}

TEST_F(ContactsTest, RoomsAreKeptAndReplaced) {
  ASSERT_TRUE(store_->PutRoom({"id1", "zoo", "animals", "ticket", true}).ok());
  ASSERT_TRUE(store_->PutRoom({"id2", "art", "", "", false}).ok());
  ASSERT_TRUE(store_->PutRoom({"id1", "zoo", "birds", "newer", false}).ok());
  const auto rooms = store_->Rooms();
  ASSERT_TRUE(rooms.ok()) << rooms.status();
  ASSERT_EQ(rooms->size(), 2u);
  EXPECT_EQ(rooms->at(0).name, "art");
  EXPECT_EQ(rooms->at(1).id, "id1");
  EXPECT_EQ(rooms->at(1).topic, "birds");
  EXPECT_EQ(rooms->at(1).ticket, "newer");
  EXPECT_FALSE(rooms->at(1).entered);
}

TEST_F(ContactsTest, AuthorsAreKeptByRoomAndDevice) {
  ASSERT_TRUE(store_->PutAuthor({"room", "dev", "alice", {std::string("de\0r", 4), "ca"}, "ticket"}).ok());
  const auto author = store_->Author("room", "dev");
  ASSERT_TRUE(author.ok()) << author.status();
  ASSERT_TRUE(author->has_value());
  EXPECT_EQ((*author)->user, "alice");
  EXPECT_EQ((*author)->chain_der, (std::vector<std::string>{std::string("de\0r", 4), "ca"}));
  EXPECT_EQ((*author)->ticket, "ticket");
  EXPECT_FALSE(store_->Author("other", "dev")->has_value());
  EXPECT_FALSE(store_->Author("room", "other")->has_value());
}

}  // namespace
}  // namespace parlor::client
