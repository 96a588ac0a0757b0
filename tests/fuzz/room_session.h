// Ann in a room with three others, as an input has it: who does what, in which order. After each step every
// promise to her and to the others is checked.
//
// A step is its kind and what it needs (room_session.cc). In frames a device "a" to "d" stands for ann's to
// dan's, and the signature "s" for the one that the body's device would make: both are made with keys that
// depend on OpenSSL's release.
#ifndef PARLOR_TESTS_FUZZ_ROOM_SESSION_H_
#define PARLOR_TESTS_FUZZ_ROOM_SESSION_H_

#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/client/room/room_fixture.h"
#include "tests/fuzz/fuzz.h"

namespace parlor::fuzz {

enum class Step : uint8_t {
  kFrame,       // member, part: a Frame, over the member's link
  kSays,        // member who hands it over, author, Says flags, part: the text
  kWait,        // number: tenths of a second
  kCommit,      //
  kFailCommit,  //
  kLink,        // member: goes up, or down if it was up
  kSend,        // part: the text, by ann
  kRoster,      // member, kind of the change
  kSteps,
};

// How an author's next message is not as it should be.
enum Says : uint8_t {
  kGap = 1,
  kTwin = 2,  // of the one before
  kBadSignature = 4,
  kBadHash = 8,
  kNewEpoch = 16,
  kOthersName = 32,  // of the member who hands it over
  kLongAgo = 64,
};

class RoomSession {
 public:
  // A stage: bob and dan speak, cem listens.
  explicit RoomSession(bool stage);

  void Take(Input& input);

 private:
  using Author = client::TestAuthor;
  struct Handed {
    client::DecodedBody body;
    peer::v1::SignedMessage wire;
    std::string from;
  };

  Author& Member(uint8_t which) { return people_[1 + which % (people_.size() - 1)]; }
  const Author* Owner(const std::string& device) const;
  void Resolve(std::string& device) const;
  void Resolve(peer::v1::Frame& frame) const;
  void Resolve(peer::v1::SignedMessage& message) const;

  void Hand(const Author& from, peer::v1::Frame frame);
  void Say(const Author& from, Author& author, uint8_t says, absl::string_view text);
  void Link(const Author& member);
  void Unlink(const std::string& user);
  void ChangeRoster(const Author& member, uint8_t kind);

  void EndStep();
  bool WasHanded(const client::MessageEvent& shown) const;
  void CheckShown(const client::MessageEvent& shown);
  void CheckEvent(const client::Event& event);
  void CheckSent(const peer::v1::Frame& frame) const;

  const bool stage_;
  absl::Time now_ = client::kStart;
  std::array<Author, 4> people_;  // ann, bob, cem, dan
  client::FakeRoomHost host_;
  client::Room room_;
  std::set<std::string> linked_;
  std::string speaking_;  // whose frame the step is
  std::vector<Handed> handed_;
  std::set<std::string> shown_;  // ids
};

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_ROOM_SESSION_H_
