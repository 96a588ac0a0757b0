#include "client/core/presence_client.h"

#include <algorithm>
#include <utility>

namespace parlor::client {
namespace {

constexpr char kConnect[] = "/parlor.presence.v1.Presence/Connect";
constexpr size_t kMaxOfAList = 1'000;  // what presence takes of each list

// A server that asks for more than ten a second is not believed.
absl::Duration HeartbeatOf(int64_t milliseconds) {
  return absl::Milliseconds(std::max<int64_t>(milliseconds, 100));
}

// Only what fits: the first by name, which is as good as any order.
template <typename Field>
void Fill(const std::set<std::string>& names, Field* field) {
  for (const std::string& name : names) {
    if (static_cast<size_t>(field->size()) >= kMaxOfAList) return;
    *field->Add() = name;
  }
}

presence::v1::ListChange Difference(const std::set<std::string>& before, const std::set<std::string>& after) {
  presence::v1::ListChange change;
  for (const std::string& name : after) {
    if (!before.contains(name)) change.add_add(name);
  }
  for (const std::string& name : before) {
    if (!after.contains(name)) change.add_remove(name);
  }
  return change;
}

bool IsEmpty(const presence::v1::ListChange& change) {
  return change.add().empty() && change.remove().empty();
}

}  // namespace

PresenceClient::PresenceClient(Loop& loop, RpcChannel& channel, ServerClock& clock, Handlers handlers)
    : loop_(loop),
      clock_(clock),
      handlers_(std::move(handlers)),
      stream_(loop, channel, kConnect,
              {.token = [this](auto done) { handlers_.token(std::move(done)); },
               .first_frame = [this] { return FirstFrame(); },
               .heartbeat = [this] { return Heartbeat(); },
               .on_frame = [this](const std::string& bytes) { OnFrame(bytes); },
               .on_lost = [this](const absl::Status& why) { return OnLost(why); },
               .on_retry = [this](absl::Duration delay) { handlers_.on_down(lost_why_, delay); }}) {
  status_.set_availability(presence::v1::AVAILABILITY_ONLINE);
}

void PresenceClient::SetAddresses(std::vector<presence::v1::Address> addresses, uint16_t listen_port) {
  addresses_ = std::move(addresses);
  listen_port_ = listen_port;
  presence::v1::ConnectRequest frame;
  for (const presence::v1::Address& address : addresses_)
    *frame.mutable_addresses()->add_addresses() = address;
  frame.mutable_addresses()->set_listen_port(listen_port_);
  stream_.Send(frame);
}

void PresenceClient::SetLists(PresenceLists lists) {
  lists_ = std::move(lists);
  std::erase_if(people_, [&](const auto& entry) { return !lists_.watch.contains(entry.first); });
  TellLists();
}

void PresenceClient::TellLists() {
  if (!stream_.established()) return;
  presence::v1::ConnectRequest watch, accept, block;
  *watch.mutable_watch() = Difference(told_.watch, lists_.watch);
  *accept.mutable_accept() = Difference(told_.accept, lists_.accept);
  *block.mutable_block() = Difference(told_.block, lists_.block);
  told_ = lists_;
  if (!IsEmpty(block.block())) stream_.Send(block);
  if (!IsEmpty(accept.accept())) stream_.Send(accept);
  if (!IsEmpty(watch.watch())) stream_.Send(watch);
}

void PresenceClient::SetStatus(const presence::v1::Status& status) {
  status_ = status;
  presence::v1::ConnectRequest frame;
  *frame.mutable_status() = status_;
  stream_.Send(frame);
}

void PresenceClient::Start(bool takeover) {
  takeover_ = takeover;
  stream_.Start();
}

void PresenceClient::Stop() {
  presence::v1::ConnectRequest frame;
  frame.mutable_goodbye();
  stream_.Stop(frame.SerializeAsString());
}

bool PresenceClient::SendSignal(const std::string& user, const std::string& payload) {
  presence::v1::ConnectRequest frame;
  frame.mutable_signal()->set_user(user);
  frame.mutable_signal()->set_payload(payload);
  return stream_.Send(frame);
}

bool PresenceClient::SendTyping(const std::string& user) {
  presence::v1::ConnectRequest frame;
  frame.mutable_typing()->set_to(user);
  return stream_.Send(frame);
}

const presence::v1::PersonPresence* PresenceClient::Find(const std::string& user) const {
  const auto found = people_.find(user);
  return found == people_.end() ? nullptr : &found->second;
}

bool PresenceClient::IsOnline(const std::string& user) const {
  const presence::v1::PersonPresence* person = Find(user);
  if (person == nullptr) return false;
  const presence::v1::Availability availability = person->status().availability();
  return availability != presence::v1::AVAILABILITY_OFFLINE &&
         availability != presence::v1::AVAILABILITY_UNSPECIFIED;
}

std::string PresenceClient::FirstFrame() {
  opened_at_ = loop_.Uptime();
  presence::v1::ConnectRequest frame;
  presence::v1::Hello& hello = *frame.mutable_hello();
  *hello.mutable_status() = status_;
  for (const presence::v1::Address& address : addresses_) *hello.add_addresses() = address;
  hello.set_listen_port(listen_port_);
  Fill(lists_.watch, hello.mutable_watch());
  Fill(lists_.accept, hello.mutable_accept());
  Fill(lists_.block, hello.mutable_block());
  hello.set_takeover(takeover_);
  told_ = lists_;
  return frame.SerializeAsString();
}

std::string PresenceClient::Heartbeat() const {
  presence::v1::ConnectRequest frame;
  // Comes back as it is: the round trip is measured on the clock that never jumps.
  frame.mutable_heartbeat()->set_client_time_ms(absl::ToInt64Milliseconds(loop_.Uptime() - opened_at_));
  return frame.SerializeAsString();
}

void PresenceClient::OnFrame(const std::string& bytes) {
  presence::v1::ConnectResponse frame;
  if (!frame.ParseFromString(bytes)) return;  // of a newer server: what this version knows is unharmed
  using Frame = presence::v1::ConnectResponse;
  switch (frame.frame_case()) {
    case Frame::kWelcome:
      return OnWelcome(frame.welcome());
    case Frame::kHeartbeat:
      return OnHeartbeat(frame.heartbeat());
    case Frame::kPresence:
      return OnPresence(frame.presence());
    case Frame::kTyping:
      return handlers_.on_typing(frame.typing().to());
    case Frame::kSignal:
      return handlers_.on_signal(frame.signal());
    case Frame::kSignalRefused:
      return handlers_.on_signal_refused(frame.signal_refused());
    case Frame::kRevocations:
      return handlers_.on_revocations(frame.revocations().revocations());
    case Frame::kGoodbye:
      lost_why_ = absl::UnavailableError("the server goes down and asks to come back");
      return stream_.Reconnect(absl::Milliseconds(frame.goodbye().retry_after_ms()));
    case Frame::kTokenEnds:
      return OnTokenEnds();
    case Frame::kAddresses:
      return handlers_.on_addresses(frame.addresses());
    case Frame::FRAME_NOT_SET:
      return;
  }
}

void PresenceClient::OnWelcome(const presence::v1::Welcome& welcome) {
  takeover_ = false;
  clock_.Heard(absl::FromUnixMillis(welcome.server_time_ms()), loop_.Uptime() - opened_at_);
  stream_.Established({.heartbeat = HeartbeatOf(welcome.heartbeat_ms()),
                       .answers = absl::Milliseconds(static_cast<double>(welcome.answer_ms()))});
  TellLists();  // what changed since the first frame
  handlers_.on_heard();
  if (!welcome.revocations().empty()) handlers_.on_revocations(welcome.revocations());
  handlers_.on_addresses(welcome.addresses());
  handlers_.on_up();
  // Whoever is not in the list went offline meanwhile.
  std::map<std::string, presence::v1::PersonPresence> gone = people_;
  for (const presence::v1::PersonPresence& person : welcome.people()) {
    gone.erase(person.user());
    OnPresence(person);
  }
  for (auto& [user, person] : gone) {
    person.mutable_status()->set_availability(presence::v1::AVAILABILITY_OFFLINE);
    person.set_since_ms(absl::ToUnixMillis(clock_.Now()));
    OnPresence(person);
  }
}

void PresenceClient::OnHeartbeat(const presence::v1::HeartbeatAnswer& answer) {
  const absl::Duration sent = opened_at_ + absl::Milliseconds(answer.client_time_ms());
  clock_.Heard(absl::FromUnixMillis(answer.server_time_ms()),
               std::max(loop_.Uptime() - sent, absl::ZeroDuration()));
  if (answer.heartbeat_ms() > 0) stream_.SetHeartbeat(HeartbeatOf(answer.heartbeat_ms()));
  handlers_.on_heard();
}

void PresenceClient::OnPresence(const presence::v1::PersonPresence& person) {
  if (!lists_.watch.contains(person.user())) return;
  people_[person.user()] = person;
  handlers_.on_presence(person);
}

void PresenceClient::OnTokenEnds() {
  handlers_.token([this](const absl::StatusOr<std::string>& token) {
    if (!token.ok()) return;  // the stream is going to be closed, and its end says why
    presence::v1::ConnectRequest frame;
    frame.mutable_renew_token()->set_access_token(*token);
    stream_.Send(frame);
  });
}

ServiceStream::Next PresenceClient::OnLost(const absl::Status& why) {
  lost_why_ = why;
  switch (why.code()) {
    case absl::StatusCode::kAborted:  // taken over: back only when the person asks
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kInvalidArgument:
      handlers_.on_down(why, std::nullopt);
      return ServiceStream::Next::kStop;
    case absl::StatusCode::kUnauthenticated:
      return ServiceStream::Next::kRetrySlow;
    default:
      return ServiceStream::Next::kRetry;
  }
}

}  // namespace parlor::client
