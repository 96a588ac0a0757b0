// Everything that a person's machine does, without an interface: takes commands, emits events.
//
//   commands ─▶ Core ─▶ Chats ─▶ PrivateChat (each)     ─┐
//                  └──▶ Rooms ─▶ Room (each)             ├─▶ Links ─▶ Network
//   events  ◀─ Core ◀─ Session, PresenceClient ◀─ RpcChannel
#ifndef PARLOR_CLIENT_CORE_CORE_H_
#define PARLOR_CLIENT_CORE_CORE_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/core/chats.h"
#include "client/core/commands.h"
#include "client/core/events.h"
#include "client/core/figures.h"
#include "client/core/links.h"
#include "client/core/presence_client.h"
#include "client/core/rooms.h"
#include "client/core/server_clock.h"
#include "client/core/session.h"
#include "client/home/account.h"
#include "client/link/network.h"
#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"

namespace parlor::client {

struct CoreOptions {
  uint16_t port = 0;      // to be dialled at; 0: the one of last time, or any
  bool takeover = false;  // at the first connection
  // Commands that need the services wait for them this long.
  absl::Duration patience = absl::Seconds(30);
  size_t max_waiting = 1'000;  // such commands; more fail at once
  overlay::OverlayOptions overlay = {};
};

// The world of one core. Everything outlives it.
struct CoreParts {
  Loop* loop = nullptr;
  Network* network = nullptr;
  RpcChannel* services = nullptr;
  StoreWorker* store = nullptr;
  Trust* trust = nullptr;
  ServerClock* clock = nullptr;
  std::function<absl::Status(const Account&)> save_account;
  std::function<absl::Status()> remove_account;
  EventSink emit;
  std::function<void(absl::Duration)> on_round_trip = nullptr;  // of any link; may be null
};

// Loop thread only.
class Core {
 public:
  // `account` is logged in.
  Core(CoreParts parts, const Account& account, CoreOptions options = {});
  ~Core();

  // Listens, loads what is stored, emits ReadyEvent and goes online. ALREADY_EXISTS: the port is in use;
  // nothing was announced to anybody.
  absl::Status Start();

  // Execute and Stop may be called by the event sink: they then take effect at the loop's next turn, never
  // inside what emits.

  // Answers come as events with the command's ref: DoneEvent or a more telling one, or ErrorEvent. `send`
  // answers with DeliveryEvents.
  void Execute(Command command);

  // What was written before is stored and sent, then goodbye on every link and stream; ClosedEvent at the
  // end, within 3 s.
  void Stop(const std::string& reason);
  bool stopped() const { return stopped_; }

  CoreFigures figures() const;

 private:
  using Handler = void (Core::*)(const Command&);
  static const std::map<std::string, Handler>& Handlers();

  // core.cc
  void Load();
  void OnLoaded(std::vector<Contact> contacts, std::vector<Message> outbox,
                const std::vector<RoomRecord>& rooms);
  Links::Handlers LinkHandlers();
  PresenceClient::Handlers PresenceHandlers();
  Session::Handlers SessionHandlers();
  void OnServicesUp();
  void OnServicesDown(const absl::Status& why, std::optional<absl::Duration> retry_in);
  void StepAside();
  void SayGoodbye(const std::string& reason);
  void AwaitQuiet(const std::string& reason, absl::Duration deadline);
  CoreParts Guarded(CoreParts parts);
  void OnLinkUp(const std::string& user);
  void OnLinkDown(const std::string& user, const absl::Status& why);
  void LookUp(const std::string& user, const std::string& introduction,
              std::function<void(absl::StatusOr<std::vector<PeerAddress>>)> done);
  void PublishAddresses();
  void JudgeLinks();
  void WarnOfClock();
  void EmitLink(const std::string& user, const LinkInfo& link, bool up, const absl::Status& why);

