#include "client/core/chats.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/status.h"
#include "client/link/link_words.h"

namespace parlor::client {
namespace {

constexpr char kReason[] = "chat";

// Beyond it strangers are not heard; whom this person writes to always is.
constexpr size_t kMaxChats = 10'000;

}  // namespace

// What one chat sees of the world.
class Chats::Host final : public ChatHost {
 public:
  Host(Chats& chats, std::string user) : chats_(chats), user_(std::move(user)) {}

  bool SendFrame(const peer::v1::Frame& frame) override { return chats_.links_.Send(user_, frame); }
  void SendSignal(const peer::v1::SignalPayload& signal) override {
    // Without presence nobody is told now; the chat says it again when the other is seen online.
    chats_.presence_.SendSignal(user_, signal.SerializeAsString());
  }
  void WantLink() override { chats_.links_.Want(user_, kReason); }
  void RetryLink() override { chats_.links_.RetryNow(user_); }
  void CloseLink(const absl::Status& why) override {
    chats_.links_.Close(user_, peer::v1::Goodbye::REASON_PROTOCOL, why);
  }
  void Store(StoreWorker::Job job, StoreWorker::Done done) override {
    chats_.store_.Run(std::move(job), std::move(done));
  }
  void StoreLazily(StoreWorker::Job job) override {
    chats_.store_.RunLazily(std::move(job), [](const absl::Status&) {});
  }
  void AfterThisTurn(std::function<void()> run) override { chats_.loop_.Post(std::move(run)); }
  void Emit(Event event) override { chats_.emit_(event); }
  void ContactChanged(const Contact& contact) override {
    chats_.store_.Run(
        [contact](client::Store& store) { return store.PutContact(contact); },
        [emit = chats_.emit_, user = user_](const absl::Status& status) {
          if (status.ok()) return;
          emit(ErrorEvent{
              "not_stored",
              absl::StrCat("what was agreed with @", user,
                           " could not be stored and is forgotten at the next start: ", status.message()),
              {},
              {}});
        });
    const bool keep = contact.consent == Consent::kAccepted && !contact.blocked;
    if (!keep) chats_.links_.Unwant(user_, kReason);
    chats_.presence_.SetLists(chats_.Lists());
  }
  void WakeAt(absl::Time when) override;
  std::string Obstacle() override {
    if (chats_.links_.Find(user_) != nullptr) return {};
    if (!chats_.presence_.up()) {
      return chats_.links_.dialling(user_) ? std::string()
                                           : "the services are away and no direct way was found yet";
    }
    if (!chats_.presence_.IsOnline(user_)) return absl::StrCat("@", user_, " is offline");
    const absl::Status error = chats_.links_.last_error(user_);
    return error.ok() ? std::string()
                      : absl::StrCat("@", user_, " is online but could not be reached: ", error.message());
  }

