#include "client/ui/line/delivery_notes.h"

#include <gtest/gtest.h>

namespace parlor::client {
namespace {

DeliveryEvent Mark(const char* id, const char* target, const char* mark, const char* by = "",
                   const char* reason = "") {
  return {id, target, "", mark, by, reason, {}};
}

TEST(DeliveryNotesTest, ABurstIsOneLine) {
  DeliveryNotes notes;
  for (const char* id : {"1", "2", "3"}) {
    notes.Add(Mark(id, "#lobby", "sent"));
    notes.Add(Mark(id, "#lobby", "delivered", "alice"));
    notes.Add(Mark(id, "#lobby", "delivered", "bob"));
  }
  notes.Add(Mark("9", "@bob", "read", "bob"));
  EXPECT_EQ(notes.Take(),
            (std::vector<std::string>{"✓ #lobby delivered to @alice, @bob (3 messages)", "✓✓ read by @bob"}));
  EXPECT_TRUE(notes.empty());
}

TEST(DeliveryNotesTest, WaitingSaysWhy) {
  DeliveryNotes notes;
  notes.Add(Mark("1", "@bob", "queued", "", "@bob is off\x1b[31mline\n"));
  EXPECT_EQ(notes.Take(), std::vector<std::string>{"… to @bob waits: @bob is offline "});
}

TEST(DeliveryNotesTest, WhoIsAloneIsToldInWords) {
  DeliveryNotes notes;
  notes.Add(Mark("1", "#lobby", "queued", "", "alone"));
  EXPECT_EQ(notes.Take(),
            std::vector<std::string>{"… to #lobby waits: nobody else is here yet; those who come get it"});
}

TEST(DeliveryNotesTest, SentIsNoNews) {
  DeliveryNotes notes;
  notes.Add(Mark("1", "@bob", "sent"));
  EXPECT_TRUE(notes.empty());
}

}  // namespace
}  // namespace parlor::client
