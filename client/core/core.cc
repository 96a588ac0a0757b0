// Life of the core: start, services coming and going, links, stop. Commands are in core_commands.cc and
// core_services.cc.
#include "client/core/core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/core/presence_words.h"
#include "client/core/status_code.h"
#include "client/link/link_words.h"

namespace parlor::client {
namespace {

constexpr char kLookup[] = "/parlor.presence.v1.Presence/Lookup";

// With JudgementClock's 50 s: strictly again within 60 s of the services' return (DESIGN §2).
constexpr absl::Duration kJudgeEvery = absl::Seconds(10);

// For what the person wrote last to be stored and sent; a disk that hangs does not hold up the end.
constexpr absl::Duration kLastWordsTime = absl::Milliseconds(700);
// For goodbyes to leave; Links and ServiceStream need at most 2 s.
constexpr absl::Duration kStopTime = absl::Milliseconds(2'100);
constexpr absl::Duration kQuietCheck = absl::Milliseconds(10);

}  // namespace

Core::Core(CoreParts parts, const Account& account, CoreOptions options)
    : parts_(Guarded(std::move(parts))),
      options_(options),
      loop_(*parts_.loop),
      clock_(*parts_.clock),
      trust_(*parts_.trust),
      self_{account.user, account.device},
      session_(loop_, *parts_.services, clock_, trust_, account, SessionHandlers()),
      presence_(loop_, *parts_.services, clock_, PresenceHandlers()),
      links_(
          loop_, *parts_.network, account.user,
          [this](const std::string& user, const std::string& introduction, auto done) {
            LookUp(user, introduction, std::move(done));
          },
          LinkHandlers()) {
  chats_ = std::make_unique<Chats>(loop_, clock_, *parts_.store, links_, presence_, parts_.emit, self_);
  rooms_ = std::make_unique<Rooms>(RoomWorld{
      .loop = loop_,
      .channel = *parts_.services,
      .clock = clock_,
      .store = *parts_.store,
      .links = links_,
      .trust = trust_,
      .token = [this](auto done) { session_.Token(std::move(done)); },
      .key = [this] { return session_.identity()->key; },
      .chain = [this] { return session_.account().chain_der; },
      .emit = parts_.emit,
      .self = self_,
      .patience = options_.patience,
      .overlay = options_.overlay,
  });
}

Core::~Core() = default;

CoreParts Core::Guarded(CoreParts parts) {
  parts.emit = [this, sink = std::move(parts.emit)](const Event& event) {
    ++emitting_;
    sink(event);
    --emitting_;
  };
  return parts;
}

// ---- start

absl::Status Core::Start() {
  PARLOR_ASSIGN_OR_RETURN(LinkIdentity identity, session_.identity());
  parts_.network->SetIdentity(std::move(identity));
  const auto accept = [this](std::unique_ptr<Link> link) { links_.Accept(std::move(link)); };
  const uint16_t wanted = options_.port != 0 ? options_.port : session_.account().port;
  absl::StatusOr<uint16_t> port = parts_.network->Listen(wanted, accept);
  // Last time's port is a wish; a port that the person named is an order.
  if (!port.ok() && options_.port == 0 && wanted != 0) port = parts_.network->Listen(0, accept);
  if (!port.ok()) return port.status();
  port_ = *port;
  session_.SetPort(port_);
  PublishAddresses();
  Load();
  return absl::OkStatus();
}

void Core::Load() {
  struct Loaded {
    std::vector<Contact> contacts;
    std::vector<Message> outbox;
    std::vector<RoomRecord> rooms;
  };
  const auto loaded = std::make_shared<Loaded>();
  parts_.store->Run(
      [loaded](Store& store) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(loaded->contacts, store.Contacts());
        PARLOR_ASSIGN_OR_RETURN(loaded->outbox, store.Outbox());
        PARLOR_ASSIGN_OR_RETURN(loaded->rooms, store.Rooms());
        return absl::OkStatus();
      },
      [weak = std::weak_ptr(alive_), loaded](const absl::Status& status) {
        const auto alive = weak.lock();
        if (!alive) return;
        Core& core = **alive;
        if (!status.ok()) {
          core.parts_.emit(
              ErrorEvent{"not_read", absl::StrCat("the history cannot be read: ", status.message()), {}, {}});
          return core.Stop("the history cannot be read");
        }
        core.OnLoaded(std::move(loaded->contacts), std::move(loaded->outbox), loaded->rooms);
      });
}

void Core::OnLoaded(std::vector<Contact> contacts, std::vector<Message> outbox,
                    const std::vector<RoomRecord>& rooms) {
  if (stopping_) return;
  ready_ = true;
  parts_.emit(ReadyEvent{self_.user, self_.device});
  chats_->Restore(std::move(contacts), std::move(outbox));
  presence_.Start(options_.takeover);
  session_.Upkeep();
  rooms_->Restore(rooms);
  JudgeLinks();
  for (Command& command : std::exchange(early_, {})) Execute(std::move(command));
}

void Core::PublishAddresses() {
  const std::vector<PeerAddress> addresses = parts_.network->LocalAddresses();
  links_.SetOwnAddresses(addresses, port_);
  std::vector<presence::v1::Address> wire;
  for (const PeerAddress& address : addresses) {
    presence::v1::Address& entry = wire.emplace_back();
    entry.set_ip(address.ip);
    entry.set_port(address.port);
  }
  presence_.SetAddresses(std::move(wire), port_);
}

// ---- the services come and go

Session::Handlers Core::SessionHandlers() {
  return {
      .save = parts_.save_account,
      .on_identity =
          [this](const LinkIdentity& identity) {
            parts_.network->SetIdentity(identity);
            rooms_->OnChain(identity.chain_der);
          },
      .on_logged_out =
          [this](const absl::Status& why) {
            parts_.emit(ErrorEvent{"logged_out",
                                   absl::StrCat("this device is not logged in any more (", why.message(),
                                                "); use `parlor login ", self_.user, "`"),
                                   {},
                                   {}});
          },
      .on_trouble =
          [this](const absl::Status& why) {
            if (absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why)) return;  // told as services down
            parts_.emit(WarningEvent{CodeName(why.code()), std::string(why.message())});
          },
  };
}

