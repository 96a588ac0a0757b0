#include "client/cli/hub_connections.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "client/ui/event_ref.h"
#include "client/ui/json/command_json.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {

HubConnections::~HubConnections() {
  for (const auto& [client, connection] : connections_) hub_.Remove(client);
}

void HubConnections::Add(std::unique_ptr<LineConnection> connection) {
  // The sink learns its own number when there is one.
  const auto id = std::make_shared<OwnerHub::ClientId>();
  const OwnerHub::ClientId client = hub_.Add([this, id](const Event& event) {
    if (!std::holds_alternative<ClosedEvent>(event)) Send(*id, event);
  });
  *id = client;
  LineConnection& started = *connection;
  connections_[client] = std::move(connection);
  started.Start({[this, client](absl::string_view line) { OnLine(client, line); },
                 [this, client](const absl::Status&) {  // it went; nobody here is to be told
                   hub_.Remove(client);
                   connections_.erase(client);
                 }});
  hub_.Greet(client);
}

void HubConnections::OnLine(OwnerHub::ClientId client, absl::string_view line) {
  std::variant<Command, ErrorEvent> parsed = CommandFromJson(line);
  if (const auto* error = std::get_if<ErrorEvent>(&parsed)) return Send(client, *error);
  Command command = std::get<Command>(std::move(parsed));
  if (command.name == "quit") return OnQuit(client, command.ref);
  hub_.Execute(client, std::move(command));
}

void HubConnections::OnQuit(OwnerHub::ClientId client, const std::string& ref) {
  Send(client, DoneEvent{"quit", ref});
  Send(client, ClosedEvent{"quit"});
  hub_.Remove(client);
  connections_.at(client)->Close();  // its end removes it
}

void HubConnections::Send(OwnerHub::ClientId client, const Event& event) {
  const auto found = connections_.find(client);
  if (found == connections_.end()) return;
  const std::string line = EventToJson(event);
  if (line.size() > kMaxAnswerBytes) {  // whoever asked is not to wait for it
    return Send(client, ErrorEvent{"resource_exhausted",
                                   absl::StrCat("the answer `", EventName(event), "` has ", line.size(),
                                                " bytes, and at most ", kMaxAnswerBytes,
                                                " pass to another process; ask for less of it, or ask the "
                                                "process that is open on this home"),
                                   {},
                                   RefOf(event)});
  }
  // A connection that cannot take it is cut off, and says so by closing.
  (void)found->second->Send(line);
}

}  // namespace parlor::client
