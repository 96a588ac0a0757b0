#include "client/rpc/root_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio.hpp>
#include <asio/ssl.hpp>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;
using ::testing::HasSubstr;

// A server's trust, and something that listens on a free port and takes one connection.
class RootFetchTest : public ::testing::Test {
 protected:
  RootFetchTest() : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  ~RootFetchTest() override {
    if (thread_.joinable()) thread_.join();
  }

  static std::string IdOf(const Authority& root) { return ServerIdOf(root.key().public_key()); }
  JoinLink Link(const std::string& pin) const {
    return {{"127.0.0.1", acceptor_.local_endpoint().port()}, pin};
  }

  void Serve(std::function<void(tcp::socket)> serve) {
    thread_ = std::thread([this, serve = std::move(serve)] {
      asio::error_code error;
      tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      if (!error) serve(std::move(socket));
    });
  }
  // TLS with the chain of `root`; its root is shown or not.
  void ServeTls(const Authority& root, bool with_root) {
    const Authority services = root.MakeServicesAuthority(absl::Now());
    const PrivateKey key = PrivateKey::Generate();
    const Certificate leaf = services.IssueService(IdOf(root), key.public_key(), absl::Now(), absl::Hours(1));
    const std::string chain = absl::StrCat(leaf.ToPem(), services.certificate().ToPem(),
                                           with_root ? root.certificate().ToPem() : "");
    Serve([chain, key_pem = key.ToPem()](tcp::socket socket) {
      asio::ssl::context tls(asio::ssl::context::tls_server);
      tls.use_certificate_chain(asio::buffer(chain));
      tls.use_private_key(asio::buffer(key_pem), asio::ssl::context::pem);
      asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
      asio::error_code error;
      stream.handshake(asio::ssl::stream_base::server, error);
      char byte;
      stream.read_some(asio::buffer(&byte, 1), error);
      EXPECT_TRUE(error) << "something was sent after the handshake";
    });
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST_F(RootFetchTest, TakesTheRootThatThePinNames) {
  const Authority root = Authority::MakeRoot(absl::Now());
  ServeTls(root, true);
  const absl::StatusOr<Certificate> fetched = FetchRoot(Link(IdOf(root)));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->ToDer(), root.certificate().ToDer());
}

TEST_F(RootFetchTest, AnotherServerIsRefusedByItsKey) {
  const Authority root = Authority::MakeRoot(absl::Now());
  ServeTls(root, true);
  const absl::Status status = FetchRoot(Link(IdOf(Authority::MakeRoot(absl::Now())))).status();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(IdOf(root)));
}

TEST_F(RootFetchTest, AChainWithoutItsRootIsRefused) {
  const Authority root = Authority::MakeRoot(absl::Now());
  ServeTls(root, false);
  EXPECT_TRUE(absl::IsUnauthenticated(FetchRoot(Link(IdOf(root))).status()));
}

TEST_F(RootFetchTest, WhatSpeaksNoTlsIsUnavailable) {
  Serve([](tcp::socket socket) {
    asio::error_code ignored;
    asio::write(socket, asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n", 28), ignored);
  });
  const absl::Status status = FetchRoot(Link(std::string(51, 'a') + "a")).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("TLS"));
}

TEST_F(RootFetchTest, SilenceHasItsEnd) {
  const absl::Status status = FetchRoot(Link(std::string(52, 'a')), absl::Milliseconds(200)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST_F(RootFetchTest, NobodyThereIsUnavailable) {
  const JoinLink link = Link(std::string(52, 'a'));
  acceptor_.close();
  const absl::Status status = FetchRoot(link).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("127.0.0.1"));
}

TEST_F(RootFetchTest, ALinkWithoutAPinIsRefusedBeforeAnythingIsDialled) {
  const absl::Status status = FetchRoot(Link("")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no pin"));
}

}  // namespace
}  // namespace parlor::client