PresenceClient::Handlers Core::PresenceHandlers() {
  return {
      .token = [this](auto done) { session_.Token(std::move(done)); },
      .on_up = [this] { OnServicesUp(); },
      .on_down = [this](const absl::Status& why,
                        std::optional<absl::Duration> retry_in) { OnServicesDown(why, retry_in); },
      .on_presence =
          [this](const presence::v1::PersonPresence& person) {
            parts_.emit(ToEvent(person));
            const bool online = presence_.IsOnline(person.user());
            if (online) links_.RetryNow(person.user());
            chats_->OnPresence(person.user(), online);
          },
      .on_signal =
          [this](const presence::v1::Signal& signal) { chats_->OnSignal(signal.user(), signal.payload()); },
      .on_signal_refused =
          [this](const presence::v1::SignalRefused& refused) { chats_->OnSignalRefused(refused); },
      .on_typing =
          [this](const std::string& user) {
            parts_.emit(TypingEvent{absl::StrCat("@", user), user});
          },
      .on_revocations =
          [this](const std::string& revocations) {
            session_.OnRevocations(revocations);
            JudgeLinks();
          },
      .on_addresses =
          [this](const presence::v1::AddressesPublished& addresses) {
            for (const std::string& refused : addresses.refused()) {
              parts_.emit(WarningEvent{"address_refused", absl::StrCat("not told to others: ", refused)});
            }
          },
      .on_heard =
          [this] {
            session_.OnHeard();
            WarnOfClock();
          },
  };
}

void Core::WarnOfClock() {
  const absl::Duration offset = clock_.offset();
  if (clock_warned_ || absl::AbsDuration(offset) < kClockWarning) return;
  clock_warned_ = true;
  parts_.emit(WarningEvent{
      "clock", absl::StrCat("this machine's clock is ",
                            absl::FormatDuration(absl::Trunc(absl::AbsDuration(offset), absl::Seconds(1))),
                            offset > absl::ZeroDuration() ? " behind" : " ahead of",
                            " the server's; Parlor goes by the server's time")});
}

