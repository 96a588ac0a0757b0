#include "bench/client/tls_floor.h"

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/devices.h"
#include "bench/client/echo_frame.h"
#include "bench/client/latencies.h"

namespace parlor::bench {
namespace {

using asio::ip::tcp;
using Stream = asio::ssl::stream<tcp::socket>;

constexpr size_t kRecordSize = 16 * 1024;  // the largest of TLS (RFC 8446, section 5.1)

void Show(asio::ssl::context& tls, const Device& device) {
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_3_VERSION);
  tls.use_certificate(asio::buffer(device.identity.chain_der.front()), asio::ssl::context::asn1);
  tls.use_private_key(asio::buffer(device.account.device_key_pem), asio::ssl::context::pem);
}

// One connection of the server, alive as long as it is read.
class Served : public std::enable_shared_from_this<Served> {
 public:
  Served(tcp::socket socket, asio::ssl::context& tls, bool echo)
      : stream_(std::move(socket), tls), echo_(echo) {}

  void Start() {
    stream_.next_layer().set_option(tcp::no_delay(true));
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](const asio::error_code& error) {
                              if (!error) self->Read();
                            });
  }

 private:
  void Read() {
    if (!echo_) {
      stream_.async_read_some(asio::buffer(buffer_),
                              [self = shared_from_this()](const asio::error_code& error, size_t) {
                                if (!error) self->Read();
                              });
      return;
    }
    asio::async_read(stream_, asio::buffer(buffer_, kEchoWireSize),
                     [self = shared_from_this()](const asio::error_code& error, size_t) {
                       if (!error) self->Reply();
                     });
  }
  void Reply() {
    asio::async_write(stream_, asio::buffer(buffer_, kEchoWireSize),
                      [self = shared_from_this()](const asio::error_code& error, size_t) {
                        if (!error) self->Read();
                      });
  }

  Stream stream_;
  const bool echo_;
  std::array<char, kRecordSize> buffer_;
};

void Accept(tcp::acceptor& acceptor, asio::ssl::context& tls, bool echo) {
  acceptor.async_accept([&acceptor, &tls, echo](const asio::error_code& error, tcp::socket socket) {
    if (error) return;
    std::make_shared<Served>(std::move(socket), tls, echo)->Start();
    Accept(acceptor, tls, echo);
  });
}

// Ping-pong with an echo server. Answers when it has measured enough.
class Pinger {
 public:
  Pinger(Stream& stream, absl::Duration duration) : stream_(stream), trips_(duration) {}

  std::string Run(asio::io_context& io) {
    Ping();
    io.restart();
    io.run();
    return error_ ? ErrorAnswer(absl::UnavailableError(error_.message())) : trips_.Summary();
  }

 private:
  void Ping() {
    trips_.Begin();
    asio::async_write(stream_, asio::buffer(frame_), [this](const asio::error_code& error, size_t) {
      error_ = error;
      if (!error) Pong();
    });
  }
  void Pong() {
    asio::async_read(stream_, asio::buffer(buffer_, kEchoWireSize),
                     [this](const asio::error_code& error, size_t) {
                       error_ = error;
                       if (!error && trips_.End()) Ping();
                     });
  }

  Stream& stream_;
  RoundTrips trips_;
  const std::string frame_ = EchoOnWire();
  std::array<char, kEchoWireSize> buffer_;
  asio::error_code error_;
};

std::string StreamFrames(Stream& stream, absl::Duration duration) {
  std::string record;
  size_t frames_a_record = 0;
  for (; record.size() + kEchoWireSize <= kRecordSize; ++frames_a_record) record += EchoOnWire();
  const absl::Time began = absl::Now();
  size_t frames = 0;
  while (absl::Now() - began < duration) {
    asio::write(stream, asio::buffer(record));
    frames += frames_a_record;
  }
  return nlohmann::json{{"rate", static_cast<double>(frames) / absl::ToDoubleSeconds(absl::Now() - began)}}
      .dump();
}

std::string TlsAnswer(const std::string& line, asio::io_context& io, Stream& stream) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  double seconds = 0;
  if (words.size() != 2 || !absl::SimpleAtod(words[1], &seconds)) {
    return ErrorAnswer(absl::InvalidArgumentError("echo|stream SECONDS"));
  }
  return words[0] == "echo" ? Pinger(stream, absl::Seconds(seconds)).Run(io)
                            : StreamFrames(stream, absl::Seconds(seconds));
}

}  // namespace

absl::Status RunTlsServer(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) return absl::InvalidArgumentError("DIRECTORY echo|sink");
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kListener));
  try {
    asio::io_context io(1);
    asio::ssl::context tls(asio::ssl::context::tls_server);
    Show(tls, device);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    Accept(acceptor, tls, arguments[1] == "echo");
    std::thread thread([&io] { io.run(); });
    ServeParent(absl::StrCat(acceptor.local_endpoint().port()));
    io.stop();
    thread.join();
    return absl::OkStatus();
  } catch (const asio::system_error& error) {
    return absl::UnavailableError(error.what());
  }
}

absl::Status RunTlsClient(const std::vector<std::string>& arguments) {
  uint32_t port = 0;
  if (arguments.size() != 2 || !absl::SimpleAtoi(arguments[1], &port)) {
    return absl::InvalidArgumentError("DIRECTORY PORT");
  }
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kDialler));
  try {
    asio::io_context io(1);
    asio::ssl::context tls(asio::ssl::context::tls_client);
    Show(tls, device);
    Stream stream(io, tls);
    stream.next_layer().connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
    stream.next_layer().set_option(tcp::no_delay(true));
    stream.handshake(asio::ssl::stream_base::client);
    ServeParent("ready", [&](const std::string& line) { return TlsAnswer(line, io, stream); });
    return absl::OkStatus();
  } catch (const asio::system_error& error) {
    return absl::UnavailableError(error.what());
  }
}

}  // namespace parlor::bench
