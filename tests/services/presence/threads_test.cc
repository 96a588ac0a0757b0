// What a connected person costs in threads: nothing.
#include "tests/services/common/threads.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/services/presence/presence_server.h"

namespace parlor::presence {
namespace {

using parlor::testing::ThreadsOfThisProcess;

// A stream that is welcomed and stays open, with no thread on the client's side either.
class QuietStream {
 public:
  QuietStream(v1::Presence::Stub& stub, const std::string& token) {
    context_.AddMetadata("authorization", "Bearer " + token);
    stream_ = stub.Connect(&context_);
    v1::ConnectRequest frame;
    frame.mutable_hello();
    stream_->Write(frame);
    v1::ConnectResponse first;
    EXPECT_TRUE(stream_->Read(&first));
    EXPECT_TRUE(first.has_welcome()) << first.ShortDebugString();
  }

  ~QuietStream() {
    context_.TryCancel();
    stream_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ConnectRequest, v1::ConnectResponse>> stream_;
};

class ThreadsTest : public ::testing::Test {
 protected:
  // A connection carries 256 streams at most, so that each hundred has one of its own.
  void Connect(int people) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub = v1::Presence::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", server_.server().port()), grpc::InsecureChannelCredentials(), own));
    for (int i = 0; i < people; ++i) {
      const std::string user = absl::StrCat("user", streams_.size());
      streams_.push_back(std::make_unique<QuietStream>(*stub, server_.Token(user)));
    }
  }

  PresenceServer server_;
  std::vector<std::unique_ptr<QuietStream>> streams_;
};

TEST_F(ThreadsTest, FiveHundredPeopleTakeNoThreads) {
  Connect(20);
  const int before = ThreadsOfThisProcess();
  for (int hundred = 0; hundred < 5; ++hundred) Connect(100);
  EXPECT_LE(ThreadsOfThisProcess(), before + parlor::testing::kPoolsMayGrowBy) << "from " << before;
  v1::ListOnlineRequest request;
  request.set_page_size(1000);
  v1::ListOnlineResponse online;
  const auto context = PresenceServer::WithToken(server_.Token("observer"));
  ASSERT_TRUE(server_.stub().ListOnline(context.get(), request, &online).ok());
  EXPECT_EQ(online.people_size(), 520) << "and all of them are there";
}

}  // namespace
}  // namespace parlor::presence
