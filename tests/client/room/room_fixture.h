// Ann in a room, and who else is there: links, judges and the person in memory, and a disk that commits when
// it is told to.
#ifndef PARLOR_TESTS_CLIENT_ROOM_ROOM_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_ROOM_ROOM_FIXTURE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/room/room.h"
#include "gtest/gtest.h"
#include "tests/client/store/held_store_worker.h"

namespace parlor::client {

inline constexpr char kRoomId[] = "room1";
inline const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// Somebody who writes in the room, with one device.
struct TestAuthor {
  explicit TestAuthor(std::string name) : user(std::move(name)) {}

  // The next message, signed and chained to the one before.
  peer::v1::SignedMessage Says(const std::string& text, absl::Time at = kStart);
  std::string device() const { return key.public_key().device_id(); }

  const std::string user;
  const PrivateKey key = PrivateKey::Generate();
  std::string sender = user;  // whom the next message names
  uint64_t epoch = 7;
  uint64_t said = 0;
  std::string last_hash;
};

// Tickets and chains are names that it knows, and a ticket covers seven days.
class FakeRoomHost final : public RoomHost {
 public:
  void Link(const TestAuthor& author, Role role, bool opened = false);
  void Unlink(const std::string& user) { links_.erase(user); }
  static std::string TicketOf(const std::string& user) { return user + "'s ticket"; }

  bool SendFrame(const std::string& user, const peer::v1::Frame& frame) override;
  bool SendBytes(const std::string& user, absl::string_view frame) override;
  void SendLossy(const std::string& user, const peer::v1::Frame& frame) override {
    frames.emplace_back(user, frame);
  }
  void CloseLink(const std::string& user, const absl::Status& why) override { closed[user] = why; }
  const LinkInfo* LinkTo(const std::string& user) override;
  void WantLink(const std::string& user, const std::string&) override { wanted.push_back(user); }
  void DropLink(const std::string& user) override { dropped.push_back(user); }
  void ReleaseLink(const std::string& user) override { dropped.push_back(user); }
  std::vector<PeerAddress> AddressesOf(const std::string&) override { return {}; }
  void LearnAddresses(const std::string&, std::vector<PeerAddress>) override {}
  absl::StatusOr<Ticket> JudgeTicket(const std::string& token, const DeviceIdentity& peer) override;
  absl::StatusOr<Author> JudgeAuthor(const std::vector<std::string>& chain_der,
                                     const std::string& ticket) override;
  absl::Status Covers(const Ticket& ticket, absl::Time written) override;
  absl::StatusOr<RoomVerdict> TakeVerdict(const std::string&) override {
    return absl::UnauthenticatedError("no verdict");
  }
  absl::Time strict_from() override { return absl::InfinitePast(); }
  void Removed() override {}
  void Store(StoreWorker::Job job, StoreWorker::Done done) override {
    disk.Run(std::move(job), std::move(done));
  }
  void StoreLazily(StoreWorker::Job job) override {
    disk.RunLazily(std::move(job), [](const absl::Status&) {});
  }
  void AfterThisTurn(std::function<void(absl::Time now)> run) override {
    after_this_turn_.push_back(std::move(run));
  }
  void Emit(Event event) override { events.push_back(std::move(event)); }
  void WakeAt(absl::Time when) override { wakes.push_back(when); }

  // What the loop does once it has nothing else to do.
  void EndTurn(absl::Time now);

  HeldStoreWorker disk;
  std::vector<Event> events;
  std::vector<std::pair<std::string, peer::v1::Frame>> frames;  // sent to whom
  std::map<std::string, absl::Status> closed;                   // links, and why
  std::vector<std::string> wanted;                              // to be linked with, in order
  std::vector<std::string> dropped;                             // no longer
  std::set<std::string> full;                                   // whose links take nothing
  std::vector<absl::Time> wakes;                                // that were asked for
  absl::Duration tickets_last = absl::Minutes(10);

 private:
  std::map<std::string, LinkInfo> links_;
  std::map<std::string, VerifiedPeer> peers_;  // by the name that is their chain
  std::map<std::string, Ticket> tickets_;
  std::vector<std::function<void(absl::Time now)>> after_this_turn_;
};

// Ann has entered and is alone; Enter again, to be with others.
class RoomMachineTest : public ::testing::Test {
 protected:
  // Not entered yet.
  struct Outside {};
  explicit RoomMachineTest(Outside outside, overlay::OverlayOptions options = {});
  explicit RoomMachineTest(bool stage = false);

  void Enter(const std::vector<const TestAuthor*>& sample, size_t members, bool stage = false);
  // Comes, shows a ticket, and is given what ann has.
  void Join(const TestAuthor& author, Role role);
  // The link is up, and each shows a ticket.
  void Link(const TestAuthor& author, Role role, bool full = false);
  void Say(const TestAuthor& from, const peer::v1::Frame& frame);
  // One frame with these messages; `past`: as an answer.
  void Hand(const TestAuthor& from, const std::vector<peer::v1::SignedMessage>& messages, bool past = false);
  void Commit();
  void FailCommit();
  // Lets time pass and wakes the room up.
  void Wait(absl::Duration time);

  // "<user>: <text> (<proof>)", in the order in which they were shown.
  std::vector<std::string> Shown() const;
  std::vector<std::string> Warnings() const;  // their codes
  std::vector<std::string> Errors() const;
  // "<text> (<proof>)", by time.
  std::vector<std::string> Stored();
  // "<from>-<up to>" of each mark that this author was told; forgets all frames to them.
  std::vector<std::string> Acknowledged(const TestAuthor& author);
  std::vector<peer::v1::Frame> FramesTo(const TestAuthor& author) const;

  absl::Time now = kStart;
  FakeRoomHost host;
  TestAuthor ann{"ann"};
  TestAuthor bob{"bob"};
  TestAuthor cem{"cem"};
  Room room;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_ROOM_ROOM_FIXTURE_H_
