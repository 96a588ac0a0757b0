#include "client/ui/answer_text.h"

#include <gtest/gtest.h>

#include "tests/client/ui/sample_events.h"

namespace parlor::client {
namespace {

std::string Text(const Event& event) {
  return AnswerText(event, absl::UTCTimeZone());
}

TEST(AnswerTextTest, Tables) {
  EXPECT_EQ(Text(RoomsEvent{{{"tea", "all about it", "open", false, 2, 32, "bob"},
                             {"日本", "", "invite", true, 0, 8, ""}},
                            ""}),
            "ROOM   HERE  ACCESS         OWNER  TOPIC\n"
            "#tea   2/32  open           @bob   all about it\n"
            "#日本  0/8   invite, stage\n");
  EXPECT_EQ(Text(WhoEvent{"tea",
                          "all about it",
                          false,
                          {{"bob", "speaker", true, "linked", "tcp", "direct", "1.2.3.4:5", 1.26}},
                          ""}),
            "#tea: all about it\n"
            "WHO   ROLE              LINK                 ADDRESS    RTT\n"
            "@bob  speaker, hand up  linked, tcp, direct  1.2.3.4:5  1.3 ms\n");
}

TEST(AnswerTextTest, EmptyAnswersAreSentences) {
  EXPECT_EQ(Text(RoomsEvent{}), "there are no rooms\n");
  EXPECT_EQ(Text(RoomsEvent{{}, "", absl::Milliseconds(61'900)}),
            "there are no rooms\nas it was 1m1s ago: the server cannot reach its database\n");
  EXPECT_EQ(Text(PeopleEvent{}), "nobody\n");
  EXPECT_EQ(Text(OutboxEvent{}), "nothing waits\n");
  EXPECT_EQ(Text(HistoryEvent{}), "nothing was said yet\n");
}

TEST(AnswerTextTest, Deliveries) {
  EXPECT_EQ(Text(DeliveryEvent{"i", "@bob", "", "delivered", "bob", "", {}}), "delivered to @bob\n");
  EXPECT_EQ(Text(DeliveryEvent{"i", "@bob", "", "queued", "", "@bob is offline", {}}),
            "queued: @bob is offline\n");
}

TEST(AnswerTextTest, CellsStayInTheirRow) {
  EXPECT_EQ(Text(OutboxEvent{{{"1", "@bob", "two\nrows\x1b[31m", absl::FromUnixSeconds(60), "offline"}}, ""}),
            "ID  TO    SINCE             WHY      TEXT\n"
            "1   @bob  1970-01-01 00:01  offline  two rows\n");
}

}  // namespace
}  // namespace parlor::client