void Core::OnServicesUp() {
  services_up_ = announced_services_ = true;
  parts_.emit(ServicesEvent{true, {}, {}});
  session_.Upkeep();
  rooms_->RetryNow();
  chats_->OnServicesUp();
  links_.RetryAll();
  JudgeLinks();
  waiting_timer_.reset();
  for (auto& [command, until] : std::exchange(waiting_, {})) Dispatch(command);
}

void Core::OnServicesDown(const absl::Status& why, std::optional<absl::Duration> retry_in) {
  const bool changed = services_up_ || !announced_services_;
  services_up_ = false;
  announced_services_ = true;
  trust_.clock().Lost();
  if (absl::IsUnauthenticated(why)) session_.OnTokenRefused();
  // Told once for each outage, and whenever nothing is tried any more.
  if (!changed && retry_in.has_value()) return;
  parts_.emit(ServicesEvent{false, std::string(why.message()), retry_in});
  if (retry_in.has_value()) return;
  if (absl::IsAborted(why)) {
    StepAside();
    parts_.emit(
        ErrorEvent{"taken_over", "another of your devices took over; `takeover` takes it back", {}, {}});
  } else if (absl::IsAlreadyExists(why)) {
    parts_.emit(ErrorEvent{
        "already_online", "another of your devices is online; `takeover` takes its place", {}, {}});
  }
}

// ---- links

// Another device speaks for this person now: whoever was linked with this one finds that one instead.
// Everything is kept for the day when this device takes over again.
void Core::StepAside() {
  rooms_->StepAside();
  links_.StepAside();
}

Links::Handlers Core::LinkHandlers() {
  return {
      .opening = [this](const std::string& user) { return rooms_->Opening(user); },
      .on_no_link = [this](const std::string& user) { rooms_->OnNoLink(user); },
      .on_up = [this](const std::string& user) { OnLinkUp(user); },
      .on_down = [this](const std::string& user, const absl::Status& why) { OnLinkDown(user, why); },
      .on_frame =
          [this](const std::string& user, const peer::v1::Frame& frame) {
            chats_->OnFrame(user, frame);
            rooms_->OnFrame(user, frame);
          },
      .on_writable =
          [this](const std::string& user) {
            chats_->OnWritable(user);
            rooms_->OnWritable(user);
          },
      .on_no_address = [this](const std::string& user) { chats_->OnNoAddress(user); },
      .on_rtt =
          [this](const std::string& user) {
            if (const LinkInfo* link = links_.Find(user)) EmitLink(user, *link, true, absl::OkStatus());
          },
      .is_welcome =
          [this](const std::string& user) {
            const Contact* contact = chats_->Find(user);
            if (rooms_->WantsLink(user)) return true;
            return contact != nullptr && !contact->blocked && chats_->IsWelcome(user);
          },
      .on_round_trip = parts_.on_round_trip,
  };
}

void Core::EmitLink(const std::string& user, const LinkInfo& link, bool up, const absl::Status& why) {
  LinkEvent event;
  event.peer = user;
  event.up = up;
  event.transport = Word(link.transport);
  event.path = Word(link.path);
  event.address = ToString(link.remote);
  if (const auto rtt = links_.Rtt(user); up && rtt.has_value())
    event.rtt_ms = absl::ToDoubleMilliseconds(*rtt);
  event.reason = std::string(why.message());
  parts_.emit(event);
}

void Core::OnLinkUp(const std::string& user) {
  EmitLink(user, *links_.Find(user), true, absl::OkStatus());
  chats_->OnLinkUp(user);
  rooms_->OnLinkUp(user);
}

void Core::OnLinkDown(const std::string& user, const absl::Status& why) {
  LinkEvent event;
  event.peer = user;
  event.transport = "tcp";
  event.path = "direct";
  event.reason = std::string(why.message());
  parts_.emit(event);
  chats_->OnLinkDown(user);
  rooms_->OnLinkDown(user);
}

