// Commands that this machine answers by itself.
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/text/names.h"
#include "base/text/text.h"
#include "client/core/core.h"
#include "client/core/presence_words.h"
#include "client/core/status_code.h"
#include "client/store/message_words.h"

namespace parlor::client {
namespace {

constexpr int kDefaultHistory = 50;
constexpr int kMaxHistory = 1'000;
// Of the texts of one answer. As JSON they are at most six times as long, and pass to another process in one
// line (kMaxAnswerBytes).
constexpr size_t kMaxHistoryBytes = 2 << 20;
constexpr size_t kMaxStatusCharacters = 80;

const char* Name(Consent consent) {
  switch (consent) {
    case Consent::kNone:
      return "none";
    case Consent::kAsking:
      return "asking";
    case Consent::kAsked:
      return "asked";
    case Consent::kAccepted:
      return "accepted";
    case Consent::kDeclined:
      return "declined";
  }
  return "none";
}

// Names are the same however they were typed.
absl::Status Canonicalize(Command& command) {
  for (auto& [arg, value] : command.args) {
    const bool room = arg == "room" || (arg == "target" && value[0] == '#');
    const bool user = arg == "user" || (arg == "target" && value[0] == '@');
    if (!room && !user) continue;
    const std::string sigil = arg == "target" ? value.substr(0, 1) : std::string();
    const std::string bare = value.substr(sigil.size());
    absl::StatusOr<parlor::Name> name = room ? ParseRoomName(bare) : ParseUserName(bare);
    if (!name.ok()) return name.status();
    value = sigil + name->canonical;
  }
  return absl::OkStatus();
}

}  // namespace

const std::map<std::string, Core::Handler>& Core::Handlers() {
  static const auto& handlers = *new std::map<std::string, Handler>{
      {"join", &Core::DoJoin},         {"leave", &Core::DoLeave},
      {"create", &Core::DoCreate},     {"rooms", &Core::DoRooms},
      {"who", &Core::DoWho},           {"topic", &Core::DoTopic},
      {"invite", &Core::DoInvite},     {"kick", &Core::DoKick},
      {"ban", &Core::DoBan},           {"unban", &Core::DoUnban},
      {"role", &Core::DoRole},         {"hand", &Core::DoHand},
      {"close", &Core::DoClose},       {"send", &Core::DoSend},
      {"msg", &Core::DoMsg},           {"accept", &Core::DoAccept},
      {"decline", &Core::DoDecline},   {"withdraw", &Core::DoWithdraw},
      {"block", &Core::DoBlock},       {"unblock", &Core::DoUnblock},
      {"contacts", &Core::DoContacts}, {"find", &Core::DoFind},
      {"lookup", &Core::DoLookup},     {"status", &Core::DoStatus},
      {"typing", &Core::DoTyping},     {"history", &Core::DoHistory},
      {"read", &Core::DoRead},         {"outbox", &Core::DoOutbox},
      {"verify", &Core::DoVerify},     {"takeover", &Core::DoTakeover},
      {"devices", &Core::DoDevices},   {"revoke", &Core::DoRevoke},
      {"whoami", &Core::DoWhoami},     {"password", &Core::DoPassword},
      {"logout", &Core::DoLogout},     {"delete-account", &Core::DoDeleteAccount},
      {"doctor", &Core::DoDoctor},     {"quit", &Core::DoQuit},
  };
  return handlers;
}

void Core::Fail(const Command& command, const absl::Status& status) {
  parts_.emit(ErrorEvent{CodeName(status.code()), std::string(status.message()), command.name, command.ref});
}

void Core::Answer(const Command& command, const absl::Status& status) {
  if (!status.ok()) return Fail(command, status);
  parts_.emit(DoneEvent{command.name, command.ref});
}

void Core::Execute(Command command) {
  if (emitting_ > 0) {
    return loop_.Post([weak = std::weak_ptr(alive_), command = std::move(command)] {
      if (const auto alive = weak.lock()) (*alive)->Execute(command);
    });
  }
  absl::Status status = Normalize(command);
  if (status.ok()) status = Canonicalize(command);
  if (status.ok() && stopping_) status = absl::UnavailableError("this client is about to end");
  if (status.ok() && !ready_ && early_.size() >= options_.max_waiting) {
    status = absl::ResourceExhaustedError("too many commands wait for the history to be read");
  }
  if (!status.ok()) return Fail(command, status);
  if (!ready_) {
    early_.push_back(std::move(command));
    return;
  }
  if (services_up_ || !NeedsServices(command)) return Dispatch(command);
  WaitForServices(std::move(command));
}

bool Core::NeedsServices(const Command& command) const {
  if (command.name == "who") return command.Get("room").empty();
  // Who comes back to a room from a private chat is in it, and talks on there while the services are away.
  if (command.name == "join" && rooms_->Find(command.Get("room")) != nullptr) return false;
  return FindCommand(command.name)->needs_services;
}

void Core::Dispatch(const Command& command) {
  (this->*Handlers().at(command.name))(command);
}

void Core::WaitForServices(Command command) {
  if (waiting_.size() >= options_.max_waiting) {
    return Fail(command, absl::ResourceExhaustedError("too many commands wait for the services already"));
  }
  waiting_.emplace_back(std::move(command), loop_.Uptime() + options_.patience);
  if (waiting_timer_ != nullptr) return;
  waiting_timer_ = loop_.After(options_.patience, [this] {
    loop_.Post(
        [this, weak = std::weak_ptr(alive_), done = std::shared_ptr<Timer>(std::move(waiting_timer_))] {
          if (!weak.lock()) return;
          std::deque<std::pair<Command, absl::Duration>> rest;
          for (auto& [waited, until] : std::exchange(waiting_, {})) {
            if (loop_.Uptime() >= until) {
              Fail(waited, absl::UnavailableError("the services are away; try again later"));
            } else {
              rest.emplace_back(std::move(waited), until);
            }
          }
          // Those that came later get their full patience; at worst twice as long as the first.
          for (auto& [waited, until] : rest) WaitForServices(std::move(waited));
        });
  });
}

// ---- rooms

void Core::DoJoin(const Command& command) {
  rooms_->Join(command.Get("room"), command.Get("password"), command.Get("takeover") == "yes", command.name,
               command.ref);
}

void Core::DoLeave(const Command& command) {
  Answer(command, rooms_->Leave(command.Get("room")));
}

// ---- messages

void Core::DoSend(const Command& command) {
  const std::string& target = command.Get("target");
  const std::string name = target.substr(1);
  const absl::Status status = target[0] == '#' ? rooms_->Send(name, command.Get("text"), command.ref)
                                               : chats_->Send(name, command.Get("text"), command.ref);
  if (!status.ok()) Fail(command, status);
}

void Core::DoMsg(const Command& command) {
  if (command.Get("text").empty()) return Answer(command, absl::OkStatus());  // only a change of target
  const absl::Status status = chats_->Send(command.Get("user"), command.Get("text"), command.ref);
  if (!status.ok()) Fail(command, status);
}

void Core::DoAccept(const Command& command) {
  Answer(command, chats_->Accept(command.Get("user")));
}

void Core::DoDecline(const Command& command) {
  std::string note = command.Get("note");
  if (note.empty() && status_word_ == "busy") note = "busy";
  Answer(command, chats_->Decline(command.Get("user"), note));
}

void Core::DoWithdraw(const Command& command) {
  const std::string& target = command.Get("target");
  if (target[0] == '#') {
    return Fail(command, absl::FailedPreconditionError("what was said in a room cannot be taken back"));
  }
  Answer(command, chats_->Withdraw(target.substr(1), command.Get("id")));
}

void Core::DoBlock(const Command& command) {
  chats_->Block(command.Get("user"));
  if (!rooms_->IsMember(command.Get("user"))) {
    links_.Close(command.Get("user"), peer::v1::Goodbye::REASON_REFUSED, absl::OkStatus());
  }
  Answer(command, absl::OkStatus());
}

void Core::DoUnblock(const Command& command) {
  Answer(command, chats_->Unblock(command.Get("user")));
}

void Core::DoTyping(const Command& command) {
  const std::string& target = command.Get("target");
  if (target[0] == '#') {
    rooms_->Typing(target.substr(1));
  } else if (links_.Find(target.substr(1)) != nullptr) {
    chats_->Typing(target.substr(1));
  } else {
    presence_.SendTyping(target.substr(1));  // without services nobody is told, which harms nobody
  }
  Answer(command, absl::OkStatus());
}

void Core::DoRead(const Command& command) {
  const std::string& target = command.Get("target");
  if (target[0] == '#') return Answer(command, absl::OkStatus());  // rooms have no read marks
  Answer(command, chats_->Read(target.substr(1)));
}

void Core::DoOutbox(const Command& command) {
  parts_.emit(OutboxEvent{chats_->Outbox(), command.ref});
}

void Core::DoHistory(const Command& command) {
  const std::string target = command.Get("target");
  int limit = kDefaultHistory;
  if (!command.Get("limit").empty() && !absl::SimpleAtoi(command.Get("limit"), &limit))
    limit = kDefaultHistory;
  limit = std::clamp(limit, 1, kMaxHistory);
  std::optional<MessageId> before;
  if (!command.Get("before").empty()) {
    absl::StatusOr<MessageId> id = ParseMessageId(command.Get("before"));
    if (!id.ok()) return Fail(command, id.status());
    before = *std::move(id);
  }
  parts_.store->Query<Store::Page>(
      [target, limit, before](Store& store) -> absl::StatusOr<Store::Page> {
        if (target[0] == '@') return store.HistoryPage(target, limit, before, kMaxHistoryBytes);
        absl::StatusOr<std::vector<RoomRecord>> rooms = store.Rooms();
        if (!rooms.ok()) return rooms.status();
        for (const RoomRecord& room : *rooms) {
          if ("#" + room.name == target)
            return store.HistoryPage("#" + room.id, limit, before, kMaxHistoryBytes);
        }
        return absl::NotFoundError(absl::StrCat("you were never in ", target));
      },
      [this, weak = std::weak_ptr(alive_), command, target](absl::StatusOr<Store::Page> page) {
        if (!weak.lock()) return;
        if (!page.ok()) return Fail(command, page.status());
        HistoryEvent event;
        event.target = target;
        event.ref = command.ref;
        event.more = page->more;
        for (Message& message : page->messages) {
          HistoryEntry& entry = event.messages.emplace_back();
          entry.message.id = ToString(message.id);
          entry.message.target = target;
          entry.message.from = std::move(message.sender);
          entry.message.text = std::move(message.text);
          entry.message.time = message.time;
          entry.message.proof = Word(message.proof);
          entry.message.via = std::move(message.via);
          entry.message.history = true;
          entry.own = message.own;
          if (message.own) entry.mark = Word(message.mark);
        }
        parts_.emit(std::move(event));
      });
}

// ---- people

void Core::DoContacts(const Command& command) {
  ContactsEvent event;
  event.ref = command.ref;
  for (const Contact& contact : chats_->Contacts()) {
    if (contact.consent == Consent::kNone && !contact.blocked) continue;
    ContactInfo& info = event.contacts.emplace_back();
    info.user = contact.user;
    info.consent = Name(contact.consent);
    info.blocked = contact.blocked;
    info.verified = contact.verified;
    const presence::v1::PersonPresence* person = presence_.Find(contact.user);
    info.status = person == nullptr ? "offline" : Word(person->status().availability());
  }
  parts_.emit(std::move(event));
}

void Core::DoStatus(const Command& command) {
  if (CountCharacters(command.Get("text")) > kMaxStatusCharacters) {
    return Fail(command, absl::InvalidArgumentError(
                             absl::StrCat("a status has at most ", kMaxStatusCharacters, " characters")));
  }
  presence::v1::Status status;
  status.set_availability(FromWord(command.Get("status")));
  status.set_text(command.Get("text"));
  status_word_ = Word(status.availability());
  presence_.SetStatus(status);
  Answer(command, absl::OkStatus());
}

void Core::DoVerify(const Command& command) {
  const std::string& user = command.Get("user");
  if (!command.Get("answer").empty()) {
    return Answer(command, chats_->SetVerified(user, command.Get("answer") == "match"));
  }
  const LinkInfo* link = links_.Find(user);
  const Contact* contact = chats_->Find(user);
  const std::string spki = link != nullptr      ? link->peer.key.spki()
                           : contact != nullptr ? contact->key_spki
                                                : "";
  const absl::StatusOr<LinkIdentity> own = session_.identity();
  if (spki.empty() || !own.ok()) {
    return Fail(command, absl::FailedPreconditionError(absl::StrCat(
                             "no key of @", user, " is known yet: it comes with the first direct link")));
  }
  SafetyEvent event;
  event.user = user;
  event.number = SafetyNumber(self_.user, own->key.public_key().spki(), user, spki);
  event.verified = contact != nullptr && contact->verified && contact->key_spki == spki;
  event.ref = command.ref;
  parts_.emit(std::move(event));
}

// ---- this device

void Core::DoTakeover(const Command& command) {
  links_.Return();
  presence_.Start(true);
  Answer(command, absl::OkStatus());
}

void Core::DoWhoami(const Command& command) {
  parts_.emit(AccountEvent{self_.user, self_.device, session_.account().server, command.ref});
}

void Core::DoQuit(const Command& command) {
  Answer(command, absl::OkStatus());
  Stop("quit");
}

}  // namespace parlor::client
