#include "bench/services/bare_server.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/shared_data.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "parlor/presence/v1/presence.grpc.pb.h"
#include "services/common/rpc/server.h"

namespace parlor::bench {
namespace {

using presence::v1::Presence;

class BareStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit BareStream(const grpc::ByteBuffer& answer) : answer_(answer) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartWrite(&answer_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

  grpc::ByteBuffer request_;
  const grpc::ByteBuffer answer_;
};

class BareService final : public Presence::WithRawCallbackMethod_Connect<
                              Presence::WithRawCallbackMethod_Lookup<Presence::Service>> {
 public:
  explicit BareService(size_t answer_bytes) {
    const grpc::Slice bytes(std::string(answer_bytes, 'x'));
    answer_ = grpc::ByteBuffer(&bytes, 1);
  }

  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                                   grpc::ByteBuffer* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Connect(
      grpc::CallbackServerContext*) override {
    return new BareStream(answer_);
  }

 private:
  grpc::ByteBuffer answer_;
};

absl::Status RunBareServer(const std::vector<std::string>& arguments) {
  int answer_bytes = 0;
  if (arguments.size() != 2 || !absl::SimpleAtoi(arguments[1], &answer_bytes)) {
    return absl::InvalidArgumentError("usage: bare-server DIRECTORY ANSWER_BYTES");
  }
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Open(arguments[0]));
  BareService bare(static_cast<size_t>(answer_bytes));
  service::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.tls = data->trust().tls;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, {{&bare, Presence::service_full_name()}}));
  ServeParent(absl::StrCat(server->port()));
  return absl::OkStatus();
}

}  // namespace

Role BareServerRole() {
  return {"bare-server", RunBareServer};
}

}  // namespace parlor::bench
