// All private chats: finds the one that something concerns, and connects it with links, presence and the
// store.
#ifndef PARLOR_CLIENT_CORE_CHATS_H_
#define PARLOR_CLIENT_CORE_CHATS_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/chat/private_chat.h"
#include "client/core/events.h"
#include "client/core/links.h"
#include "client/core/presence_client.h"
#include "client/core/server_clock.h"
#include "client/loop/loop.h"
#include "client/store/store_worker.h"

namespace parlor::client {

// Strangers are asked no more often than this.
inline constexpr int kMaxRequestsAnHour = 10;

struct Self {
  std::string user;
  std::string device;
};

// Loop thread only.
class Chats {
 public:
  // All outlive this.
  Chats(Loop& loop, ServerClock& clock, StoreWorker& store, Links& links, PresenceClient& presence,
        EventSink emit, Self self);
  ~Chats();

  // What the store has; before anything else.
  void Restore(std::vector<Contact> contacts, std::vector<Message> outbox);

  // RESOURCE_EXHAUSTED: the 11th stranger within an hour.
  absl::Status Send(const std::string& user, absl::string_view text, const std::string& ref);
  absl::Status Accept(const std::string& user);
  absl::Status Decline(const std::string& user, const std::string& note);
  absl::Status Withdraw(const std::string& user, const std::string& id);
  void Block(const std::string& user);
  absl::Status Unblock(const std::string& user);
  absl::Status Read(const std::string& user);
  void Typing(const std::string& user);
  // Marks the key that the contact's device has now as compared, or as not.
  absl::Status SetVerified(const std::string& user, bool verified);

  void OnServicesUp();
  void OnPresence(const std::string& user, bool online);
  void OnSignal(const std::string& user, const std::string& payload);
  void OnSignalRefused(const presence::v1::SignalRefused& refused);
  void OnLinkUp(const std::string& user);
  void OnLinkDown(const std::string& user);
  void OnNoAddress(const std::string& user);
  void OnWritable(const std::string& user);
  void OnFrame(const std::string& user, const peer::v1::Frame& frame);

  bool IsWelcome(const std::string& user) const;  // may hold a link
  const Contact* Find(const std::string& user) const;
  std::vector<Contact> Contacts() const;
  std::vector<OutboxEntry> Outbox() const;
  size_t outbox_size() const;
  PresenceLists Lists() const;

 private:
  class Host;
  struct Entry;

  Entry& EntryOf(const std::string& user);
  PrivateChat* FindChat(const std::string& user);
  void Create(Contact contact);
  void CheckKey(PrivateChat& chat, const LinkInfo& link);
  absl::Status CountRequest(const std::string& user);

  Loop& loop_;
  ServerClock& clock_;
  StoreWorker& store_;
  Links& links_;
  PresenceClient& presence_;
  const EventSink emit_;
  const Self self_;
  std::map<std::string, std::unique_ptr<Entry>> chats_;
  std::deque<absl::Time> requests_;  // of the last hour
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_CHATS_H_
