// One private chat: consent, outbox, delivery and read marks. A state machine: links, presence, storage and
// the person are behind ChatHost; time is handed in.
//
//   none ──send──▶ asking ──accept of the other──▶ accepted ──block──▶ none
//    │               └─decline of the other─▶ declined ──send──▶ asking
//    └──request of the other──▶ asked ──accept──▶ accepted
#ifndef PARLOR_CLIENT_CHAT_PRIVATE_CHAT_H_
#define PARLOR_CLIENT_CHAT_PRIVATE_CHAT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/chat/message_body.h"
#include "client/core/events.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {

// What may wait for one person: more is refused, nothing is dropped.
inline constexpr size_t kMaxOutboxMessages = 100'000;
inline constexpr size_t kMaxOutboxBytes = 64 * 1024 * 1024;

// Sent and not yet stored by the other side.
inline constexpr size_t kMaxUnackedMessages = 8'192;
inline constexpr size_t kMaxUnackedBytes = 4 * 1024 * 1024;

// An unanswered request ends by itself.
inline constexpr absl::Duration kRequestLifetime = absl::Hours(7 * 24);

class ChatHost {
 public:
  virtual ~ChatHost() = default;

  // Over the link, if there is one that can take it now.
  virtual bool SendFrame(const peer::v1::Frame& frame) = 0;
  // By presence. May be lost: the chat repeats what matters whenever the other comes online.
  virtual void SendSignal(const peer::v1::SignalPayload& signal) = 0;
  // There is something to deliver: dial, and go on trying.
  virtual void WantLink() = 0;
  // Something changed that may let an attempt succeed now.
  virtual void RetryLink() = 0;
  // The other side broke the protocol.
  virtual void CloseLink(const absl::Status& why) = 0;
  virtual void Store(StoreWorker::Job job, StoreWorker::Done done) = 0;
  // What nobody waits for (StoreWorker::RunLazily). Lost, it comes again: nobody is told.
  virtual void StoreLazily(StoreWorker::Job job) = 0;
  // Calls `run` once everything is done that the loop is about now.
  virtual void AfterThisTurn(std::function<void()> run) = 0;
  virtual void Emit(Event event) = 0;
  // The contact differs from before: keep it, and tell presence whom to watch and accept.
  virtual void ContactChanged(const Contact& contact) = 0;
  // Call OnTimer again no later than this.
  virtual void WakeAt(absl::Time when) = 0;
  // Why nothing can be delivered now, for the person; empty while a link is being made.
  virtual std::string Obstacle() = 0;
};

class PrivateChat {
 public:
  // `host` outlives the chat. `device` and `epoch` are this device's.
  PrivateChat(ChatHost& host, std::string self, std::string device, uint64_t epoch, Contact contact);

  // What the store has of earlier runs: own undelivered messages, oldest first.
  void Restore(std::vector<Message> outbox);

  // ---- the person's wishes

  // Queues a text; `delivery` events carry `ref`. RESOURCE_EXHAUSTED: the outbox is full.
  absl::Status Send(absl::string_view text, const std::string& ref, absl::Time now);
  absl::Status Accept(absl::Time now);                            // FAILED_PRECONDITION: nobody asked
  absl::Status Decline(const std::string& note, absl::Time now);  // FAILED_PRECONDITION: nobody asked
  // One waiting message, or (id empty) the request and all that waits.
  absl::Status Withdraw(const std::string& id, absl::Time now);
  void Block(absl::Time now);
  void Unblock();
  void Read(absl::Time now);  // all that is here
  void Typing();

  // ---- what happens

  // Presence can be reached again: an unanswered request may have been lost.
  void OnServicesUp();
  void OnPresence(bool online, absl::Time now);
  // They are online, and presence gives no address: their device does not know of this chat (a new machine).
  // Asks it.
  void OnNoAddress();
  void OnSignal(const peer::v1::SignalPayload& signal, absl::Time now);
  void OnLinkUp(const std::string& via, absl::Time now);
  void OnLinkDown(absl::Time now);
  void OnWritable(absl::Time now) { Pump(now); }
  // Frames of other kinds are ignored.
  void OnFrame(const peer::v1::Frame& frame, absl::Time now);
  void OnTimer(absl::Time now);

