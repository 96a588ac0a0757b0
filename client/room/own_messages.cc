#include "client/room/own_messages.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace parlor::client {

OwnMessage* OwnMessages::Find(uint64_t number) {
  if (messages_.empty() || number < messages_.front().number || number > last_) return nullptr;
  return &messages_[number - messages_.front().number];
}

void OwnMessages::Add(std::string ref, absl::Time time, std::shared_ptr<const std::string> bytes) {
  messages_.push_back({.number = ++last_, .ref = std::move(ref), .time = time, .bytes = std::move(bytes)});
  ++unstored_;
}

const OwnMessage& OwnMessages::OnStored(uint64_t number, bool ok) {
  --unstored_;
  OwnMessage& message = *Find(number);
  message.stored = true;
  message.lost = !ok;
  if (!ok) message.bytes.reset();
  return message;
}

OwnMessage* OwnMessages::Next() {
  OwnMessage* const next = Find(handed_out_ + 1);
  if (next == nullptr || !next->stored) return nullptr;
  ++handed_out_;
  Trim();
  return Find(handed_out_);
}

void OwnMessages::Trim() {
  while (messages_.size() > kMaxOwnMessages && messages_.front().number < handed_out_) messages_.pop_front();
}

OwnMessages::Holder& OwnMessages::HolderOf(const std::string& user) {
  if (holders_.size() >= kMaxHolders && !holders_.contains(user)) holders_.erase(holders_.begin());
  return holders_.try_emplace(user, Holder{{}, last_, 0}).first->second;
}

void OwnMessages::OnLinked(const std::string& user) {
  HolderOf(user).linked_at = last_;
}

uint64_t OwnMessages::OwedFrom(const std::string& user) const {
  const auto holder = holders_.find(user);
  return holder == holders_.end() ? 0 : holder->second.met_at + 1;
}

uint64_t OwnMessages::NextOf(const std::string& user) {
  const Holder& holder = HolderOf(user);
  return std::max(UpTo(holder), holder.met_at) + 1;
}

void OwnMessages::Count(uint64_t from, uint64_t up_to, std::vector<const OwnMessage*>& news) {
  if (messages_.empty()) return;
  for (uint64_t number = std::max(from, messages_.front().number); number <= up_to; ++number) {
    OwnMessage& message = *Find(number);
    if (message.lost) continue;
    ++message.holders;
    news.push_back(&message);
  }
}

void OwnMessages::Merge(uint64_t from, uint64_t up_to, Holder& holder) {
  auto after = holder.has.upper_bound(from);
  if (after != holder.has.begin() && std::prev(after)->second + 1 >= from) --after;
  while (after != holder.has.end() && after->first <= up_to + 1) {
    from = std::min(from, after->first);
    up_to = std::max(up_to, after->second);
    after = holder.has.erase(after);
  }
  holder.has.emplace(from, up_to);
  if (holder.has.size() <= kMaxStretches) return;
  const auto second = std::next(holder.has.begin());
  holder.has.begin()->second = second->second;
  holder.has.erase(second);
}

// A newcomer has the latest first, and perhaps what was before them later.
std::vector<const OwnMessage*> OwnMessages::OnHave(const std::string& user, uint64_t from, uint64_t up_to) {
  std::vector<const OwnMessage*> news;
  // Nobody can have what was not sent to anybody.
  const uint64_t last = std::min(up_to, handed_out_);
  if (from == 0 || from > last) return news;
  Holder& holder = HolderOf(user);
  uint64_t next = from;
  for (const auto& [first, end] : holder.has) {
    if (end < next) continue;
    if (first > last) break;
    if (first > next) Count(next, first - 1, news);
    next = end + 1;
  }
  if (next <= last) Count(next, last, news);
  Merge(from, last, holder);
  return news;
}

absl::Time OwnMessages::WrittenAt(uint64_t number) const {
  if (messages_.empty() || number < messages_.front().number || number > last_) return absl::InfiniteFuture();
  return messages_[number - messages_.front().number].time;
}

uint64_t OwnMessages::InFlight(const std::vector<std::string>& linked) const {
  std::vector<uint64_t> up_to;
  for (const std::string& user : linked) {
    const auto holder = holders_.find(user);
    up_to.push_back(holder == holders_.end() ? last_
                                             : std::max(UpTo(holder->second), holder->second.linked_at));
  }
  if (up_to.empty()) return 0;
  // What the better half has.
  const auto middle = up_to.begin() + static_cast<std::ptrdiff_t>((up_to.size() - 1) / 2);
  std::nth_element(up_to.begin(), middle, up_to.end(), std::greater<>());
  return last_ - std::min(last_, *middle);
}

}  // namespace parlor::client
