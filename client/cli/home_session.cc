#include "client/cli/home_session.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "client/home/owner_lock.h"
#include "client/ui/json/command_json.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {
namespace {

// An owner that has just started listens within it; then it is worth asking whether it has gone.
constexpr absl::Duration kConnectPatience = absl::Milliseconds(200);
constexpr absl::Duration kLookAgain = absl::Milliseconds(50);

}  // namespace

HomeSession::HomeSession(AsioLoop& loop, Home home, Handlers handlers, HomeSessionOptions options)
    : loop_(loop), home_(std::move(home)), handlers_(std::move(handlers)), options_(options) {}

HomeSession::~HomeSession() = default;

// ---- finding the core

void HomeSession::Start() {
  give_up_at_ = loop_.Uptime() + options_.patience;
  loop_.Post([weak = std::weak_ptr(alive_)] {
    if (const auto alive = weak.lock()) (*alive)->Open();
  });
}

void HomeSession::Open() {
  if (ended_) return;
  absl::StatusOr<std::optional<OwnerLock>> lock = OwnerLock::TryTake(home_);
  if (!lock.ok()) return End(lock.status());
  if (lock->has_value()) return BecomeOwner(**std::move(lock));
  Connect();
}

void HomeSession::BecomeOwner(OwnerLock lock) {
  absl::StatusOr<std::unique_ptr<ClientProcess>> process =
      ClientProcess::Open(loop_, home_, std::move(lock), options_.core, options_.metrics_file);
  if (!process.ok()) return End(process.status());
  process_ = *std::move(process);
  client_ = process_->hub().Add([this](const Event& event) { OnOwnEvent(event); });
  const absl::Status started = process_->Start();
  if (!started.ok()) return End(started);
  FlushWaiting();
}

void HomeSession::Connect() {
  connecting_ = ConnectToOwner(
      loop_, home_,
      [this](absl::StatusOr<std::unique_ptr<LineConnection>> connection) {
        loop_.Post([done = std::shared_ptr<OwnerConnecting>(std::move(connecting_))] {});
        OnConnected(std::move(connection));
      },
      kConnectPatience);
}

void HomeSession::OnConnected(absl::StatusOr<std::unique_ptr<LineConnection>> connection) {
  if (ended_) return;
  if (absl::IsUnavailable(connection.status()) && loop_.Uptime() < give_up_at_) return Open();
  if (!connection.ok()) return End(connection.status());
  connection_ = *std::move(connection);
  connection_->Start(
      {[this](absl::string_view line) { OnLine(line); }, [this](const absl::Status&) { OnOwnerGone(); }});
  FlushWaiting();
}

void HomeSession::OnOwnerGone() {
  loop_.Post([gone = std::shared_ptr<LineConnection>(std::move(connection_))] {});
  if (!ended_) Start();
}

void HomeSession::FlushWaiting() {
  for (Command& command : std::exchange(waiting_, {})) Execute(std::move(command));
}

// ---- events and commands

void HomeSession::OnLine(absl::string_view line) {
  const absl::StatusOr<Event> event = EventFromJson(line);
  // What is not understood is of an owner of another version, and of no use here.
  if (event.ok()) handlers_.on_event(*event);
}

void HomeSession::OnOwnEvent(const Event& event) {
  handlers_.on_event(event);
  if (std::holds_alternative<ClosedEvent>(event)) End(absl::OkStatus());
}

void HomeSession::Execute(Command command) {
  if (command.name == "quit") {
    if (is_owner()) return ExecuteSoon(std::move(command));
    return CloseThin("quit", &command.ref);
  }
  if (is_owner()) return ExecuteSoon(std::move(command));
  if (connection_ != nullptr) {
    const absl::Status sent = connection_->Send(CommandToJson(command));
    if (sent.ok()) return;
    return handlers_.on_event(
        ErrorEvent{"unavailable", std::string(sent.message()), command.name, command.ref});
  }
  if (waiting_.size() < options_.max_waiting && !ended_) {
    waiting_.push_back(std::move(command));
    return;
  }
  handlers_.on_event(ErrorEvent{"unavailable", "there is nothing yet that could take a command; try again",
                                command.name, command.ref});
}

// Not inside an event: what is told there is not always done yet.
void HomeSession::ExecuteSoon(Command command) {
  loop_.Post([weak = std::weak_ptr(alive_), command = std::move(command)] {
    const auto alive = weak.lock();
    if (alive && (*alive)->is_owner()) (*alive)->process_->hub().Execute((*alive)->client_, command);
  });
}

// ---- the end

void HomeSession::Stop(const std::string& reason) {
  if (std::exchange(stopping_, true) || ended_) return;
  if (is_owner()) return process_->Stop(reason);
  CloseThin(reason, nullptr);
}

void HomeSession::FinishWhenAlone(const std::string& reason) {
  if (!is_owner() || !process_->HasOtherProcesses()) return Stop(reason);
  const absl::Duration until = loop_.Uptime() + options_.linger;
  const auto look = std::make_shared<std::function<void()>>();
  *look = [this, reason, until, weak = std::weak_ptr(look)] {
    if (!process_->HasOtherProcesses() || loop_.Uptime() >= until) return Stop(reason);
    timer_ = loop_.After(kLookAgain, [this, again = weak.lock()] {
      loop_.Post([done = std::shared_ptr<Timer>(std::move(timer_)), again] { (*again)(); });
    });
  };
  (*look)();
}

void HomeSession::CloseThin(const std::string& reason, const std::string* quit_ref) {
  if (ended_) return;
  if (quit_ref != nullptr) handlers_.on_event(DoneEvent{"quit", *quit_ref});
  handlers_.on_event(ClosedEvent{reason});
  End(absl::OkStatus());
}

// Callbacks of what is let go of here may be running.
void HomeSession::End(absl::Status why) {
  if (std::exchange(ended_, true)) return;
  connecting_.reset();
  if (connection_ != nullptr) connection_->Close();  // what was sent still leaves
  loop_.Post([weak = std::weak_ptr(alive_), why = std::move(why)] {
    const auto alive = weak.lock();
    if (!alive) return;
    HomeSession& session = **alive;
    session.process_.reset();
    session.handlers_.on_ended(why);
  });
}

}  // namespace parlor::client
