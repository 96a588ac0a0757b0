#include "client/overlay/simulator/room.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace parlor::client::overlay::simulator {
namespace {

constexpr size_t kSample = 32;  // of Entered: rooms.proto

absl::Duration QuantileOf(std::vector<absl::Duration>& values, double part) {
  if (values.empty()) return absl::ZeroDuration();
  const auto nth =
      values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

}  // namespace

Room::Room(RoomOptions options)
    : options_(options), network_(events_, options.network, options.seed), random_(options.seed) {}

// ---- who is there

std::vector<PeerId> Room::Sample(MemberIndex asker) {
  absl::flat_hash_set<MemberIndex> chosen;
  const size_t others =
      present_.size() - static_cast<size_t>(std::count(present_.begin(), present_.end(), asker));
  while (chosen.size() < std::min(kSample, others)) {
    const MemberIndex one = present_[random_.Below(present_.size())];
    if (one != asker) chosen.insert(one);
  }
  std::vector<MemberIndex> members(chosen.begin(), chosen.end());
  std::sort(members.begin(), members.end());  // hashed sets have an order of their own in each run
  random_.Shuffle(members);
  std::vector<PeerId> names;
  for (const MemberIndex member : members) names.push_back(NameOf(member));
  return names;
}

void Room::Join(size_t members, absl::Duration duration, Nature nature) {
  for (size_t i = 0; i < members; ++i) {
    events_.After(duration * (static_cast<double>(i) / static_cast<double>(members)),
                  [this, nature] { JoinOne(nature); });
  }
  events_.RunFor(duration);
}

void Room::JoinOne(Nature nature) {
  Member::Directory directory;
  if (options_.directory) directory = [this](MemberIndex asker) { return Sample(asker); };
  members_.push_back(std::make_unique<Member>(events_, network_, ledger_, options_.overlay, random_.Next(),
                                              nature, std::move(directory)));
  presences_.push_back({false, nature});
  Member& member = *members_.back();
  const std::vector<PeerId> sample = Sample(member.index());
  present_.push_back(member.index());
  member.Join(sample, present_.size());
  TellSize(member.index());
}

// Everybody's directory stream says it; here only where it matters.
void Room::TellSize(MemberIndex newest) {
  if (present_.size() > 2 * options_.overlay.mesh_members) return;
  for (const MemberIndex index : present_) {
    if (index != newest && network_.alive(index)) members_[index]->SetRoomSize(present_.size());
  }
}

std::vector<MemberIndex> Room::alive() const {
  std::vector<MemberIndex> indices;
  for (const auto& member : members_) {
    if (network_.alive(member->index())) indices.push_back(member->index());
  }
  return indices;
}

MemberIndex Room::AnyAlive() {
  while (true) {
    const auto index = static_cast<MemberIndex>(random_.Below(members_.size()));
    if (network_.alive(index) && presences_[index].nature == Nature::kHonest) return index;
  }
}

void Room::Crash(double part) {
  std::vector<MemberIndex> indices = alive();
  random_.Shuffle(indices);
  indices.resize(static_cast<size_t>(part * static_cast<double>(indices.size())));
  for (const MemberIndex index : indices) network_.Crash(index);
}

void Room::Leave(MemberIndex member) {
  network_.Crash(member);
  std::erase(present_, member);
}

// ---- what is said

void Room::Talk(size_t count, absl::Duration interval, const std::function<MemberIndex()>& author) {
  for (size_t i = 0; i < count; ++i) {
    events_.After(static_cast<double>(i) * interval, [this, author] { Write(author()); });
  }
  events_.RunFor(static_cast<double>(count) * interval);
}

void Room::Write(MemberIndex author) {
  std::vector<bool>& owed = owed_.emplace_back(members_.size());
  for (const auto& member : members_) {
    const MemberIndex index = member->index();
    Presence& presence = presences_[index];
    presence.linked = presence.linked || !member->overlay().neighbours().empty();
    owed[index] =
        index != author && presence.linked && network_.alive(index) && presence.nature == Nature::kHonest;
  }
  members_[author]->Write();
}

Outcome Room::OutcomeSince(size_t first) const {
  Outcome outcome;
  outcome.members = alive().size();
  uint64_t copies = 0;
  uint64_t receipts = 0;
  uint64_t acknowledged = 0;
  std::vector<absl::Duration> took;
  for (size_t i = first; i < ledger_.entries().size(); ++i) {
    const Ledger::Entry& entry = *ledger_.entries()[i];
    ++outcome.messages;
    copies += entry.copies;
    receipts += entry.receipts;
    acknowledged += entry.acknowledged;
    outcome.last_hop = std::max(outcome.last_hop, entry.last_hop);
    for (const auto& [member, duration] : entry.took) {
      if (member < owed_[i].size() && owed_[i][member]) took.push_back(duration);
    }
    for (MemberIndex member = 0; member < owed_[i].size(); ++member) {
      if (!owed_[i][member] || !network_.alive(member)) continue;
      ++outcome.owed;
      if (member >= entry.got.size() || !entry.got[member]) ++outcome.missed;
    }
  }
  if (receipts > 0) outcome.redundancy = static_cast<double>(copies) / static_cast<double>(receipts) - 1;
  if (receipts > 0) outcome.acknowledged = static_cast<double>(acknowledged) / static_cast<double>(receipts);
  outcome.p50 = QuantileOf(took, 0.5);
  outcome.p99 = QuantileOf(took, 0.99);
  outcome.last = QuantileOf(took, 1);
  return outcome;
}

}  // namespace parlor::client::overlay::simulator