 private:
  Chats& chats_;
  const std::string user_;
};

struct Chats::Entry {
  Entry(Chats& chats, Contact contact)
      : host(chats, contact.user),
        chat(host, chats.self_.user, chats.self_.device, RandomUint64(), std::move(contact)) {}
  Host host;
  PrivateChat chat;
  std::unique_ptr<Timer> timer;
  absl::Time wake_at = absl::InfiniteFuture();
};

void Chats::Host::WakeAt(absl::Time when) {
  const auto found = chats_.chats_.find(user_);
  if (found == chats_.chats_.end()) return;  // still being made
  Entry& entry = *found->second;
  if (when >= entry.wake_at) return;
  entry.wake_at = when;
  entry.timer = chats_.loop_.After(when - chats_.clock_.Now(), [this, &entry] {
    entry.wake_at = absl::InfiniteFuture();
    chats_.loop_.Post([done = std::shared_ptr<Timer>(std::move(entry.timer))] {});
    entry.chat.OnTimer(chats_.clock_.Now());
  });
}

Chats::Chats(Loop& loop, ServerClock& clock, StoreWorker& store, Links& links, PresenceClient& presence,
             EventSink emit, Self self)
    : loop_(loop),
      clock_(clock),
      store_(store),
      links_(links),
      presence_(presence),
      emit_(std::move(emit)),
      self_(std::move(self)) {}

Chats::~Chats() = default;

void Chats::Create(Contact contact) {
  const std::string user = contact.user;
  if (!contact.addresses.empty()) links_.LearnAddresses(user, contact.addresses);
  chats_[user] = std::make_unique<Entry>(*this, std::move(contact));
}

void Chats::Restore(std::vector<Contact> contacts, std::vector<Message> outbox) {
  for (Contact& contact : contacts) Create(std::move(contact));
  std::map<std::string, std::vector<Message>> by_user;
  for (Message& message : outbox) by_user[message.conversation.substr(1)].push_back(std::move(message));
  for (auto& [user, messages] : by_user) EntryOf(user).chat.Restore(std::move(messages));
  for (auto& [user, entry] : chats_) {
    entry->chat.OnTimer(clock_.Now());
    if (entry->chat.needs_link()) links_.Want(user, kReason);
  }
  presence_.SetLists(Lists());
}

Chats::Entry& Chats::EntryOf(const std::string& user) {
  if (!chats_.contains(user)) {
    Contact contact;
    contact.user = user;
    contact.since = clock_.Now();
    Create(std::move(contact));
    if (links_.Find(user) != nullptr) OnLinkUp(user);
  }
  return *chats_[user];
}

PrivateChat* Chats::FindChat(const std::string& user) {
  const auto found = chats_.find(user);
  return found == chats_.end() ? nullptr : &found->second->chat;
}

// ---- the person's wishes

absl::Status Chats::CountRequest(const std::string& user) {
  const Contact* contact = Find(user);
  if (contact != nullptr && contact->consent != Consent::kNone && contact->consent != Consent::kDeclined) {
    return absl::OkStatus();
  }
  const absl::Time now = clock_.Now();
  while (!requests_.empty() && now - requests_.front() > absl::Hours(1)) requests_.pop_front();
  if (requests_.size() >= kMaxRequestsAnHour) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "you asked ", kMaxRequestsAnHour, " people within an hour; wait a while before you ask more"));
  }
  requests_.push_back(now);
  return absl::OkStatus();
}

absl::Status Chats::Send(const std::string& user, absl::string_view text, const std::string& ref) {
  if (user == self_.user) return absl::InvalidArgumentError("that is you");
  PARLOR_RETURN_IF_ERROR(CheckText(text));
  PARLOR_RETURN_IF_ERROR(CountRequest(user));
  return EntryOf(user).chat.Send(text, ref, clock_.Now());
}

absl::Status Chats::Accept(const std::string& user) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr) return absl::NotFoundError(absl::StrCat("@", user, " did not ask for a chat"));
  return chat->Accept(clock_.Now());
}

absl::Status Chats::Decline(const std::string& user, const std::string& note) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr) return absl::NotFoundError(absl::StrCat("@", user, " did not ask for a chat"));
  return chat->Decline(note, clock_.Now());
}

absl::Status Chats::Withdraw(const std::string& user, const std::string& id) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr) return absl::NotFoundError(absl::StrCat("nothing waits for @", user));
  return chat->Withdraw(id, clock_.Now());
}

void Chats::Block(const std::string& user) {
  EntryOf(user).chat.Block(clock_.Now());
}

absl::Status Chats::Unblock(const std::string& user) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr || !chat->contact().blocked) {
    return absl::FailedPreconditionError(absl::StrCat("@", user, " is not blocked"));
  }
  chat->Unblock();
  return absl::OkStatus();
}

absl::Status Chats::Read(const std::string& user) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr) return absl::NotFoundError(absl::StrCat("there is no chat with @", user));
  chat->Read(clock_.Now());
  return absl::OkStatus();
}

void Chats::Typing(const std::string& user) {
  if (PrivateChat* chat = FindChat(user)) chat->Typing();
}

absl::Status Chats::SetVerified(const std::string& user, bool verified) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr || chat->contact().key_spki.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no key of @", user, " is known yet: it comes with the first direct link"));
  }
  chat->SetKey(chat->contact().device, chat->contact().key_spki, verified);
  return absl::OkStatus();
}

// ---- what happens

void Chats::OnServicesUp() {
  for (auto& [user, entry] : chats_) entry->chat.OnServicesUp();
}

void Chats::OnPresence(const std::string& user, bool online) {
  if (PrivateChat* chat = FindChat(user)) chat->OnPresence(online, clock_.Now());
}

void Chats::OnSignal(const std::string& user, const std::string& payload) {
  peer::v1::SignalPayload signal;
  // What does not parse is of a newer version, or garbage: there is nobody to tell.
  if (!signal.ParseFromString(payload)) return;
  if (FindChat(user) == nullptr && (!signal.has_request() || chats_.size() >= kMaxChats)) return;
  EntryOf(user).chat.OnSignal(signal, clock_.Now());
}

