#include "services/presence/presence_hub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "services/presence/address_policy.h"

namespace parlor::presence {
namespace {

using Frame = std::shared_ptr<const v1::ConnectResponse>;

Frame PresenceFrame(v1::PersonPresence presence) {
  auto frame = std::make_shared<v1::ConnectResponse>();
  *frame->mutable_presence() = std::move(presence);
  return frame;
}

v1::Availability AvailabilityOf(const PersonPtr& person) {
  return person == nullptr ? v1::AVAILABILITY_OFFLINE : Visible(*person).status().availability();
}

bool LooksTheSame(const Person& a, const Person& b) {
  const v1::PersonPresence x = Visible(a), y = Visible(b);
  return x.status().availability() == y.status().availability() && x.status().text() == y.status().text() &&
         x.since_ms() == y.since_ms();
}

v1::AddressesPublished ToMessage(PublishedAddresses published) {
  v1::AddressesPublished message;
  for (PeerAddress& address : published.addresses) {
    v1::Address& told = *message.add_addresses();
    told.set_ip(std::move(address.ip));
    told.set_port(address.port);
  }
  for (std::string& refused : published.refused) message.add_refused(std::move(refused));
  return message;
}

}  // namespace

PresenceHub::PresenceHub(const PresenceLimits& limits, live::Directory* directory, Roster* roster,
                         HubEvents* events)
    : limits_(limits),
      directory_(directory),
      roster_(roster),
      events_(events),
      signals_(limits.signals),
      signals_to_one_(limits.signals_to_one),
      typing_(limits.typing) {
  directory_->Observe([this](const live::Change& change) { OnChange(change); });
  directory_->ReadLetters([this](absl::string_view letter) { OnLetter(letter); });
}

// ---- coming and going

absl::Status PresenceHub::Connect(Arrival arrival, const v1::Hello& hello, std::shared_ptr<Listener> listener,
                                  absl::Time now) {
  v1::Welcome welcome;
  PARLOR_ASSIGN_OR_RETURN(SessionPtr session, MakeSession(std::move(arrival), hello, listener,
                                                          *welcome.mutable_addresses(), now));
  welcome.set_session(session->id);
  welcome.set_observed_ip(session->ip);
  live::SeatClaim claim{.user = session->user,
                        .device = session->device,
                        .session = session->id,
                        .details = Encode(session->profile),
                        .takeover = hello.takeover()};
  auto on_ended = [weak = session->listener](live::Ended why, absl::string_view) {
    if (const auto still_there = weak.lock()) still_there->OnEvicted(why);
  };
  directory_->Claim(std::move(claim), std::move(on_ended), now,
                    [this, session = std::move(session), welcome = std::move(welcome),
                     now](const absl::StatusOr<live::ClaimAnswer>& answer) mutable {
                      OnClaimed(session, std::move(welcome), answer.status(), now);
                    });
  return absl::OkStatus();
}

absl::StatusOr<PresenceHub::SessionPtr> PresenceHub::MakeSession(Arrival arrival, const v1::Hello& hello,
                                                                 const std::shared_ptr<Listener>& listener,
                                                                 v1::AddressesPublished& published,
                                                                 absl::Time now) const {
  auto session = std::make_shared<Session>();
  session->id = std::move(arrival.session);
  session->user = std::move(arrival.user);
  session->device = std::move(arrival.device);
  session->ip = std::move(arrival.ip);
  session->listener = listener;
  Profile& profile = session->profile;
  // A device that comes back as it was has not become online just now.
  const PersonPtr before = roster_->Find(session->user);
  if (before != nullptr && before->device == session->device) {
    profile.availability = before->profile.availability;
    profile.since = before->profile.since;
  }
  PARLOR_RETURN_IF_ERROR(presence::SetStatus(hello.status(), limits_.status_characters, now, profile));
  PARLOR_ASSIGN_OR_RETURN(session->watch, NameList::From(hello.watch(), limits_.list_entries));
  PARLOR_ASSIGN_OR_RETURN(profile.accept, NameList::From(hello.accept(), limits_.list_entries));
  PARLOR_ASSIGN_OR_RETURN(profile.block, NameList::From(hello.block(), limits_.list_entries));
  profile.observed_ip = session->ip;
  PublishedAddresses judged =
      JudgeAddresses(hello.addresses(), hello.listen_port(), session->ip, limits_.addresses);
  profile.addresses = judged.addresses;
  published = ToMessage(std::move(judged));
  return session;
}

// Runs in the directory's sequence of changes, so that no change falls between the snapshot in the welcome
// and the frames that follow it.
void PresenceHub::OnClaimed(const SessionPtr& session, v1::Welcome welcome, const absl::Status& answer,
                            absl::Time now) {
  const std::shared_ptr<Listener> listener = session->listener.lock();
  if (!answer.ok()) {
    if (listener == nullptr) return;
    const bool full = answer.code() == absl::StatusCode::kResourceExhausted;
    return listener->OnRefused(full ? absl::UnavailableError(answer.message()) : answer);
  }
  {
    absl::MutexLock lock(&mutex_);
    sessions_.emplace(session->id, session);
    for (const std::string& name : session->watch.names()) watchers_.Add(name, session.get());
  }
  for (const std::string& name : session->watch.names()) {
    const PersonPtr person = roster_->Find(name);
    if (person != nullptr && Sees(session->user, *person)) *welcome.add_people() = Visible(*person);
  }
  if (listener == nullptr || !listener->OnWelcome(std::move(welcome))) {
    Disconnect(session->id, Farewell::kLost, now);
  }
}

void PresenceHub::Disconnect(const std::string& session, Farewell farewell, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return;
    for (const std::string& name : found->second->watch.names()) {
      watchers_.Remove(name, found->second.get());
    }
    sessions_.erase(found);
  }
  if (farewell == Farewell::kGoodbye) {
    directory_->Release(session, now);
  } else {
    directory_->Lose(session, now);
  }
}

