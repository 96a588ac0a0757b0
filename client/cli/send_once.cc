#include "client/cli/send_once.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_code.h"

namespace parlor::client {
namespace {

constexpr char kSendRef[] = "send-once";

// What a room says while nobody else is in it (client/room).
constexpr char kAlone[] = "alone";

// For the answer to a last question, which needs nobody but this machine.
constexpr absl::Duration kLastQuestion = absl::Seconds(2);

}  // namespace

SendOnce::SendOnce(Loop& loop, TaskHost host, std::string target, std::string text, absl::Duration patience,
                   absl::Duration wait)
    : loop_(loop),
      host_(std::move(host)),
      target_(std::move(target)),
      text_(std::move(text)),
      wait_for_delivery_(wait),
      services_(loop, true, patience, [this](const std::string& why_not) { OnServices(why_not); }) {}

void SendOnce::OnServices(const std::string& why_not) {
  // Without services a private message still goes over a link that is there, or waits in the outbox; a room
  // may be entered already.
  if (!why_not.empty() && to_room()) return Send();
  to_room() ? Join() : Send();
}

void SendOnce::Join() {
  Ask("join", "room", target_.substr(1));
}

void SendOnce::Send() {
  Command command;
  command.name = "send";
  command.args = {{"target", target_}, {"text", text_}};
  command.ref = kSendRef;
  timer_ = loop_.After(wait_for_delivery_, [this] { OnWaitOver(); });
  sent_ = true;
  host_.execute(std::move(command));
}

void SendOnce::Ask(const char* name, const char* arg, const std::string& value) {
  Command command;
  command.name = name;
  if (arg != nullptr) command.args[arg] = value;
  command.ref = kSendRef;
  host_.execute(std::move(command));
}

void SendOnce::OnEvent(const Event& event) {
  if (finished_) return;
  if (const auto* error = std::get_if<ErrorEvent>(&event); error != nullptr && error->ref == kSendRef) {
    return OnError(*error);
  }
  if (const auto* done = std::get_if<DoneEvent>(&event); done != nullptr && done->ref == kSendRef) {
    if (!sent_) Send();
    return;
  }
  if (const auto* delivery = std::get_if<DeliveryEvent>(&event);
      delivery != nullptr && delivery->ref == kSendRef) {
    return OnDelivery(*delivery);
  }
  if (const auto* who = std::get_if<WhoEvent>(&event); who != nullptr && who->ref == kSendRef)
    return OnWho(*who);
  if (const auto* outbox = std::get_if<OutboxEvent>(&event); outbox != nullptr && outbox->ref == kSendRef) {
    return OnOutbox(*outbox);
  }
  if (const auto* chat = std::get_if<ChatEvent>(&event);
      chat != nullptr && sent_ && target_ == absl::StrCat("@", chat->user) && chat->change == "declined") {
    last_.mark = "queued";
    last_.reason = chat->note.empty() ? absl::StrCat(target_, " declined")
                                      : absl::StrCat(target_, " declined: ", chat->note);
    return FinishQueued();
  }
  if (std::holds_alternative<ClosedEvent>(event)) {
    host_.show(ErrorEvent{
        "aborted", "ended before the message was delivered; it may wait in the outbox", "send", {}});
    return Finish(kExitError);
  }
  services_.OnEvent(event);
}

void SendOnce::OnError(const ErrorEvent& error) {
  // The members or the outbox could not be asked: what is known has to do.
  if (error.command == "who") return;
  if (error.command == "outbox") return FinishQueued();
  host_.show(error);
  Finish(kExitError);
}

void SendOnce::OnDelivery(const DeliveryEvent& delivery) {
  last_ = delivery;
  if (to_room() && delivery.mark == "queued" && delivery.reason == kAlone) {
    host_.show(delivery);
    return Finish(kExitAlone);
  }
  if (delivery.mark != "delivered" && delivery.mark != "read") {
    if (delivery.mark == "sent") host_.show(delivery);
    return;
  }
  host_.show(delivery);
  if (!to_room() || (delivery.of > 0 && delivery.count >= delivery.of)) return Finish(kExitOk);
  have_it_.insert(delivery.by);
  if (delivery.of > 0) return;  // a large room counts
  if (!expected_.has_value()) return Ask("who", "room", target_.substr(1));
  CheckAllHaveIt();
}

void SendOnce::OnWho(const WhoEvent& who) {
  expected_.emplace();
  for (const MemberInfo& member : who.members) {
    if (member.state == "linked" || member.state == "dialling") expected_->insert(member.user);
  }
  CheckAllHaveIt();
}

void SendOnce::CheckAllHaveIt() {
  if (expected_.has_value() &&
      std::includes(have_it_.begin(), have_it_.end(), expected_->begin(), expected_->end())) {
    Finish(kExitOk);
  }
}

void SendOnce::OnWaitOver() {
  loop_.Post([timer = std::shared_ptr<Timer>(std::move(timer_))] {});  // it is running this
  if (wait_over_) return FinishQueued();
  wait_over_ = true;
  if (!have_it_.empty()) return Finish(kExitOk);
  if (to_room()) return FinishQueued();
  // Why it waits now; what was said at first may have passed.
  timer_ = loop_.After(kLastQuestion, [this] { OnWaitOver(); });
  Ask("outbox", nullptr, {});
}

void SendOnce::OnOutbox(const OutboxEvent& outbox) {
  for (const OutboxEntry& entry : outbox.messages) {
    if (entry.id == last_.id && !entry.reason.empty()) last_.reason = entry.reason;
  }
  FinishQueued();
}

void SendOnce::FinishQueued() {
  last_.target = target_;
  if (last_.mark.empty()) last_.mark = "queued";
  if (last_.reason.empty()) last_.reason = "it was sent, but nobody has confirmed it yet";
  if (last_.mark == "sent") last_.mark = "queued";
  host_.show(last_);
  Finish(kExitQueued);
}

void SendOnce::Finish(int exit_code) {
  if (std::exchange(finished_, true)) return;
  if (timer_ != nullptr) loop_.Post([timer = std::shared_ptr<Timer>(std::move(timer_))] {});
  host_.finish(exit_code);
}

}  // namespace parlor::client
