// `parlor`: the chat in this terminal, or plain lines where there is none.
#ifndef PARLOR_CLIENT_CLI_CHAT_H_
#define PARLOR_CLIENT_CLI_CHAT_H_

#include "client/cli/home_session.h"
#include "client/home/home.h"

namespace parlor::client {

// Until the person quits, or a signal. The exit code.
int RunChat(const Home& home, const HomeSessionOptions& options);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_CHAT_H_
