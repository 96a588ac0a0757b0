// What a dial says to whoever answers: a handshake, and nothing else, since addresses are told by others and
// may be anybody's.
#include <openssl/ssl.h>

#include <asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "client/link/dial_race.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/link/tcp_fixture.h"

namespace parlor::client {
namespace {

using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using TcpSilenceTest = TcpTest;

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// Takes one connection, and keeps every byte of it.
class Ear {
 public:
  explicit Ear(AsioLoop& loop)
      : acceptor_(loop.context(), {asio::ip::make_address("127.0.0.1"), 0}), socket_(loop.context()) {
    acceptor_.non_blocking(true);
  }

  PeerAddress at() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  const std::string& heard() const { return heard_; }
  bool ended() const { return ended_; }

  void Listen() {
    asio::error_code error;
    if (!socket_.is_open()) acceptor_.accept(socket_, error);
    if (error) return;
    socket_.non_blocking(true);
    char buffer[4096];
    while (true) {
      const size_t count = socket_.read_some(asio::buffer(buffer), error);
      if (error) break;
      heard_.append(buffer, count);
      OnBytes({buffer, count});
    }
    if (error != asio::error::would_block) ended_ = true;
  }

 protected:
  virtual ~Ear() = default;
  virtual void OnBytes(absl::string_view bytes) = 0;

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::string heard_;
  bool ended_ = false;
};

class SilentEar final : public Ear {
 public:
  using Ear::Ear;

 private:
  void OnBytes(absl::string_view) override {}
};

// Speaks TLS as far as OpenSSL goes, and never says a word in it. Asks for a certificate and takes any.
class TlsEar final : public Ear {
 public:
  TlsEar(AsioLoop& loop, const LinkIdentity& identity) : Ear(loop), context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX_use_certificate(context_.get(), Certificate::FromDer(identity.chain_der[0])->get());
    SSL_CTX_add1_chain_cert(context_.get(), Certificate::FromDer(identity.chain_der[1])->get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context_.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned,
           void*) {
          *size = offered[0];
          *out = offered + 1;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
    SSL_set_msg_callback(ssl_.get(), &OnMessage);
    SSL_set_msg_callback_arg(ssl_.get(), this);
  }

  // Types of the handshake's messages that came, and the decrypted bytes that came besides it.
  const std::vector<int>& messages() const { return messages_; }
  const std::string& words() const { return words_; }

 private:
  static void OnMessage(int sent, int, int type, const void* bytes, size_t, SSL*, void* ear) {
    if (sent == 0 && type == SSL3_RT_HANDSHAKE) {
      static_cast<TlsEar*>(ear)->messages_.push_back(*static_cast<const unsigned char*>(bytes));
    }
  }

  void OnBytes(absl::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    char buffer[4096];
    int count = 0;
    while ((count = SSL_read(ssl_.get(), buffer, sizeof(buffer))) > 0) {
      words_.append(buffer, static_cast<size_t>(count));
    }
    while ((count = BIO_read(SSL_get_wbio(ssl_.get()), buffer, sizeof(buffer))) > 0) {
      asio::error_code ignored;  // the other side may have closed
      socket_.write_some(asio::buffer(buffer, static_cast<size_t>(count)), ignored);
    }
  }

  std::unique_ptr<SSL_CTX, SslDeleter> context_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  std::vector<int> messages_;
  std::string words_;
};

// Types of the records, as they stand on the wire.
std::vector<int> Records(absl::string_view bytes) {
  constexpr size_t kHeader = 5;
  std::vector<int> types;
  while (!bytes.empty()) {
    if (bytes.size() < kHeader) {
      types.push_back(-1);
      break;
    }
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
    types.push_back(byte(0));
    bytes.remove_prefix(std::min(bytes.size(), kHeader + byte(3) * 256u + byte(4)));
  }
  return types;
}

TEST_F(TcpSilenceTest, ADialSaysNothingButAHandshakeToWhoeverAnswers) {
  const TestPki elsewhere(absl::Now());
  SilentEar silent(loop_);
  TlsEar stranger(loop_, elsewhere.Service());
  TlsEar bob(loop_, pki_.Device("bob"));
  Person alice(*this, "alice");
  absl::Status status;
  const absl::Duration start = loop_.Uptime();
  const auto dialling = alice.network->Dial({"bob", {silent.at(), stranger.at(), bob.at()}},
                                            [&](const auto& link) { status = link.status(); });
  EXPECT_TRUE(Until([&] {
    for (Ear* ear : {static_cast<Ear*>(&silent), static_cast<Ear*>(&stranger), static_cast<Ear*>(&bob)}) {
      ear->Listen();
    }
    return !status.ok() && silent.ended() && stranger.ended() && bob.ended();
  })) << "a connection is still open after the deadline";
  EXPECT_GE(loop_.Uptime() - start, DialRace::kDeadline);

  // To who says nothing: one record, a ClientHello.
  EXPECT_THAT(Records(silent.heard()), ElementsAre(SSL3_RT_HANDSHAKE));
  EXPECT_EQ(silent.heard()[5], SSL3_MT_CLIENT_HELLO);
  // To who speaks TLS and is not to be trusted: no more, not even who is dialling.
  EXPECT_THAT(stranger.messages(), ElementsAre(SSL3_MT_CLIENT_HELLO));
  EXPECT_THAT(stranger.words(), IsEmpty());
  // To bob himself, while he does not speak: the handshake to its end.
  EXPECT_THAT(bob.messages(), ElementsAre(SSL3_MT_CLIENT_HELLO, SSL3_MT_CERTIFICATE,
                                          SSL3_MT_CERTIFICATE_VERIFY, SSL3_MT_FINISHED));
  EXPECT_THAT(bob.words(), IsEmpty());
}

}  // namespace
}  // namespace parlor::client
