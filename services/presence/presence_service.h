// parlor.presence.v1.Presence over gRPC.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_SERVICE_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_SERVICE_H_

#include "parlor/presence/v1/presence.grpc.pb.h"
#include "services/common/rpc/call.h"
#include "services/presence/introductions.h"
#include "services/presence/presence_session.h"
#include "services/presence/queries.h"

namespace parlor::presence {

// Thread-safe. What it is given outlives the server.
class PresenceService final : public v1::Presence::CallbackService {
 public:
  PresenceService(const service::CallTools& calls, const SessionTools& sessions, const Queries* queries,
                  const Introductions* introductions)
      : calls_(calls), sessions_(sessions), queries_(queries), introductions_(introductions) {}

  grpc::ServerBidiReactor<v1::ConnectRequest, v1::ConnectResponse>* Connect(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context, const v1::LookupRequest* request,
                                   v1::LookupResponse* response) override;
  grpc::ServerUnaryReactor* ListOnline(grpc::CallbackServerContext* context,
                                       const v1::ListOnlineRequest* request,
                                       v1::ListOnlineResponse* response) override;
  grpc::ServerUnaryReactor* Search(grpc::CallbackServerContext* context, const v1::SearchRequest* request,
                                   v1::SearchResponse* response) override;

 private:
  const service::CallTools calls_;
  const SessionTools& sessions_;
  const Queries* const queries_;
  const Introductions* const introductions_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_SERVICE_H_
