// `parlor listen --json`: JSON lines on standard output and input.
#ifndef PARLOR_CLIENT_CLI_LISTEN_H_
#define PARLOR_CLIENT_CLI_LISTEN_H_

#include <string>
#include <vector>

#include "client/cli/home_session.h"
#include "client/home/home.h"

namespace parlor::client {

// Until `quit`, a signal, or nobody reads the output; the end of the input alone ends nothing. `targets` that
// are rooms ("#…") are entered at the start. The exit code.
int RunListen(const Home& home, const HomeSessionOptions& options, const std::vector<std::string>& targets);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CLI_LISTEN_H_