// ---- what a session says of itself

absl::Status PresenceHub::SetStatus(const std::string& session, const v1::Status& status, absl::Time now) {
  return EditProfile(session, now, [&](Session&, Profile& profile) {
    return presence::SetStatus(status, limits_.status_characters, now, profile);
  });
}

absl::Status PresenceHub::ChangeAccept(const std::string& session, const v1::ListChange& change,
                                       absl::Time now) {
  return EditProfile(session, now, [&](Session&, Profile& profile) {
    return profile.accept.Apply(change, limits_.list_entries);
  });
}

absl::Status PresenceHub::ChangeBlock(const std::string& session, const v1::ListChange& change,
                                      absl::Time now) {
  return EditProfile(session, now, [&](Session&, Profile& profile) {
    return profile.block.Apply(change, limits_.list_entries);
  });
}

v1::AddressesPublished PresenceHub::SetAddresses(const std::string& session, const v1::Addresses& addresses,
                                                 absl::Time now) {
  PublishedAddresses judged;
  EditProfile(session, now, [&](Session& of, Profile& profile) {
    judged = JudgeAddresses(addresses.addresses(), addresses.listen_port(), of.ip, limits_.addresses);
    profile.addresses = judged.addresses;
    return absl::OkStatus();
  }).IgnoreError();  // judging addresses cannot fail
  return ToMessage(std::move(judged));
}

absl::Status PresenceHub::EditProfile(const std::string& session, absl::Time now,
                                      absl::FunctionRef<absl::Status(Session&, Profile&)> edit) {
  std::string details;
  {
    absl::MutexLock lock(&mutex_);
    const SessionPtr found = FindSession(session);
    if (found == nullptr) return absl::OkStatus();
    Profile changed = found->profile;
    PARLOR_RETURN_IF_ERROR(edit(*found, changed));
    if (changed == found->profile) return absl::OkStatus();
    details = Encode(changed);
    found->profile = std::move(changed);
  }
  directory_->Update(session, std::move(details), now);
  return absl::OkStatus();
}

absl::Status PresenceHub::ChangeWatch(const std::string& session, const v1::ListChange& change) {
  SessionPtr found;
  NameList before;
  {
    absl::MutexLock lock(&mutex_);
    found = FindSession(session);
    if (found == nullptr) return absl::OkStatus();
    before = found->watch;
    PARLOR_RETURN_IF_ERROR(found->watch.Apply(change, limits_.list_entries));
    for (const std::string& name : before.names()) watchers_.Remove(name, found.get());
    for (const std::string& name : found->watch.names()) watchers_.Add(name, found.get());
  }
  // In the sequence of changes: what it tells is never older than what was told before.
  directory_->InSequence([this, found, before = std::move(before)] {
    const std::shared_ptr<Listener> listener = found->listener.lock();
    if (listener == nullptr) return;
    std::vector<std::string> names;
    {
      absl::MutexLock lock(&mutex_);
      names = found->watch.names();
    }
    for (const std::string& name : names) {
      if (before.Contains(name)) continue;
      const PersonPtr person = roster_->Find(name);
      if (person != nullptr && Sees(found->user, *person)) listener->Deliver(PresenceFrame(Visible(*person)));
    }
  });
  return absl::OkStatus();
}

// ---- from one to another

void PresenceHub::PassTyping(const std::string& session, const v1::Typing& typing, absl::Time now) {
  const absl::StatusOr<std::string> to = CanonicalUser(typing.to());
  const PersonPtr person = to.ok() ? roster_->Find(*to) : nullptr;
  Letter letter;
  {
    absl::MutexLock lock(&mutex_);
    const SessionPtr sender = FindSession(session);
    if (sender == nullptr || person == nullptr || !Sees(sender->user, *person)) return;
    if (typing_.Take(sender->user, now) > absl::ZeroDuration()) return;
    letter.from = sender->user;
  }
  letter.frame.mutable_typing()->set_to(letter.from);
  PassOn(*person, std::move(letter));
}