void Core::LookUp(const std::string& user, const std::string& introduction,
                  std::function<void(absl::StatusOr<std::vector<PeerAddress>>)> done) {
  if (!presence_.up()) {
    // Addresses of before are all there is; Links has them.
    return loop_.Post([done] { done(absl::UnavailableError("the services are away")); });
  }
  presence::v1::LookupRequest request;
  request.set_user(user);
  request.set_introduction(introduction);
  session_.Token(
      [this, request, done, weak = std::weak_ptr(alive_)](const absl::StatusOr<std::string>& token) {
        if (!weak.lock()) return;
        if (!token.ok()) return done(token.status());
        Keep([&](std::function<void()> ended) {
          return Call<presence::v1::LookupResponse>(
              *parts_.services, kLookup, request, *token,
              [done, ended](absl::StatusOr<presence::v1::LookupResponse> response) {
                ended();
                if (!response.ok()) return done(response.status());
                if (response->presence().status().availability() == presence::v1::AVAILABILITY_OFFLINE) {
                  return done(absl::FailedPreconditionError("they are offline"));
                }
                std::vector<PeerAddress> addresses;
                for (const presence::v1::Address& address : response->addresses()) {
                  absl::StatusOr<PeerAddress> parsed = MakePeerAddress(address.ip(), address.port());
                  if (parsed.ok()) addresses.push_back(*std::move(parsed));
                }
                done(std::move(addresses));
              });
        });
      });
}

// Whoever is not to be trusted any more is let go.
void Core::JudgeLinks() {
  judge_timer_ = loop_.After(kJudgeEvery, [this] {
    loop_.Post([weak = std::weak_ptr(alive_)] {
      if (const auto alive = weak.lock()) (*alive)->JudgeLinks();
    });
  });
  if (!ready_ || stopping_) return;
  for (const std::string& user : links_.linked()) {
    const LinkInfo* link = links_.Find(user);
    if (link == nullptr) continue;
    const absl::Status verdict = trust_.JudgeAgain(link->peer, clock_.Now());
    if (!verdict.ok()) links_.Close(user, peer::v1::Goodbye::REASON_REVOKED, verdict);
  }
}

CoreFigures Core::figures() const {
  CoreFigures figures;
  figures.services_up = services_up_;
  figures.rooms = rooms_->Names().size();
  figures.outbox = chats_->outbox_size();
  for (const std::string& user : links_.linked()) {
    if (const LinkInfo* link = links_.Find(user)) ++figures.links[{link->transport, link->path}];
  }
  return figures;
}

void Core::Keep(std::function<std::unique_ptr<PendingCall>(std::function<void()>)> start) {
  const uint64_t id = next_call_++;
  calls_[id] = start([this, id] {
    // The call that ends may not be destroyed inside its own callback.
    loop_.Post([this, id, weak = std::weak_ptr(alive_)] {
      if (weak.lock()) calls_.erase(id);
    });
  });
}

// ---- the end

void Core::Stop(const std::string& reason) {
  if (emitting_ > 0) {
    return loop_.Post([weak = std::weak_ptr(alive_), reason] {
      if (const auto alive = weak.lock()) (*alive)->Stop(reason);
    });
  }
  if (std::exchange(stopping_, true)) return;
  const auto go_on = [weak = std::weak_ptr(alive_), reason, loop = &loop_] {
    loop->Post([weak, reason] {
      if (const auto alive = weak.lock()) (*alive)->SayGoodbye(reason);
    });
  };
  stop_timer_ = loop_.After(kLastWordsTime, go_on);
  // Done after everything that waits to be stored, and posted after what that sends.
  parts_.store->Run([](Store&) { return absl::OkStatus(); }, [go_on](const absl::Status&) { go_on(); });
}

void Core::SayGoodbye(const std::string& reason) {
  if (std::exchange(saying_goodbye_, true)) return;
  rooms_->Shutdown();
  links_.Shutdown();
  presence_.Stop();
  waiting_.clear();
  AwaitQuiet(reason, loop_.Uptime() + kStopTime);
}

void Core::AwaitQuiet(const std::string& reason, absl::Duration deadline) {
  const bool quiet = links_.quiet() && presence_.quiet() && rooms_->quiet();
  if (!quiet && loop_.Uptime() < deadline) {
    stop_timer_ = loop_.After(kQuietCheck, [weak = std::weak_ptr(alive_), reason, deadline, loop = &loop_] {
      loop->Post([weak, reason, deadline] {
        if (const auto alive = weak.lock()) (*alive)->AwaitQuiet(reason, deadline);
      });
    });
    return;
  }
  stopped_ = true;
  parts_.emit(ClosedEvent{reason});
}

}  // namespace parlor::client
