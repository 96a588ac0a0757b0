// Thousands of people in this process, on one loop with a thread of its own: who they know, whether they are
// online, and what they see of each other.
#ifndef PARLOR_BENCH_TOWN_TOWN_H_
#define PARLOR_BENCH_TOWN_TOWN_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/services/channels.h"
#include "bench/services/people.h"
#include "bench/town/citizen.h"
#include "client/core/events.h"
#include "client/home/account.h"
#include "client/loop/asio_loop.h"

namespace parlor::bench {

struct TownPlan {
  std::array<std::string, 2> ports;  // of auth's host: where those of either side speak with the services
  int first = 0;                     // what those of other processes come before: names go on from there
  int citizens = 0;
  bool links = true;  // else they speak with the services alone
  bool udp = false;   // links as people have them; else by TCP alone
  // 0: neighbours, 2i and 2i + 1, are friends, and of different sides. Else the last so many are of the
  // second side and are friends, in turns, of all others, who are of the first.
  int watchers = 0;
  bool strangers = false;  // nobody is anybody's friend
};

// What happened to anybody.
struct News {
  int64_t downs = 0;  // the services were lost by somebody
  int64_t ups = 0;
  absl::Time first_down = absl::InfiniteFuture();
  absl::Time last_up = absl::InfinitePast();
  int64_t seen_reconnecting = 0;  // a friend was shown as that
  int64_t seen_offline = 0;
  std::map<std::string, int64_t> warnings;  // that somebody was shown: their codes, by how often
  std::map<std::string, int64_t> errors;    // that somebody was shown: "command: code" by how often
};

class Town {
 public:
  // Registers everybody; nobody is online yet.
  static absl::StatusOr<std::unique_ptr<Town>> Make(const Target& auth, const TownPlan& plan);
  ~Town();
  Town(const Town&) = delete;
  Town& operator=(const Town&) = delete;

  const TownPlan& plan() const { return plan_; }
  std::string NameOf(int citizen) const { return CitizenName(plan_.first + citizen); }

  // ---- from the thread that made it; each waits

  // The first `count` are online, or go there, some at once.
  absl::Status Connect(int count);
  // Everybody is in a room with the next ones, so many to a room, and linked with them.
  absl::Status Meet(int to_a_room);
  // Until so many have lost the services since the news were taken, and everybody is online.
  absl::Status AwaitReturn(int64_t downs);
  // What happened since the last time.
  News TakeNews();
  // Until `holds`, which is asked after each event. DEADLINE_EXCEEDED names `what`.
  absl::Status Await(const std::string& what, std::function<bool()> holds, absl::Duration patience);
  void OnLoop(const std::function<void()>& run);

  // ---- loop thread

  using Listener = std::function<void(int citizen, const client::Event&)>;
  // Hears every event until it is ended, by the same `key`; not from within.
  void Listen(const void* key, Listener listener) { listeners_[key] = std::move(listener); }
  void EndListening(const void* key) { listeners_.erase(key); }
  void Execute(int citizen, client::Command command);
  client::AsioLoop& loop() { return loop_; }
  size_t undelivered() const;
  std::string RoomOf(int citizen) const;  // after Meet

 private:
  struct Awaited;

  Town(const TownPlan& plan, std::vector<client::Account> accounts)
      : plan_(plan), accounts_(std::move(accounts)) {}

  std::vector<std::string> FriendsOf(int citizen) const;
  void ConnectNext();
  void OpenRooms();
  std::string DescribeMissing() const;
  void OnEvent(int citizen, const client::Event& event);
  void OnServices(int citizen, const client::ServicesEvent& event);
  void OnRoom(int citizen, const client::RoomEvent& event);

  // Constant after construction.
  const TownPlan plan_;
  const std::vector<client::Account> accounts_;

  client::AsioLoop loop_;
  // Of the loop's thread.
  std::vector<std::unique_ptr<Citizen>> citizens_;  // null: not online yet
  std::vector<bool> up_;
  int up_count_ = 0;
  int connect_to_ = 0;
  absl::Status connect_error_;
  int to_a_room_ = 0;
  int rooms_open_ = 0;
  std::vector<std::set<std::string>> linked_;  // in the room of each
  int linked_count_ = 0;
  News news_;
  std::map<const void*, Listener> listeners_;
  std::shared_ptr<Awaited> awaited_;

  std::thread thread_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_TOWN_H_