  // core_commands.cc
  bool NeedsServices(const Command& command) const;
  void Dispatch(const Command& command);
  void WaitForServices(Command command);
  void Answer(const Command& command, const absl::Status& status);
  void Fail(const Command& command, const absl::Status& status);
  void DoJoin(const Command& command);
  void DoLeave(const Command& command);
  void DoSend(const Command& command);
  void DoMsg(const Command& command);
  void DoAccept(const Command& command);
  void DoDecline(const Command& command);
  void DoWithdraw(const Command& command);
  void DoBlock(const Command& command);
  void DoUnblock(const Command& command);
  void DoContacts(const Command& command);
  void DoStatus(const Command& command);
  void DoTyping(const Command& command);
  void DoHistory(const Command& command);
  void DoRead(const Command& command);
  void DoOutbox(const Command& command);
  void DoVerify(const Command& command);
  void DoTakeover(const Command& command);
  void DoWhoami(const Command& command);
  void DoQuit(const Command& command);

  // core_services.cc: what the services answer

  // What to do when nobody answers a call. It may have been made nevertheless.
  enum class Asking {
    // Make it again for a while (repeated_call.h): the second answer is the same as the first.
    kRepeatedly,
    // Tell the person. If the call was made, the second answer would be an error about what the first did,
    // and be taken for a refusal: there is such a room (create), or none (close); nobody is there to be
    // removed (kick); this is a moderator now, or you are none any more (role); no such device (revoke); the
    // password is wrong (password); not logged in (logout, delete-account).
    kOnce,
  };
  template <typename Response>
  void Ask(const Command& command, Asking how, const char* method,
           const google::protobuf::MessageLite& request,
           std::function<void(const Command&, const Response&)> done);
  void DoCreate(const Command& command);
  void DoRooms(const Command& command);
  void DoWho(const Command& command);
  void DoTopic(const Command& command);
  void DoInvite(const Command& command);
  void DoKick(const Command& command);
  void DoBan(const Command& command);
  void DoUnban(const Command& command);
  void DoRole(const Command& command);
  void DoHand(const Command& command);
  void DoClose(const Command& command);
  void DoFind(const Command& command);
  void DoLookup(const Command& command);
  void DoDevices(const Command& command);
  void DoRevoke(const Command& command);
  void DoPassword(const Command& command);
  void DoLogout(const Command& command);
  void DoDeleteAccount(const Command& command);
  void DoDoctor(const Command& command);
  CheckResult CheckUdp() const;
  void CollectRooms(const Command& command, std::shared_ptr<RoomsEvent> so_far, const std::string& page);
  void CollectPeople(const Command& command, std::shared_ptr<PeopleEvent> so_far, const std::string& page);
  void CollectFound(const Command& command, std::shared_ptr<PeopleEvent> so_far, const std::string& page);
  template <typename List>
  void NextPage(const Command& command, std::shared_ptr<List> so_far, size_t listed, const std::string& page,
                void (Core::*collect)(const Command&, std::shared_ptr<List>, const std::string&));

  // A call that lives as long as the core; its slot is freed when it ends.
  void Keep(std::function<std::unique_ptr<PendingCall>(std::function<void()> ended)> start);

  int emitting_ = 0;  // depth of calls into the sink
  const CoreParts parts_;
  const CoreOptions options_;
  Loop& loop_;
  ServerClock& clock_;
  Trust& trust_;
  const Self self_;

  uint16_t port_ = 0;
  bool ready_ = false;
  bool stopping_ = false;
  bool saying_goodbye_ = false;
  bool stopped_ = false;
  bool services_up_ = false;
  bool clock_warned_ = false;
  bool announced_services_ = false;
  std::string status_word_ = "online";
  std::deque<Command> early_;                               // given before the store was read
  std::deque<std::pair<Command, absl::Duration>> waiting_;  // for services, until this uptime
  std::unique_ptr<Timer> waiting_timer_;
  std::unique_ptr<Timer> judge_timer_;
  std::unique_ptr<Timer> stop_timer_;
  uint64_t next_call_ = 0;
  std::map<uint64_t, std::unique_ptr<PendingCall>> calls_;
  std::shared_ptr<Core*> alive_ = std::make_shared<Core*>(this);

  Session session_;
  PresenceClient presence_;
  Links links_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Rooms> rooms_;
};

// The 60 digits that two people compare. Symmetric. Figures: Signal's numeric fingerprint, 5,200 rounds of
// SHA-512.
std::string SafetyNumber(const std::string& user_a, const std::string& spki_a, const std::string& user_b,
                         const std::string& spki_b);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_CORE_H_
