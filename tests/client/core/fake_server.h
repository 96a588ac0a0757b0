// The services as the core sees them, in memory and on virtual time: presence, rooms and the parts of auth
// that a logged-in device needs. Certificates, tickets, room events and revocations are real, so that trust
// is tested for what it is. Tokens are numbered, and count for what the real ones count: an access token for
// 10 minutes of calls and streams, a refresh token for one exchange.
#ifndef PARLOR_TESTS_CLIENT_CORE_FAKE_SERVER_H_
#define PARLOR_TESTS_CLIENT_CORE_FAKE_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/crypto/certificate.h"
#include "client/home/account.h"
#include "client/loop/virtual_loop.h"
#include "client/rpc/rpc_channel.h"
#include "parlor/presence/v1/presence.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"
#include "tests/client/core/fake_lists.h"

namespace parlor::client {

class FakeServer {
 public:
  explicit FakeServer(VirtualLoop& loop);
  ~FakeServer();

  // Logged in, with a certificate of 24 h.
  Account Enrol(const std::string& user);
  // For the device of `account`.
  std::unique_ptr<RpcChannel> Connect(const Account& account, const std::string& ip);

  // Everything ends with UNAVAILABLE, and is refused until Start().
  void Stop();
  void Start();
  // Rooms alone is away; presence goes on.
  void StopRooms();
  void StartRooms() { rooms_up_ = true; }
  // The next calls that need a token are UNAVAILABLE; streams go on.
  void RefuseCalls(size_t next) { refused_calls_ = next; }
  // This person does not get through to the server, until let in.
  void KeepOut(const std::string& user);
  void LetIn(const std::string& user) { kept_out_.erase(user); }
  // One person's streams break without a word.
  void Drop(const std::string& user);
  // Another device of this person takes the place of the one that is online.
  void TakeOver(const std::string& user);

  // Streams are warned this long before their token ends; the real services say 60 s.
  void WarnOfTokens(absl::Duration before) { token_warning_ = before; }
  // From now on renewals of a stream's token are lost on the way, as if they had never been sent.
  void LoseRenewals() { renewals_arrive_ = false; }
  // The next exchange of a refresh token is made, and its answer is lost.
  void LoseNextRefresh() { lose_refresh_ = true; }

  // What lists hold (fake_lists.h), instead of those who are there.
  void List(size_t rooms, size_t people) { lists_.Fill(rooms, people, loop_.Now()); }

  // Whoever enters a room is answered this; OK: let in.
  void AnswerEntering(absl::Status with) { entering_ = std::move(with); }
  // The stream of the removed ends at once; the others may be told later.
  void Kick(const std::string& room, const std::string& user, absl::Duration told_after = {});
  void SetRole(const std::string& room, const std::string& user, rooms::v1::Role role);
  void Revoke(const std::string& device);

  const Authority& root() const { return root_; }
  bool IsOnline(const std::string& user) const { return online_.contains(user); }
  size_t signals() const { return signals_; }
  size_t refreshes() const { return refreshes_; }  // that were answered with a successor
  size_t pages() const { return lists_.pages(); }  // of lists
  // Streams that this person opened, or tried to.
  size_t opened(const std::string& user) { return opened_[user]; }
  // When they, or a Refresh, were tried while the server was down.
  const std::vector<absl::Duration>& knocks(const std::string& user) { return knocks_[user]; }

  static constexpr uint32_t kCapacity = 32;  // of rooms, unless another is set
  void SetCapacity(uint32_t capacity) { capacity_ = capacity; }
  // As the real ones: whom Entered names, and a page of the roster (which is a thousand there).
  static constexpr size_t kSample = 32;
  static constexpr size_t kMembersPage = 20;
  static constexpr int64_t kHeartbeatMs = 60'000;  // hours of virtual time pass quickly

 private:
  class Channel;
  class Stream;
  struct Online {
    Stream* stream = nullptr;
    presence::v1::Hello hello;
    std::set<std::string> watch, accept, block;
    std::string ip;
  };
  struct FakeRoom {
    std::string id;
    bool stage = false;
    std::set<std::string> banned;
    std::map<std::string, rooms::v1::Role> roles;
    std::map<std::string, Stream*> members;
  };
  struct AccessToken {
    std::string device;
    absl::Time ends;
  };
  struct Rotation {  // of a device's refresh tokens
    int current = 1;
    bool ended = false;
  };

  void CloseStreams(const std::function<bool(const Stream&)>& which, const char* why);
  bool Serves(const std::string& user, bool presence) const {
    return up_ && (presence || rooms_up_) && !kept_out_.contains(user);
  }
  absl::StatusOr<std::string> Answer(const std::string& method, const std::string& request,
                                     const std::string& token, const std::string& user,
                                     const std::string& device);
  absl::StatusOr<std::string> Refresh(const std::string& request, const std::string& device);
  std::string NewAccessToken(const std::string& device);
  // When it ends; UNAUTHENTICATED: not now, or not of this device.
  absl::StatusOr<absl::Time> Admit(const std::string& token, const std::string& device) const;
  void WatchToken(Stream& stream, absl::Time ends);
  void RenewToken(Stream& stream, const std::string& token);
  void OnPresenceFrame(Stream& stream, const std::string& bytes);
  void OnRoomFrame(Stream& stream, const std::string& bytes);
  void OnEnter(Stream& stream, const rooms::v1::Enter& enter);
  void FillSample(FakeRoom& room, const std::string& user, rooms::v1::Entered& entered);
  rooms::v1::EnterRoomResponse ListMembers(FakeRoom& room, const std::string& after);
  void OnGone(Stream& stream);
  void TellPresence(const std::string& user);
  presence::v1::PersonPresence PresenceOf(const std::string& user) const;
  void TellRoom(FakeRoom& room, const std::string& except, const rooms::v1::EnterRoomResponse& frame);
  rooms::v1::Member MemberOf(FakeRoom& room, const std::string& user);
  rooms::v1::Role RoleOf(FakeRoom& room, const std::string& user) const;
  std::string Ticket(const std::string& name, FakeRoom& room, const std::string& user,
                     const std::string& device);
  std::string Revocations() const;
  int64_t NowMs() const { return absl::ToUnixMillis(loop_.Now()); }

  VirtualLoop& loop_;
  const Authority root_;
  const Authority people_;
  const PrivateKey auth_key_;
  const PrivateKey rooms_key_;
  const std::string server_id_;
  bool up_ = true;
  bool rooms_up_ = true;
  size_t refused_calls_ = 0;
  std::set<std::string> kept_out_;
  size_t signals_ = 0;
  size_t refreshes_ = 0;
  std::map<std::string, size_t> opened_;                       // by user
  std::map<std::string, std::vector<absl::Duration>> knocks_;  // by user
  absl::Duration token_warning_ = absl::Seconds(60);
  bool renewals_arrive_ = true;
  bool lose_refresh_ = false;
  int next_token_ = 1;
  std::map<std::string, AccessToken> access_tokens_;
  std::map<std::string, Rotation> rotations_;  // by device
  FakeLists lists_;
  absl::Status entering_;
  int next_room_ = 1;
  uint32_t capacity_ = kCapacity;
  std::mt19937 dice_{7};
  std::map<std::string, std::string> devices_;  // by user
  std::set<std::string> revoked_;
  std::map<std::string, Online> online_;
  std::map<std::string, FakeRoom> rooms_;
  std::set<Stream*> streams_;
  std::unique_ptr<Timer> renew_;
  std::unique_ptr<Timer> told_later_;
  void RenewTickets();
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CORE_FAKE_SERVER_H_
