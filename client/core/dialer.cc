#include "client/core/dialer.h"

#include <utility>

#include "client/core/backoff.h"

namespace parlor::client {

struct Dialer::Target {
  std::set<std::string> reasons;
  std::string introduction;
  bool linked = false;

  bool opened = false;  // DialTarget::opening was said on the present dial
  bool looking_up = false;
  std::unique_ptr<Dialling> dialling;
  std::unique_ptr<Timer> retry;
  Backoff backoff{absl::ZeroDuration(), absl::ZeroDuration()};
  absl::Status last_error;
};

Dialer::Dialer(Loop& loop, Network& network, AddressBook& addresses, Lookup lookup, Handlers handlers,
               DialerOptions options)
    : loop_(loop),
      network_(network),
      addresses_(addresses),
      lookup_(std::move(lookup)),
      handlers_(std::move(handlers)),
      options_(options) {}

Dialer::~Dialer() = default;

Dialer::Target& Dialer::TargetOf(const std::string& user) {
  std::unique_ptr<Target>& target = targets_[user];
  if (target == nullptr) {
    target = std::make_unique<Target>();
    target->backoff = Backoff(options_.first_retry, options_.last_retry, options_.retry_factor);
  }
  return *target;
}

Dialer::Target* Dialer::Find(const std::string& user) const {
  const auto found = targets_.find(user);
  return found == targets_.end() ? nullptr : found->second.get();
}

void Dialer::ForgetIfIdle(const std::string& user) {
  const Target* const target = Find(user);
  if (target != nullptr && !target->linked && target->reasons.empty()) targets_.erase(user);
}

bool Dialer::wanted(const std::string& user) const {
  const Target* const target = Find(user);
  return target != nullptr && !target->reasons.empty();
}

// Rooms are talked in over UDP: what is lost on the way holds up nothing else. A chat alone is on TCP.
Transport Dialer::PreferredFor(const Target& target) {
  const bool chat_alone = target.reasons.size() == 1 && target.reasons.contains(kChatReason);
  return chat_alone ? Transport::kTcp : Transport::kUdp;
}

bool Dialer::MayDial(const Target& target) const {
  return !paused_ && !target.linked && !target.reasons.empty() && !target.looking_up &&
         target.dialling == nullptr;
}

void Dialer::Want(const std::string& user, const std::string& reason, const std::string& introduction) {
  Target& target = TargetOf(user);
  target.reasons.insert(reason);
  if (!introduction.empty()) {
    target.introduction = introduction;
    if (target.retry != nullptr) return RetryNow(user);
  }
  if (target.retry == nullptr && MayDial(target)) Dial(user);
}

bool Dialer::Unwant(const std::string& user, const std::string& reason) {
  Target* const target = Find(user);
  if (target == nullptr || target->reasons.erase(reason) == 0) return false;
  if (!target->reasons.empty()) {
    TakeBackOpening(user, *target);
    return false;
  }
  target->dialling.reset();
  target->retry.reset();
  ForgetIfIdle(user);
  return true;
}

// It may have spoken for the reason that is gone.
void Dialer::TakeBackOpening(const std::string& user, Target& target) {
  if (target.dialling == nullptr || !target.opened) return;
  target.dialling.reset();
  if (MayDial(target)) Dial(user);
}

void Dialer::RetryNow(const std::string& user) {
  Target* const target = Find(user);
  if (target == nullptr) return;
  target->backoff.Reset();
  if (!MayDial(*target)) return;
  target->retry.reset();
  Dial(user);
}

void Dialer::RetryAll() {
  std::vector<std::string> users;
  for (const auto& [user, target] : targets_) users.push_back(user);
  for (const std::string& user : users) RetryNow(user);
}

void Dialer::LinkUp(const std::string& user, bool goes_on) {
  Target& target = TargetOf(user);
  target.linked = true;
  target.retry.reset();
  if (!goes_on) target.dialling.reset();
  target.backoff.Reset();
  target.last_error = absl::OkStatus();
}

void Dialer::LinkDown(const std::string& user, const absl::Status& why, Again again) {
  Target* const target = Find(user);
  if (target == nullptr) return;
  target->linked = false;
  if (again == Again::kLate) target->backoff.Slowest();
  if (!target->reasons.empty()) return RetryLater(user, why);
  ForgetIfIdle(user);
}

void Dialer::Pause() {
  paused_ = true;
  for (auto& [user, target] : targets_) {
    target->dialling.reset();
    target->retry.reset();
  }
}

void Dialer::Dial(const std::string& user) {
  Target& target = TargetOf(user);
  target.looking_up = true;
  lookup_(user, target.introduction,
          [weak = std::weak_ptr(alive_), user](absl::StatusOr<std::vector<PeerAddress>> addresses) {
            if (const auto alive = weak.lock()) (*alive)->OnFound(user, addresses);
          });
}

void Dialer::OnFound(const std::string& user, const absl::StatusOr<std::vector<PeerAddress>>& addresses) {
  Target* target = Find(user);
  if (target == nullptr) return;
  target->looking_up = false;
  // A link came and went meanwhile: its end decided when the next try is.
  if (!MayDial(*target) || target->retry != nullptr) return;
  if (addresses.ok()) addresses_.Learn(user, *addresses);
  if (absl::IsFailedPrecondition(addresses.status())) return RetryLater(user, addresses.status());
  if (addresses.ok() && addresses->empty()) {
    handlers_.on_no_address(user);  // may change who is wanted
    target = Find(user);
    if (target == nullptr || !MayDial(*target)) return;
  }
  const std::vector<PeerAddress> known = addresses_.Of(user);
  if (known.empty()) {
    return RetryLater(user, addresses.ok() ? absl::NotFoundError("no address is known") : addresses.status());
  }
  target->opened = false;
  target->dialling =
      network_.Dial({user, known, PreferredFor(*target),
                     [weak = std::weak_ptr(alive_), user] {
                       const auto alive = weak.lock();
                       return alive ? (*alive)->Opening(user) : std::vector<std::string>();
                     }},
                    [weak = std::weak_ptr(alive_), user](absl::StatusOr<std::unique_ptr<Link>> link) {
                      if (const auto alive = weak.lock()) (*alive)->OnDialled(user, std::move(link));
                    });
}

std::vector<std::string> Dialer::Opening(const std::string& user) {
  if (Target* const target = Find(user)) target->opened = true;
  return handlers_.opening(user);
}

void Dialer::OnDialled(const std::string& user, absl::StatusOr<std::unique_ptr<Link>> link) {
  Target* const target = Find(user);
  if (target == nullptr) return;
  // The callback belongs to the object that is destroyed here.
  loop_.Post([dialling = std::shared_ptr<Dialling>(std::move(target->dialling))] {});
  if (link.ok()) return handlers_.on_link(*std::move(link));
  if (!target->linked) RetryLater(user, link.status());
  handlers_.on_no_link(user);
}

void Dialer::RetryLater(const std::string& user, const absl::Status& why) {
  Target& target = TargetOf(user);
  target.last_error = why;
  if (target.reasons.empty() || paused_) return;
  target.retry = loop_.After(target.backoff.Next(), [this, user] {
    Target* const due = Find(user);
    if (due == nullptr) return;
    loop_.Post([retry = std::shared_ptr<Timer>(std::move(due->retry))] {});
    if (MayDial(*due)) Dial(user);
  });
}

bool Dialer::dialling(const std::string& user) const {
  const Target* const target = Find(user);
  return target != nullptr && (target->looking_up || target->dialling != nullptr);
}

absl::Status Dialer::last_error(const std::string& user) const {
  const Target* const target = Find(user);
  return target == nullptr ? absl::OkStatus() : target->last_error;
}

}  // namespace parlor::client
