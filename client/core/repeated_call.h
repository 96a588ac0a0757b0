// A call that is made again while nobody answers it. A service that starts anew, or the gateway in front of
// it, says UNAVAILABLE for a moment: nobody should have to ask twice for that.
#ifndef PARLOR_CLIENT_CORE_REPEATED_CALL_H_
#define PARLOR_CLIENT_CORE_REPEATED_CALL_H_

#include <memory>
#include <string>

#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"

namespace parlor::client {

// As RpcChannel::Call, but an answer that is UNAVAILABLE is waited out, with backoff, within the kCallTimeout
// that a single call may take; each try has what is left of it. The last error is given as it came. A delay
// that the server asks for (base/retry.h) is kept; one that is longer than what is left ends it at once.
//
// Only for calls that do no harm twice: a try whose answer was lost may have been made.
//
// Loop thread only. `loop` and `channel` outlive what is returned.
[[nodiscard]] std::unique_ptr<PendingCall> CallRepeatedly(Loop& loop, RpcChannel& channel, std::string method,
                                                          std::string request, std::string token,
                                                          RpcChannel::BytesCallback done);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_REPEATED_CALL_H_
