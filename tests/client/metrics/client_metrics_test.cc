#include "client/metrics/client_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parlor::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

DeliveryEvent Delivery(const std::string& target, const std::string& mark) {
  DeliveryEvent event;
  event.target = target;
  event.mark = mark;
  return event;
}

MessageEvent MessageTo(const std::string& target, bool history) {
  MessageEvent event;
  event.target = target;
  event.from = "bob";
  event.history = history;
  return event;
}

TEST(ClientMetrics, AllIsThereFromTheStart) {
  const std::string text = ClientMetrics("desk").Text({}, true);
  for (const char* line : {
           "parlor_client_running{client=\"desk\"} 1\n",
           "parlor_client_services_up{client=\"desk\"} 0\n",
           "parlor_client_outbox{client=\"desk\"} 0\n",
           "parlor_client_rooms{client=\"desk\"} 0\n",
           "parlor_client_links{transport=\"tcp\",path=\"direct\",client=\"desk\"} 0\n",
           "parlor_client_messages_total{event=\"delivered\",to=\"person\",client=\"desk\"} 0\n",
           "parlor_client_messages_total{event=\"received\",to=\"room\",client=\"desk\"} 0\n",
           "parlor_client_services_lost_total{client=\"desk\"} 0\n",
           "parlor_client_link_rtt_seconds_count{client=\"desk\"} 0\n",
           "parlor_client_store_seconds_count{client=\"desk\"} 0\n",
           "parlor_client_not_stored_total{client=\"desk\"} 0\n",
           "parlor_client_loop_lag_seconds_count{client=\"desk\"} 0\n",
           "parlor_client_process_threads{client=\"desk\"} ",
           "parlor_build_info{program=\"parlor\",",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("\nprocess_"))) << "would meet those of the node exporter";
}

TEST(ClientMetrics, MessagesCountByWhatBecameOfThemAndForWhom) {
  ClientMetrics metrics("c");
  for (const char* mark : {"queued", "sent", "delivered"}) metrics.OnEvent(Delivery("@bob", mark));
  metrics.OnEvent(Delivery("#den", "delivered"));
  metrics.OnEvent(Delivery("#den", "delivered"));
  metrics.OnEvent(MessageTo("@bob", false));
  metrics.OnEvent(MessageTo("#den", true));
  const std::string text = metrics.Text({}, true);
  const auto count = [&](const char* what, const char* to, int n) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("parlor_client_messages_total{event=\"", what, "\",to=\"", to,
                                             "\",client=\"c\"} ", n, "\n")));
  };
  count("queued", "person", 1);
  count("sent", "person", 1);
  count("delivered", "person", 1);
  count("delivered", "room", 2);
  count("received", "person", 1);
  count("received", "room", 0);
  count("caught_up", "room", 1);
  EXPECT_THAT(text, Not(HasSubstr("bob")));
  EXPECT_THAT(text, Not(HasSubstr("den\"")));
}

TEST(ClientMetrics, ServicesAreLostWhenTheyWereThere) {
  ClientMetrics metrics("c");
  metrics.OnEvent(ServicesEvent{false, "", {}});
  EXPECT_THAT(metrics.Text({}, true), HasSubstr("services_lost_total{client=\"c\"} 0\n"));
  for (const bool up : {true, false, false, true, false}) metrics.OnEvent(ServicesEvent{up, "", {}});
  EXPECT_THAT(metrics.Text({}, true), HasSubstr("services_lost_total{client=\"c\"} 2\n"));
}

TEST(ClientMetrics, ErrorsCountByCode) {
  ClientMetrics metrics("c");
  metrics.OnEvent(ErrorEvent{"unavailable", "the database is away", "create", "r1"});
  EXPECT_THAT(metrics.Text({}, true),
              HasSubstr("parlor_client_errors_total{code=\"unavailable\",client=\"c\"} 1\n"));
}

TEST(ClientMetrics, TimesAreSeconds) {
  ClientMetrics metrics("c");
  metrics.ObserveRoundTrip(absl::Milliseconds(30));
  metrics.ObserveStored(absl::Milliseconds(4), absl::OkStatus());
  metrics.ObserveStored(absl::Milliseconds(4), absl::ResourceExhaustedError("full"));
  metrics.ObserveLag(absl::Milliseconds(120));
  const std::string text = metrics.Text({}, true);
  EXPECT_THAT(text, HasSubstr("parlor_client_link_rtt_seconds_sum{client=\"c\"} 0.03"));
  EXPECT_THAT(text, HasSubstr("parlor_client_store_seconds_bucket{client=\"c\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_not_stored_total{client=\"c\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_loop_lag_seconds_bucket{client=\"c\",le=\"0.1\"} 0\n"));
}

TEST(ClientMetrics, FiguresAreThoseOfNow) {
  CoreFigures figures;
  figures.services_up = true;
  figures.rooms = 2;
  figures.outbox = 7;
  figures.links[{Transport::kTcp, Path::kDirect}] = 3;
  figures.links[{Transport::kUdp, Path::kPunched}] = 1;
  const std::string text = ClientMetrics("c").Text(figures, false);
  EXPECT_THAT(text, HasSubstr("parlor_client_running{client=\"c\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_services_up{client=\"c\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_rooms{client=\"c\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_outbox{client=\"c\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_links{transport=\"tcp\",path=\"direct\",client=\"c\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("parlor_client_links{transport=\"udp\",path=\"punched\",client=\"c\"} 1\n"));
}

}  // namespace
}  // namespace parlor::client
