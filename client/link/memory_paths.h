// How the addresses of a MemoryInternet reach each other. Pure.
#ifndef PARLOR_CLIENT_LINK_MEMORY_PATHS_H_
#define PARLOR_CLIENT_LINK_MEMORY_PATHS_H_

#include <set>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parlor::client::memory {

class Paths {
 public:
  explicit Paths(absl::Duration default_latency) : default_latency_(default_latency) {}

  void SetLatency(absl::string_view a, absl::string_view b, absl::Duration one_way) {
    latencies_[Pair(a, b)] = one_way;
  }
  absl::Duration Latency(absl::string_view a, absl::string_view b) const {
    const auto it = latencies_.find(Pair(a, b));
    return it != latencies_.end() ? it->second : default_latency_;
  }

  void Cut(absl::string_view a, absl::string_view b) { cut_pairs_.insert(Pair(a, b)); }
  void Heal(absl::string_view a, absl::string_view b) { cut_pairs_.erase(Pair(a, b)); }
  void CutHost(absl::string_view ip) { cut_hosts_.insert(std::string(ip)); }
  void HealHost(absl::string_view ip) { cut_hosts_.erase(std::string(ip)); }
  void CutAll() { all_cut_ = true; }
  void HealAll() {
    all_cut_ = false;
    cut_pairs_.clear();
    cut_hosts_.clear();
  }

  bool Open(absl::string_view a, absl::string_view b) const {
    return !all_cut_ && !cut_hosts_.contains(std::string(a)) && !cut_hosts_.contains(std::string(b)) &&
           !cut_pairs_.contains(Pair(a, b));
  }

 private:
  using AddressPair = std::pair<std::string, std::string>;

  static AddressPair Pair(absl::string_view a, absl::string_view b) {
    return a < b ? AddressPair(a, b) : AddressPair(b, a);
  }

  const absl::Duration default_latency_;
  absl::btree_map<AddressPair, absl::Duration> latencies_;
  std::set<AddressPair> cut_pairs_;
  std::set<std::string> cut_hosts_;
  bool all_cut_ = false;
};

}  // namespace parlor::client::memory

#endif  // PARLOR_CLIENT_LINK_MEMORY_PATHS_H_