v1::SignalRefused::Reason PresenceHub::PassSignal(const std::string& session, const v1::Signal& signal,
                                                  absl::Time now) {
  if (signal.payload().size() > limits_.signal_bytes) return v1::SignalRefused::REASON_TOO_LARGE;
  const absl::StatusOr<std::string> to = CanonicalUser(signal.user());
  if (!to.ok()) return v1::SignalRefused::REASON_OFFLINE;  // nobody of that name ever comes online
  const PersonPtr person = roster_->Find(*to);
  Letter letter;
  {
    absl::MutexLock lock(&mutex_);
    const SessionPtr sender = FindSession(session);
    if (sender == nullptr) return v1::SignalRefused::REASON_OFFLINE;
    // No name holds a space, so that no two pairs share a key.
    if (signals_to_one_.Take(absl::StrCat(sender->user, " ", *to), now) > absl::ZeroDuration() ||
        signals_.Take(sender->user, now) > absl::ZeroDuration()) {
      return v1::SignalRefused::REASON_TOO_FAST;
    }
    letter.from = sender->user;
    letter.frame.mutable_signal()->set_user(sender->user);
    letter.frame.mutable_signal()->set_device(sender->device);
    letter.frame.mutable_signal()->set_payload(signal.payload());
  }
  if (person == nullptr || !Sees(letter.from, *person)) return v1::SignalRefused::REASON_OFFLINE;
  return PassOn(*person, std::move(letter)) ? v1::SignalRefused::REASON_UNSPECIFIED
                                            : v1::SignalRefused::REASON_OFFLINE;
}

// To the session itself, or to the process that holds it.
bool PresenceHub::PassOn(const Person& person, Letter letter) {
  letter.session = person.session;
  if (DeliverLetter(letter)) return true;
  const bool elsewhere = !person.replica.empty() && person.state == live::SeatState::kPresent;
  return elsewhere && directory_->Send(person.replica, EncodeLetter(letter));
}

bool PresenceHub::DeliverLetter(const Letter& letter) const {
  std::shared_ptr<Listener> listener;
  {
    absl::MutexLock lock(&mutex_);
    const SessionPtr target = FindSession(letter.session);
    if (target == nullptr) return false;
    const bool welcome = !letter.frame.has_typing() || watchers_.Has(letter.from, target.get()) ||
                         target->profile.accept.Contains(letter.from);
    if (welcome) listener = target->listener.lock();
  }
  if (listener == nullptr) return false;
  listener->Deliver(std::make_shared<const v1::ConnectResponse>(letter.frame));
  return true;
}

void PresenceHub::OnLetter(absl::string_view text) const {
  // For a session that has ended meanwhile it is lost, as a signal to somebody who goes offline is.
  if (const std::optional<Letter> letter = DecodeLetter(text)) DeliverLetter(*letter);
}

// ---- changes of the directory

void PresenceHub::OnChange(const live::Change& change) {
  const PersonPtr after = ReadPerson(change);
  const PersonPtr before = roster_->Exchange(change.seat.user, after);
  // Each by the one process that made it, so that the sum over all of them is right.
  if (change.here && AvailabilityOf(before) != AvailabilityOf(after)) {
    events_->OnTransition(AvailabilityOf(after));
  }
  FanOut(change, before, after);
}

PersonPtr PresenceHub::ReadPerson(const live::Change& change) const {
  if (change.kind == live::ChangeKind::kLeft) return nullptr;
  absl::StatusOr<Person> person = PersonOf(change.seat);
  if (person.ok()) return std::make_shared<const Person>(*std::move(person));
  events_->OnUnreadable(person.status());
  return nullptr;
}

// Each watcher is told what changed in their own eyes: somebody blocked or unblocked sees a person go or
// come.
void PresenceHub::FanOut(const live::Change& change, const PersonPtr& before, const PersonPtr& after) {
  const std::vector<Watcher> watchers = WatchersOf(change.seat.user);
  if (watchers.empty()) return;
  const bool same = before != nullptr && after != nullptr && LooksTheSame(*before, *after);
  const Frame visible = after == nullptr ? nullptr : PresenceFrame(Visible(*after));
  const Frame offline = PresenceFrame(Offline(change.seat.user, change.at));
  for (const Watcher& watcher : watchers) {
    const bool saw = before != nullptr && Sees(watcher.user, *before);
    const bool sees = after != nullptr && Sees(watcher.user, *after);
    if (sees ? saw && same : !saw) continue;
    const std::shared_ptr<Listener> listener = watcher.listener.lock();
    if (listener != nullptr) listener->Deliver(sees ? visible : offline);
  }
  events_->OnFanout(change.at);
}

std::vector<PresenceHub::Watcher> PresenceHub::WatchersOf(absl::string_view user) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Watcher> watchers;
  for (const Session* session : watchers_.WatchersOf(user)) {
    watchers.push_back({session->user, session->listener});
  }
  return watchers;
}

PresenceHub::SessionPtr PresenceHub::FindSession(absl::string_view id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

}  // namespace parlor::presence
