// This run's own messages: on the disk or not yet, told of or not, and who has them. Pure.
#ifndef PARLOR_CLIENT_ROOM_OWN_MESSAGES_H_
#define PARLOR_CLIENT_ROOM_OWN_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace parlor::client {

struct OwnMessage {
  uint64_t number = 0;
  std::string ref;  // of the command
  absl::Time time;
  std::shared_ptr<const std::string> bytes;  // Payload::bytes; null: it could not be stored, or has left
  bool stored = false;                       // or could not be
  bool lost = false;                         // could not be: nobody is told of it
  size_t holders = 0;                        // members who have it
};

// Of the latest it is remembered who has them: kMaxOwnMessages.
inline constexpr size_t kMaxOwnMessages = 8'192;
// Beyond it one is forgotten, and counted again when it comes back.
inline constexpr size_t kMaxHolders = 4'096;
// With gaps between them, of one member; the lowest gap is then taken to be filled.
inline constexpr size_t kMaxStretches = 16;

class OwnMessages {
 public:
  uint64_t last() const { return last_; }  // number; 0: none yet
  size_t unstored() const { return unstored_; }

  // The next number.
  void Add(std::string ref, absl::Time time, std::shared_ptr<const std::string> bytes);
  // Returns the message.
  const OwnMessage& OnStored(uint64_t number, bool ok);
  // The next one, in order, that is on the disk and was not handed out yet, or is lost; null: none. Its bytes
  // are the caller's.
  OwnMessage* Next();

  // `user` came into the room: what was written before is the past to them.
  void Meet(const std::string& user) { HolderOf(user); }
  // A link to `user` begins: what was written before is not theirs to keep up with.
  void OnLinked(const std::string& user);
  // The first that was written since `user` came, in this run; 0: they did not.
  uint64_t OwedFrom(const std::string& user) const;
  // `user` has all from `from` up to `up_to`. Those of which that is news, in order.
  std::vector<const OwnMessage*> OnHave(const std::string& user, uint64_t from, uint64_t up_to);
  // The first of what it was there for, and is not known to have.
  uint64_t NextOf(const std::string& user);

  // InfiniteFuture: it is not known any more.
  absl::Time WrittenAt(uint64_t number) const;
  // How many were written that fewer than half of these have.
  uint64_t InFlight(const std::vector<std::string>& linked) const;

 private:
  struct Holder {
    std::map<uint64_t, uint64_t> has;  // the first and the last of each stretch; at most kMaxStretches
    uint64_t met_at = 0;               // the last number then
    uint64_t linked_at = 0;            // the same, of the last link
  };

  OwnMessage* Find(uint64_t number);
  static uint64_t UpTo(const Holder& holder) { return holder.has.empty() ? 0 : holder.has.rbegin()->second; }
  Holder& HolderOf(const std::string& user);
  static void Merge(uint64_t from, uint64_t up_to, Holder& holder);
  void Count(uint64_t from, uint64_t up_to, std::vector<const OwnMessage*>& news);
  void Trim();

  std::deque<OwnMessage> messages_;  // by number, without holes
  uint64_t last_ = 0;
  uint64_t handed_out_ = 0;
  size_t unstored_ = 0;
  std::map<std::string, Holder> holders_;  // members, and who was one; at most kMaxHolders
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_OWN_MESSAGES_H_