void Chats::OnSignalRefused(const presence::v1::SignalRefused& refused) {
  // Offline is what presence tells anyway, and the chat asks again when they come.
  if (refused.reason() != presence::v1::SignalRefused::REASON_TOO_FAST) return;
  emit_(WarningEvent{"too_fast", absl::StrCat("the server holds back what was sent to @", refused.user(),
                                              ": too much in a short time")});
}

void Chats::CheckKey(PrivateChat& chat, const LinkInfo& link) {
  const Contact& known = chat.contact();
  const std::string& spki = link.peer.key.spki();
  if (known.key_spki == spki) return;
  if (!known.key_spki.empty()) emit_(KeyEvent{known.user, known.verified});
  chat.SetKey(link.peer.identity.device, spki, false);
}

void Chats::OnLinkUp(const std::string& user) {
  PrivateChat* chat = FindChat(user);
  const LinkInfo* link = links_.Find(user);
  if (chat == nullptr || link == nullptr) return;
  if (chat->contact().consent != Consent::kNone) CheckKey(*chat, *link);
  if (chat->allowed()) {
    links_.Want(user, kReason);
    chat->SetAddresses(links_.AddressesOf(user));
  }
  chat->OnLinkUp(Via(*link), clock_.Now());
}

void Chats::OnLinkDown(const std::string& user) {
  PrivateChat* chat = FindChat(user);
  if (chat == nullptr) return;
  // Nothing waits: the next message dials. What waits keeps the wish alive.
  if (!chat->needs_link()) links_.Unwant(user, kReason);
  chat->OnLinkDown(clock_.Now());
}

void Chats::OnNoAddress(const std::string& user) {
  if (PrivateChat* chat = FindChat(user)) chat->OnNoAddress();
}

void Chats::OnWritable(const std::string& user) {
  if (PrivateChat* chat = FindChat(user)) chat->OnWritable(clock_.Now());
}

void Chats::OnFrame(const std::string& user, const peer::v1::Frame& frame) {
  switch (frame.kind_case()) {
    case peer::v1::Frame::kChatState:
      // Everybody says where they stand at link-up; only what asks for something makes a chat.
      if (FindChat(user) == nullptr && frame.chat_state().state() != peer::v1::ChatState::STATE_ASKING)
        return;
      [[fallthrough]];
    case peer::v1::Frame::kChatMessages:
    case peer::v1::Frame::kChatDelivered:
    case peer::v1::Frame::kChatRead:
    case peer::v1::Frame::kChatTyping:
      if (PrivateChat* chat = FindChat(user)) chat->OnFrame(frame, clock_.Now());
      return;
    default:
      return;
  }
}

// ---- what stands

bool Chats::IsWelcome(const std::string& user) const {
  const Contact* contact = Find(user);
  return contact != nullptr && !contact->blocked &&
         (contact->consent == Consent::kAccepted || contact->consent == Consent::kAsking);
}

const Contact* Chats::Find(const std::string& user) const {
  const auto found = chats_.find(user);
  return found == chats_.end() ? nullptr : &found->second->chat.contact();
}

std::vector<Contact> Chats::Contacts() const {
  std::vector<Contact> contacts;
  for (const auto& [user, entry] : chats_) contacts.push_back(entry->chat.contact());
  return contacts;
}

std::vector<OutboxEntry> Chats::Outbox() const {
  std::vector<OutboxEntry> all;
  for (const auto& [user, entry] : chats_) {
    for (OutboxEntry& message : entry->chat.Outbox()) all.push_back(std::move(message));
  }
  return all;
}

size_t Chats::outbox_size() const {
  size_t size = 0;
  for (const auto& [user, entry] : chats_) size += entry->chat.outbox_size();
  return size;
}

PresenceLists Chats::Lists() const {
  PresenceLists lists;
  for (const auto& [user, entry] : chats_) {
    const Contact& contact = entry->chat.contact();
    if (contact.blocked) {
      lists.block.insert(user);
      continue;
    }
    if (contact.consent == Consent::kAsking || contact.consent == Consent::kAccepted)
      lists.accept.insert(user);
    if (contact.consent != Consent::kNone) lists.watch.insert(user);
  }
  return lists;
}

}  // namespace parlor::client
