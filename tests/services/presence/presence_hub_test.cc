#include "services/presence/presence_hub.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/live/in_process_directory.h"

namespace parlor::presence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What one stream was told, one line a frame.
class FakeListener : public Listener {
 public:
  bool OnWelcome(v1::Welcome message) override {
    welcome = std::move(message);
    std::string line = "welcome";
    for (const v1::PersonPresence& person : welcome.people()) absl::StrAppend(&line, " ", Text(person));
    lines.push_back(line);
    return !gone;
  }
  void OnRefused(const absl::Status& why) override { refused = why; }
  void Deliver(std::shared_ptr<const v1::ConnectResponse> frame) override {
    if (frame->has_presence()) lines.push_back(Text(frame->presence()));
    if (frame->has_typing()) lines.push_back(absl::StrCat(frame->typing().to(), " types"));
    if (frame->has_signal()) {
      lines.push_back(absl::StrCat(frame->signal().user(), "/", frame->signal().device(), ": ",
                                   frame->signal().payload()));
    }
  }
  void OnEvicted(live::Ended why) override { evicted.push_back(why); }

  std::vector<std::string> Take() { return std::exchange(lines, {}); }

  static std::string Text(const v1::PersonPresence& person) {
    std::string word = v1::Availability_Name(person.status().availability());
    word = word.substr(std::string("AVAILABILITY_").size());
    return absl::StrCat(person.user(), "=", word, person.status().text().empty() ? "" : "/",
                        person.status().text());
  }

  bool gone = false;
  v1::Welcome welcome;
  absl::Status refused;
  std::vector<std::string> lines;
  std::vector<live::Ended> evicted;
};

class FakeEvents : public HubEvents {
 public:
  void OnTransition(v1::Availability to) override {
    transitions.push_back(v1::Availability_Name(to).substr(13));
  }
  void OnFanout(absl::Time) override { ++fanouts; }
  void OnUnreadable(const absl::Status& why) override { ADD_FAILURE() << why; }

  std::vector<std::string> transitions;
  int fanouts = 0;
};

using Names = std::vector<std::string>;

struct Options {
  std::string device = "phone";
  Names watch = {};
  Names accept = {};
  Names block = {};
  bool takeover = false;
  std::string text = {};
};

class PresenceHubTest : public ::testing::Test {
 protected:
  // A connected stream whose session has the id `session`.
  std::shared_ptr<FakeListener> Connect(const std::string& user, const std::string& session,
                                        const Options& options = {}) {
    v1::Hello hello;
    hello.mutable_status()->set_text(options.text);
    hello.mutable_watch()->Assign(options.watch.begin(), options.watch.end());
    hello.mutable_accept()->Assign(options.accept.begin(), options.accept.end());
    hello.mutable_block()->Assign(options.block.begin(), options.block.end());
    hello.set_takeover(options.takeover);
    auto listener = std::make_shared<FakeListener>();
    listeners_.push_back(listener);
    const absl::Status status =
        hub_.Connect({session, user, options.device, "127.0.0.1"}, hello, listener, now_);
    if (!status.ok()) listener->refused = status;
    return listener;
  }

  static v1::ListChange Change(const Names& add, const Names& remove = {}) {
    v1::ListChange change;
    change.mutable_add()->Assign(add.begin(), add.end());
    change.mutable_remove()->Assign(remove.begin(), remove.end());
    return change;
  }

  v1::SignalRefused::Reason Signal(const std::string& session, const std::string& to,
                                   const std::string& payload = "hi") {
    v1::Signal signal;
    signal.set_user(to);
    signal.set_payload(payload);
    return hub_.PassSignal(session, signal, now_);
  }

  void Typing(const std::string& session, const std::string& to) {
    v1::Typing typing;
    typing.set_to(to);
    hub_.PassTyping(session, typing, now_);
  }

  absl::Status Away(const std::string& session, const std::string& text = "") {
    v1::Status status;
    status.set_availability(v1::AVAILABILITY_AWAY);
    status.set_text(text);
    return hub_.SetStatus(session, status, now_);
  }