  // ---- what stands

  const Contact& contact() const { return contact_; }
  void SetKey(const std::string& device, const std::string& spki, bool verified);
  void SetAddresses(std::vector<PeerAddress> addresses);
  bool needs_link() const;
  bool allowed() const { return contact_.consent == Consent::kAccepted && !contact_.blocked; }
  std::vector<OutboxEntry> Outbox() const;
  size_t outbox_size() const { return outgoing_.size(); }
  std::string conversation() const { return "@" + contact_.user; }

 private:
  struct Outgoing {
    MessageId id;
    std::string body;
    std::string ref;
    std::string text;
    absl::Time time;
    bool stored = false;
    bool announced_queued = false;
    bool sent = false;  // at least once
    bool sent_stored = false;
  };

  void SetConsent(Consent consent, absl::Time now);
  bool SendState();  // false: the link cannot take it now
  void SendSignalOf(Consent consent);
  void Ask(absl::Time now);
  void OnRequest(absl::Time since, absl::Time now);
  void OnAccepted(absl::Time now);
  void OnDeclined(const std::string& note, absl::Time now);
  void OnState(const peer::v1::ChatState& state, absl::Time now);
  void OnMessages(const peer::v1::ChatMessages& messages, absl::Time now);
  void OnStored(const std::vector<Message>& fresh, const std::vector<MessageId>& all);
  // False while something before it has to come again.
  bool InTurn(const MessageId& id);
  void OnNotStored(const std::vector<MessageId>& all, const absl::Status& status, absl::Time when);
  void AskAgain(absl::Time now);
  void OnDelivered(const peer::v1::ChatDelivered& mark, absl::Time now);
  void OnRead(const peer::v1::ChatRead& mark);
  void OnOwnStored(const MessageId& id, const absl::Status& status);
  void OnOwnCommitted(absl::Time now);

  void Pump(absl::Time now);
  size_t PumpOne();  // how many messages left in one frame
  void AnnounceQueued();
  void StoreSentMarks();
  void SendReadMarks();
  std::string Reason() const;
  DeliveryEvent Delivery(const Outgoing& message, const char* mark) const;

  ChatHost& host_;
  const std::string self_;
  const std::string device_;
  const uint64_t epoch_;
  Contact contact_;
  bool online_ = false;

  bool linked_ = false;
  bool peer_accepts_ = false;  // said so on this link
  std::string via_;

  HybridClock clock_;
  uint64_t next_number_ = 1;
  std::deque<Outgoing> outgoing_;  // undelivered, oldest first
  size_t outgoing_bytes_ = 0;
  size_t sent_on_link_ = 0;  // of outgoing_, from the front
  size_t unacked_bytes_ = 0;
  bool committed_ = false;  // OnOwnCommitted is called soon
  absl::Time store_sent_at_ = absl::InfiniteFuture();

  std::deque<std::pair<MessageId, std::string>> unread_;       // delivered, not read by the other: with ref
  std::map<std::pair<std::string, uint64_t>, uint64_t> here_;  // (device, epoch) → stored up to
  std::map<std::pair<std::string, uint64_t>, uint64_t> read_;  // and told as read
  // The first message of a device's run that could not be stored: nothing after it is taken until it comes
  // again, because marks say "up to here".
  struct Missing {
    uint64_t number = 0;
    bool comes = false;  // again, and is not stored yet
  };
  std::map<std::pair<std::string, uint64_t>, Missing> missing_;
  absl::Time ask_again_at_ = absl::InfiniteFuture();  // until then nothing is taken: the disk is full
  size_t storing_bytes_ = 0;                          // received, not committed yet

  // Callbacks of the store hold it weakly: they may come after this chat is gone.
  std::shared_ptr<PrivateChat*> alive_ = std::make_shared<PrivateChat*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CHAT_PRIVATE_CHAT_H_
