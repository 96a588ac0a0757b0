#include "client/overlay/simulator/ledger.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace parlor::client::overlay::simulator {

const Payload& Ledger::Write(MemberIndex author, absl::Time now) {
  const StreamId stream = author + 1;
  auto entry = std::make_unique<Entry>();
  entry->author = author;
  entry->written = now;
  entry->payload.id = {stream, ++last_[stream]};
  entry->payload.bytes = std::make_shared<const std::string>(
      absl::StrCat("message ", entry->payload.id.number, " of ", NameOf(author), std::string(80, '.')));
  entries_.push_back(std::move(entry));
  Entry& written = *entries_.back();
  by_id_[{stream, written.payload.id.number}] = &written;
  return written.payload;
}

Ledger::Entry* Ledger::Find(const GossipId& id) {
  const auto found = by_id_.find({id.stream, id.number});
  return found == by_id_.end() ? nullptr : found->second;
}

bool Ledger::IsGenuine(const Payload& payload) const {
  const auto found = by_id_.find({payload.id.stream, payload.id.number});
  return found != by_id_.end() && *found->second->payload.bytes == *payload.bytes;
}

void Ledger::OnArrival(MemberIndex member, const Payload& payload, absl::Time now) {
  Entry* const entry = Find(payload.id);
  if (entry == nullptr || !IsGenuine(payload)) return;
  ++entry->copies;
  if (entry->got.size() <= member) entry->got.resize(member + 1);
  if (entry->got[member]) return;
  entry->got[member] = true;
  ++entry->receipts;
  entry->last_hop = std::max(entry->last_hop, payload.hops + 1);
  entry->took.emplace_back(member, now - entry->written);
}

}  // namespace parlor::client::overlay::simulator
