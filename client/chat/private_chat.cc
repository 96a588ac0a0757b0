// Consent: asking, answering, blocking. Delivery is in private_chat_delivery.cc.
#include "client/chat/private_chat.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/text/text.h"

namespace parlor::client {
namespace {

constexpr size_t kMaxNoteCharacters = 80;

peer::v1::ChatState::State ToWire(Consent consent) {
  switch (consent) {
    case Consent::kAsking:
      return peer::v1::ChatState::STATE_ASKING;
    case Consent::kAccepted:
      return peer::v1::ChatState::STATE_ACCEPTED;
    case Consent::kNone:
    case Consent::kAsked:
    case Consent::kDeclined:
      return peer::v1::ChatState::STATE_NONE;
  }
  return peer::v1::ChatState::STATE_NONE;
}

// What others wrote is kept short: a longer note is the other side's fault, not a reason to lose the answer.
std::string Note(const std::string& note) {
  return CountCharacters(note) <= kMaxNoteCharacters ? note : std::string();
}

}  // namespace

PrivateChat::PrivateChat(ChatHost& host, std::string self, std::string device, uint64_t epoch,
                         Contact contact)
    : host_(host),
      self_(std::move(self)),
      device_(std::move(device)),
      epoch_(epoch),
      contact_(std::move(contact)) {}

void PrivateChat::SetConsent(Consent consent, absl::Time now) {
  if (contact_.consent != consent) {
    contact_.consent = consent;
    contact_.since = now;
  }
  host_.ContactChanged(contact_);
  if (consent == Consent::kAsking || consent == Consent::kAsked) host_.WakeAt(now + kRequestLifetime);
  SendState();
}

bool PrivateChat::SendState() {
  if (!linked_ || contact_.blocked) return true;  // said when that ends
  peer::v1::Frame frame;
  frame.mutable_chat_state()->set_state(ToWire(contact_.consent));
  return host_.SendFrame(frame);
}

void PrivateChat::SendSignalOf(Consent consent) {
  peer::v1::SignalPayload signal;
  if (consent == Consent::kAccepted) {
    signal.mutable_accept();
  } else {
    signal.mutable_request()->set_time_ms(absl::ToUnixMillis(contact_.since));
  }
  host_.SendSignal(signal);
}

void PrivateChat::Ask(absl::Time now) {
  SetConsent(Consent::kAsking, now);
  SendSignalOf(Consent::kAsking);
  host_.Emit(ChatEvent{contact_.user, "asking", {}});
}

absl::Status PrivateChat::Accept(absl::Time now) {
  if (contact_.consent == Consent::kAccepted) return absl::OkStatus();
  if (contact_.consent != Consent::kAsked) {
    return absl::FailedPreconditionError(absl::StrCat("@", contact_.user, " did not ask for a chat"));
  }
  SetConsent(Consent::kAccepted, now);
  SendSignalOf(Consent::kAccepted);
  host_.Emit(ChatEvent{contact_.user, "accepted", {}});
  if (needs_link()) host_.WantLink();
  Pump(now);
  return absl::OkStatus();
}

absl::Status PrivateChat::Decline(const std::string& note, absl::Time now) {
  if (contact_.consent != Consent::kAsked) {
    return absl::FailedPreconditionError(absl::StrCat("@", contact_.user, " did not ask for a chat"));
  }
  if (CountCharacters(note) > kMaxNoteCharacters) {
    return absl::InvalidArgumentError(absl::StrCat("a note has at most ", kMaxNoteCharacters, " characters"));
  }
  SetConsent(Consent::kNone, now);
  peer::v1::SignalPayload signal;
  signal.mutable_decline()->set_note(note);
  host_.SendSignal(signal);
  if (linked_) {
    peer::v1::Frame frame;
    frame.mutable_chat_state()->set_state(peer::v1::ChatState::STATE_DECLINED);
    frame.mutable_chat_state()->set_note(note);
    host_.SendFrame(frame);
  }
  return absl::OkStatus();
}

void PrivateChat::Block(absl::Time now) {
  contact_.blocked = true;
  SetConsent(Consent::kNone, now);
  host_.Emit(ChatEvent{contact_.user, "blocked", {}});
}

void PrivateChat::Unblock() {
  contact_.blocked = false;
  host_.ContactChanged(contact_);
  host_.Emit(ChatEvent{contact_.user, "unblocked", {}});
}

void PrivateChat::OnServicesUp() {
  if (contact_.consent == Consent::kAsking && !contact_.blocked) SendSignalOf(Consent::kAsking);
}

void PrivateChat::OnPresence(bool online, absl::Time now) {
  const bool came = online && !online_;
  online_ = online;
  if (!came || contact_.blocked) return;
  if (contact_.consent == Consent::kAsking) SendSignalOf(Consent::kAsking);
  if (needs_link()) host_.WantLink();
  Pump(now);
}

void PrivateChat::OnNoAddress() {
  if (needs_link()) SendSignalOf(Consent::kAsking);
}

void PrivateChat::OnSignal(const peer::v1::SignalPayload& signal, absl::Time now) {
  if (contact_.blocked) return;
  switch (signal.kind_case()) {
    case peer::v1::SignalPayload::kRequest:
      return OnRequest(absl::FromUnixMillis(signal.request().time_ms()), now);
    case peer::v1::SignalPayload::kAccept:
      return OnAccepted(now);
    case peer::v1::SignalPayload::kDecline:
      return OnDeclined(signal.decline().note(), now);
    case peer::v1::SignalPayload::kWithdraw:
      if (contact_.consent != Consent::kAsked) return;
      SetConsent(Consent::kNone, now);
      host_.Emit(ChatEvent{contact_.user, "withdrawn", {}});
      return;
    case peer::v1::SignalPayload::KIND_NOT_SET:
      return;
  }
}

void PrivateChat::OnRequest(absl::Time since, absl::Time now) {
  if (contact_.consent == Consent::kAccepted) {
    SendState();
    SendSignalOf(Consent::kAccepted);  // they lost our answer
  } else if (contact_.consent == Consent::kAsking) {
    SetConsent(Consent::kAccepted, now);  // both asked
    SendSignalOf(Consent::kAccepted);
    host_.Emit(ChatEvent{contact_.user, "accepted", {}});
    if (needs_link()) host_.WantLink();
  } else if (contact_.consent != Consent::kAsked) {
    SetConsent(Consent::kAsked, now);
    host_.Emit(RequestEvent{contact_.user, std::min(since, now)});
  }
}

void PrivateChat::OnAccepted(absl::Time now) {
  if (contact_.consent == Consent::kAccepted && needs_link())
    host_.RetryLink();  // their device knows of the chat now
  if (contact_.consent != Consent::kAsking) return;
  SetConsent(Consent::kAccepted, now);
  host_.Emit(ChatEvent{contact_.user, "accepted", {}});
  if (needs_link()) host_.WantLink();
  Pump(now);
}

void PrivateChat::OnDeclined(const std::string& note, absl::Time now) {
  if (contact_.consent != Consent::kAsking) return;
  SetConsent(Consent::kDeclined, now);
  host_.Emit(ChatEvent{contact_.user, "declined", Note(note)});
}

void PrivateChat::OnState(const peer::v1::ChatState& state, absl::Time now) {
  peer_accepts_ = state.state() == peer::v1::ChatState::STATE_ACCEPTED;
  switch (state.state()) {
    case peer::v1::ChatState::STATE_ASKING:
      return OnRequest(now, now);
    case peer::v1::ChatState::STATE_ACCEPTED:
      if (contact_.consent == Consent::kAsking) return OnAccepted(now);
      // They remember a chat that this side does not (a new machine, an unblocked contact): the person
      // decides.
      if (contact_.consent != Consent::kAccepted) return OnRequest(now, now);
      // Said again, it asks for everything that was not acknowledged: what was sent could not be stored
      // there.
      sent_on_link_ = 0;
      unacked_bytes_ = 0;
      Pump(now);
      SendReadMarks();
      return;
    case peer::v1::ChatState::STATE_DECLINED:
      return OnDeclined(state.note(), now);
    default:
      // This side remembers a chat that they do not: ask again as soon as there is something to say.
      if (contact_.consent == Consent::kAccepted && !outgoing_.empty()) Ask(now);
      return;
  }
}

void PrivateChat::OnLinkUp(const std::string& via, absl::Time now) {
  linked_ = true;
  peer_accepts_ = false;
  via_ = via;
  sent_on_link_ = 0;
  unacked_bytes_ = 0;
  SendState();
  Pump(now);
}

void PrivateChat::OnLinkDown(absl::Time) {
  linked_ = false;
  peer_accepts_ = false;
  sent_on_link_ = 0;
  unacked_bytes_ = 0;
  if (needs_link()) host_.WantLink();
}

void PrivateChat::OnFrame(const peer::v1::Frame& frame, absl::Time now) {
  if (contact_.blocked) return;
  switch (frame.kind_case()) {
    case peer::v1::Frame::kChatState:
      return OnState(frame.chat_state(), now);
    case peer::v1::Frame::kChatMessages:
      return OnMessages(frame.chat_messages(), now);
    case peer::v1::Frame::kChatDelivered:
      return OnDelivered(frame.chat_delivered(), now);
    case peer::v1::Frame::kChatRead:
      return OnRead(frame.chat_read());
    case peer::v1::Frame::kChatTyping:
      if (allowed()) host_.Emit(TypingEvent{conversation(), contact_.user});
      return;
    default:
      return;
  }
}

void PrivateChat::OnTimer(absl::Time now) {
  if (now >= store_sent_at_) StoreSentMarks();
  if (now >= ask_again_at_) AskAgain(now);
  // The server's clock may have been set back since this wake-up was asked for.
  const absl::Time next = std::min(store_sent_at_, ask_again_at_);
  if (next < absl::InfiniteFuture()) host_.WakeAt(next);
  const bool waits = contact_.consent == Consent::kAsking || contact_.consent == Consent::kAsked;
  if (!waits) return;
  if (now - contact_.since < kRequestLifetime) return host_.WakeAt(contact_.since + kRequestLifetime);
  SetConsent(Consent::kNone, now);
  host_.Emit(ChatEvent{contact_.user, "expired", {}});
}

void PrivateChat::Typing() {
  if (!linked_ || !allowed()) return;
  peer::v1::Frame frame;
  frame.mutable_chat_typing();
  host_.SendFrame(frame);
}

void PrivateChat::SetKey(const std::string& device, const std::string& spki, bool verified) {
  contact_.device = device;
  contact_.key_spki = spki;
  contact_.verified = verified;
  host_.ContactChanged(contact_);
}

void PrivateChat::SetAddresses(std::vector<PeerAddress> addresses) {
  if (contact_.addresses == addresses) return;
  contact_.addresses = std::move(addresses);
  host_.ContactChanged(contact_);
}

bool PrivateChat::needs_link() const {
  return allowed() && !outgoing_.empty();
}

}  // namespace parlor::client