  void Pass(absl::Duration time) {
    now_ += time;
    directory_.Tick(now_);
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  FakeEvents events_;
  live::InProcessDirectory directory_;
  Roster roster_;
  PresenceHub hub_{PresenceLimits(), &directory_, &roster_, &events_};
  std::vector<std::shared_ptr<FakeListener>> listeners_;
};

TEST_F(PresenceHubTest, WatchersAreToldOfEverythingOnce) {
  Connect("bob", "b1", {.text = "hello"});
  const auto ann = Connect("ann", "a1", {.watch = {"bob", "cid"}});
  EXPECT_THAT(ann->Take(), ElementsAre("welcome bob=ONLINE/hello"));
  Connect("cid", "c1");
  Connect("dora", "d1");
  EXPECT_TRUE(Away("b1", "lunch").ok());
  EXPECT_TRUE(Away("b1", "lunch").ok());
  hub_.Disconnect("c1", Farewell::kGoodbye, now_);
  hub_.Disconnect("c1", Farewell::kLost, now_);
  EXPECT_THAT(ann->Take(), ElementsAre("cid=ONLINE", "bob=AWAY/lunch", "cid=OFFLINE"));
}

TEST_F(PresenceHubTest, ALostStreamIsReconnectingThenOffline) {
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  Connect("bob", "b1");
  hub_.Disconnect("b1", Farewell::kLost, now_);
  Pass(absl::Milliseconds(19'999));
  EXPECT_THAT(ann->Take(), ElementsAre("welcome", "bob=ONLINE", "bob=RECONNECTING"));
  Pass(absl::Milliseconds(1));
  EXPECT_THAT(ann->Take(), ElementsAre("bob=OFFLINE"));
  EXPECT_THAT(events_.transitions, ElementsAre("ONLINE", "ONLINE", "RECONNECTING", "OFFLINE"));
}

TEST_F(PresenceHubTest, WhoIsBackWithinTheGraceDidNotFlap) {
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  Connect("bob", "b1");
  const int64_t since = roster_.Find("bob")->profile.since == now_ ? absl::ToUnixMillis(now_) : 0;
  Pass(absl::Seconds(60));
  hub_.Disconnect("b1", Farewell::kLost, now_);
  Pass(absl::Seconds(19));
  Connect("bob", "b2");
  Pass(absl::Seconds(60));
  EXPECT_THAT(ann->Take(), ElementsAre("welcome", "bob=ONLINE", "bob=RECONNECTING", "bob=ONLINE"));
  EXPECT_EQ(Visible(*roster_.Find("bob")).since_ms(), since);
}

TEST_F(PresenceHubTest, ReplacingAStreamOfTheSameDeviceIsSeenByNobody) {
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  const auto older = Connect("bob", "b1");
  ann->Take();
  now_ += absl::Seconds(3);
  const auto newer = Connect("bob", "b2");
  EXPECT_THAT(older->evicted, ElementsAre(live::Ended::kReplaced));
  hub_.Disconnect("b1", Farewell::kLost, now_);  // as its stream does when it ends
  Pass(absl::Minutes(1));
  EXPECT_THAT(ann->Take(), IsEmpty());
  EXPECT_THAT(newer->evicted, IsEmpty());
  EXPECT_EQ(Signal("a1", "bob"), v1::SignalRefused::REASON_UNSPECIFIED);
  EXPECT_THAT(newer->Take(), ElementsAre("welcome", "ann/phone: hi"));
}

TEST_F(PresenceHubTest, AnotherDeviceIsRefusedOrTakesOver) {
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  const auto phone = Connect("bob", "b1");
  ann->Take();
  EXPECT_EQ(Connect("bob", "b2", {.device = "laptop"})->refused.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(phone->evicted, IsEmpty());
  const auto laptop = Connect("bob", "b3", {.device = "laptop", .takeover = true});
  EXPECT_THAT(phone->evicted, ElementsAre(live::Ended::kTakenOver));
  hub_.Disconnect("b1", Farewell::kGoodbye, now_);  // the loser cannot log the winner out
  EXPECT_NE(roster_.Find("bob"), nullptr);
  EXPECT_THAT(ann->Take(), ::testing::Each("bob=ONLINE"));
}

TEST_F(PresenceHubTest, AFullServerIsUnavailable) {
  live::InProcessDirectory small(live::DirectoryOptions{.max_seats = 1});
  Roster roster;
  PresenceHub hub(PresenceLimits(), &small, &roster, &events_);
  auto first = std::make_shared<FakeListener>(), second = std::make_shared<FakeListener>();
  ASSERT_TRUE(hub.Connect({"s1", "ann", "d", ""}, v1::Hello(), first, now_).ok());
  ASSERT_TRUE(hub.Connect({"s2", "bob", "d", ""}, v1::Hello(), second, now_).ok());
  EXPECT_TRUE(first->refused.ok());
  EXPECT_EQ(second->refused.code(), absl::StatusCode::kUnavailable);
}

TEST_F(PresenceHubTest, AStreamThatEndsDuringItsWelcomeLeavesNothingBehind) {
  auto listener = std::make_shared<FakeListener>();
  listener->gone = true;
  ASSERT_TRUE(hub_.Connect({"b1", "bob", "d", ""}, v1::Hello(), listener, now_).ok());
  Pass(absl::Seconds(20));
  EXPECT_EQ(roster_.Find("bob"), nullptr);
}

TEST_F(PresenceHubTest, AHelloThatBreaksARuleIsRefused) {
  Names many;
  for (int i = 0; i < 1001; ++i) many.push_back(absl::StrCat("user", i));
  const Options cases[] = {
      {.watch = {"not a name"}}, {.accept = {""}}, {.block = {std::string(10'000, 'x')}}, {.watch = many},
      {.accept = many},          {.block = many},  {.text = std::string(81, 'x')}};
  int session = 0;
  for (const Options& options : cases) {
    EXPECT_EQ(Connect("bob", absl::StrCat("b", ++session), options)->refused.code(),
              absl::StatusCode::kInvalidArgument)
        << session;
  }
  EXPECT_EQ(roster_.Find("bob"), nullptr);
  many.pop_back();
  EXPECT_TRUE(Connect("bob", "b0", {.watch = many, .accept = many, .block = many})->refused.ok());
}

TEST_F(PresenceHubTest, WatchListsChangeOnTheGo) {
  Connect("bob", "b1");
  const auto ann = Connect("ann", "a1");
  EXPECT_TRUE(hub_.ChangeWatch("a1", Change({"bob", "cid"})).ok());
  EXPECT_THAT(ann->Take(), ElementsAre("welcome", "bob=ONLINE"));
  EXPECT_TRUE(hub_.ChangeWatch("a1", Change({"cid"}, {"bob"})).ok());
  EXPECT_TRUE(Away("b1").ok());
  Connect("cid", "c1");
  EXPECT_THAT(ann->Take(), ElementsAre("cid=ONLINE"));
  EXPECT_EQ(hub_.ChangeWatch("a1", Change({"!"})).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PresenceHubTest, WhoHasGoneIsToldNothing) {
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  hub_.Disconnect("a1", Farewell::kLost, now_);
  ann->Take();
  Connect("bob", "b1");
  EXPECT_TRUE(hub_.ChangeWatch("a1", Change({"bob"})).ok());
  EXPECT_TRUE(Away("a1").ok());
  EXPECT_EQ(Signal("b1", "ann"), v1::SignalRefused::REASON_OFFLINE);
  EXPECT_THAT(ann->Take(), IsEmpty());
}

TEST_F(PresenceHubTest, ToTheBlockedEverybodyIsOffline) {
  const auto eve = Connect("eve", "e1", {.watch = {"bob"}});
  const auto bob = Connect("bob", "b1", {.accept = {"eve"}, .block = {"eve"}});
  EXPECT_EQ(Signal("e1", "bob"), v1::SignalRefused::REASON_OFFLINE);
  Typing("e1", "bob");
  EXPECT_TRUE(Away("b1").ok());
  hub_.Disconnect("b1", Farewell::kLost, now_);
  Pass(absl::Minutes(1));
  EXPECT_THAT(eve->Take(), ElementsAre("welcome"));
  EXPECT_THAT(bob->Take(), ElementsAre("welcome"));
}

TEST_F(PresenceHubTest, BlockingOnTheGoLooksLikeGoingOffline) {
  const auto eve = Connect("eve", "e1", {.watch = {"bob"}});
  const auto ann = Connect("ann", "a1", {.watch = {"bob"}});
  Connect("bob", "b1");
  EXPECT_TRUE(hub_.ChangeBlock("b1", Change({"eve"}), now_).ok());
  EXPECT_TRUE(Away("b1").ok());
  EXPECT_TRUE(hub_.ChangeBlock("b1", Change({}, {"eve"}), now_).ok());
  EXPECT_THAT(eve->Take(), ElementsAre("welcome", "bob=ONLINE", "bob=OFFLINE", "bob=AWAY"));
  EXPECT_THAT(ann->Take(), ElementsAre("welcome", "bob=ONLINE", "bob=AWAY"));
}

TEST_F(PresenceHubTest, BlocksAndAcceptedHoldWhileReconnecting) {
  const auto eve = Connect("eve", "e1", {.watch = {"bob"}});
  Connect("bob", "b1", {.accept = {"ann"}, .block = {"eve"}});
  hub_.Disconnect("b1", Farewell::kLost, now_);
  EXPECT_FALSE(Sees("eve", *roster_.Find("bob")));
  EXPECT_TRUE(roster_.Find("bob")->profile.accept.Contains("ann"));
  EXPECT_THAT(eve->Take(), ElementsAre("welcome"));
}

TEST_F(PresenceHubTest, SignalsGoToTheOneMeant) {
  Connect("ann", "a1", {.device = "laptop"});
  const auto bob = Connect("bob", "b1");
  const auto cid = Connect("cid", "c1");
  EXPECT_EQ(Signal("a1", "Bob", std::string("\0\xff", 2)), v1::SignalRefused::REASON_UNSPECIFIED);
  EXPECT_THAT(bob->Take(), ElementsAre("welcome", "ann/laptop: " + std::string("\0\xff", 2)));
  EXPECT_THAT(cid->Take(), ElementsAre("welcome"));
  EXPECT_EQ(Signal("a1", "nobody"), v1::SignalRefused::REASON_OFFLINE);
  EXPECT_EQ(Signal("a1", "not a name"), v1::SignalRefused::REASON_OFFLINE);
  EXPECT_EQ(Signal("unknown session", "bob"), v1::SignalRefused::REASON_OFFLINE);
}

TEST_F(PresenceHubTest, SignalsHaveAtMostFourKibibytes) {
  Connect("ann", "a1");
  Connect("bob", "b1");
  EXPECT_EQ(Signal("a1", "bob", std::string(4096, 'x')), v1::SignalRefused::REASON_UNSPECIFIED);
  EXPECT_EQ(Signal("a1", "bob", std::string(4097, 'x')), v1::SignalRefused::REASON_TOO_LARGE);
}

TEST_F(PresenceHubTest, SignalsToOnePersonAreLimited) {
  Connect("ann", "a1");
  Connect("cid", "c1");
  const auto bob = Connect("bob", "b1");
  const auto passed = [&](const std::string& session) {
    int count = 0;
    while (count < 100 && Signal(session, "bob") == v1::SignalRefused::REASON_UNSPECIFIED) ++count;
    return count;
  };
  EXPECT_EQ(passed("a1"), 8);
  EXPECT_EQ(Signal("a1", "bob"), v1::SignalRefused::REASON_TOO_FAST);
  EXPECT_EQ(Signal("a1", "cid"), v1::SignalRefused::REASON_UNSPECIFIED);
  EXPECT_EQ(passed("c1"), 8);
  now_ += absl::Seconds(4);
  EXPECT_EQ(passed("a1"), 2);
  // A new stream is no way around.
  Connect("ann", "a2");
  EXPECT_EQ(passed("a2"), 0);
}

TEST_F(PresenceHubTest, SignalsOfOnePersonAreLimited) {
  Connect("ann", "a1");
  for (int i = 0; i < 30; ++i) Connect(absl::StrCat("user", i), absl::StrCat("u", i));
  int passed = 0;
  for (int i = 0; i < 30; ++i) {
    passed += Signal("a1", absl::StrCat("user", i)) == v1::SignalRefused::REASON_UNSPECIFIED ? 1 : 0;
  }
  EXPECT_EQ(passed, 20);
}

TEST_F(PresenceHubTest, TypingIsToldOnlyToThoseWhoWatchOrAccept) {
  Connect("ann", "a1");
  const auto watching = Connect("bob", "b1", {.watch = {"ann"}});
  const auto accepting = Connect("cid", "c1", {.accept = {"ann"}});
  const auto stranger = Connect("dora", "d1");
  for (const char* to : {"bob", "cid", "dora", "nobody", "!"}) Typing("a1", to);
  EXPECT_THAT(watching->Take(), ElementsAre("welcome ann=ONLINE", "ann types"));
  EXPECT_THAT(accepting->Take(), ElementsAre("welcome", "ann types"));
  EXPECT_THAT(stranger->Take(), ElementsAre("welcome"));
  for (int i = 0; i < 100; ++i) Typing("a1", "bob");
  EXPECT_LE(watching->Take().size(), 5u);
}

TEST_F(PresenceHubTest, AddressesAreJudgedAndKept) {
  const auto ann = Connect("ann", "a1");
  EXPECT_EQ(ann->welcome.observed_ip(), "127.0.0.1");
  v1::Addresses addresses;
  addresses.set_listen_port(7000);
  addresses.add_addresses()->set_ip("8.8.8.8");
  const v1::AddressesPublished published = hub_.SetAddresses("a1", addresses, now_);
  ASSERT_THAT(published.addresses(), SizeIs(1));
  EXPECT_EQ(published.addresses(0).ip(), "127.0.0.1");
  EXPECT_THAT(published.refused(), SizeIs(1));
  EXPECT_THAT(roster_.Find("ann")->profile.addresses, ElementsAre(PeerAddress{"127.0.0.1", 7000}));
}

TEST_F(PresenceHubTest, AThousandWatchersAreToldInOneFanout) {
  std::vector<std::shared_ptr<FakeListener>> watchers;
  for (int i = 0; i < 1000; ++i) {
    watchers.push_back(Connect(absl::StrCat("user", i), absl::StrCat("u", i), {.watch = {"bob"}}));
  }
  Connect("bob", "b1");
  EXPECT_EQ(events_.fanouts, 1);
  for (const auto& watcher : watchers) ASSERT_THAT(watcher->Take(), ElementsAre("welcome", "bob=ONLINE"));
}

}  // namespace
}  // namespace parlor::presence
