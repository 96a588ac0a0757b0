#include "client/link/udp/udp_socket.h"

#include <linux/errqueue.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/link/socket_error.h"

namespace parlor::client {
namespace {

using asio::ip::udp;

// More than the peers of a large room.
constexpr size_t kMaxFailures = 256;
constexpr int kMaxErrorsInOneCall = 64;

// Room for what one message has besides its bytes: our address, and the length to cut it into.
constexpr size_t kControlSize = 128;
struct alignas(cmsghdr) Control {
  std::array<char, kControlSize> bytes;
};

template <typename T>
void AddControl(msghdr& message, int level, int type, const T& value) {
  auto* header = reinterpret_cast<cmsghdr*>(static_cast<char*>(message.msg_control) + message.msg_controllen);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof(T));
  std::memcpy(CMSG_DATA(header), &value, sizeof(T));
  message.msg_controllen += CMSG_SPACE(sizeof(T));
}

template <typename T>
T ControlValue(cmsghdr* header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(header), sizeof(T));
  return value;
}

// One message as the kernel wants it. Left as it is until it is prepared: there are many, and few are used.
struct Outgoing {
  std::array<char, sizeof(sockaddr_in6)> to;
  iovec bytes;
  Control control;

  void Prepare(msghdr& message, const UdpAddress& address, const UdpAddress& from, absl::string_view packet,
               size_t segment, bool ipv6) {
    bytes = {const_cast<char*>(packet.data()), packet.size()};
    message = {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_name = to.data();
    message.msg_control = control.bytes.data();
    if (ipv6) {
      const sockaddr_in6 raw = ToSockaddr(address);
      std::memcpy(to.data(), &raw, sizeof(raw));
      message.msg_namelen = sizeof(raw);
      in6_pktinfo own{};
      std::copy(from.ip.begin(), from.ip.end(), own.ipi6_addr.s6_addr);
      if (!from.is_any()) AddControl(message, IPPROTO_IPV6, IPV6_PKTINFO, own);
    } else {
      sockaddr_in raw{};
      raw.sin_family = AF_INET;
      raw.sin_port = htons(address.port);
      raw.sin_addr = ToIpv4(address);
      std::memcpy(to.data(), &raw, sizeof(raw));
      message.msg_namelen = sizeof(raw);
      in_pktinfo own{};
      own.ipi_spec_dst = ToIpv4(from);
      if (!from.is_any()) AddControl(message, IPPROTO_IP, IP_PKTINFO, own);
    }
    if (packet.size() > segment)
      AddControl(message, IPPROTO_UDP, UDP_SEGMENT, static_cast<uint16_t>(segment));
    if (message.msg_controllen == 0) message.msg_control = nullptr;
  }
};

UdpAddress OwnAddress(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      const auto own = ControlValue<in6_pktinfo>(header);
      UdpAddress address;
      std::copy_n(own.ipi6_addr.s6_addr, address.ip.size(), address.ip.begin());
      return address;
    }
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      return FromIpv4(ControlValue<in_pktinfo>(header).ipi_addr, 0);
    }
  }
  return {};
}

// errno of an ICMP error; 0 for what is none.
int IcmpErrorOf(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    const bool told = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                      (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
    if (!told) continue;
    const auto error = ControlValue<sock_extended_err>(header);
    const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    return icmp ? static_cast<int>(error.ee_errno) : 0;
  }
  return 0;
}

bool MeansNoIpv6(const absl::Status& status) {
  return absl::IsUnavailable(status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<UdpSocket>> UdpSocket::Open(AsioLoop& loop, uint16_t port) {
  std::unique_ptr<UdpSocket> made(new UdpSocket(loop));
  absl::Status bound = made->Bind(udp::v6(), port);
  made->has_ipv6_ = bound.ok();
  if (MeansNoIpv6(bound)) bound = made->Bind(udp::v4(), port);
  if (!bound.ok()) return bound;
  made->Configure();
  return made;
}

absl::Status UdpSocket::Bind(const udp& protocol, uint16_t port) {
  asio::error_code error;
  asio::error_code ignored;  // of a socket that is given up
  socket_.close(ignored);
  socket_.open(protocol, error);
  if (!error && protocol == udp::v6()) socket_.set_option(asio::ip::v6_only(false), error);
  if (!error) socket_.native_non_blocking(true, error);
  if (!error) socket_.bind(udp::endpoint(protocol, port), error);
  if (!error) port_ = socket_.local_endpoint(error).port();
  return error ? SocketError(absl::StrCat("cannot use UDP port ", port), error.value()) : absl::OkStatus();
}

// None of these can fail on a kernel of this century in a way that matters: without them it is slower, or
// notices less.
void UdpSocket::Configure() {
  const auto set = [&](int level, int option, int value) {
    ::setsockopt(socket_.native_handle(), level, option, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_RCVBUF, kBufferSize);
  set(SOL_SOCKET, SO_SNDBUF, kBufferSize);
  // Packets are never cut on their way, whatever the kernel thinks of the path: QUIC finds the length itself.
  set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  set(IPPROTO_IP, IP_RECVERR, 1);
  if (has_ipv6_) {
    set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(IPPROTO_IPV6, IPV6_RECVERR, 1);
    set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set(IPPROTO_IP, IP_PKTINFO, 1);
  }
}

void UdpSocket::Await(std::function<void()> run) {
  socket_.async_wait(udp::socket::wait_read, [call = std::move(run)](const asio::error_code& error) {
    if (error != asio::error::operation_aborted) call();
  });
}

bool UdpSocket::Receive(absl::FunctionRef<void(const Packet& packet)> take) {
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> bytes;
  std::array<sockaddr_storage, kBatch> from;
  std::array<Control, kBatch> control;
  for (size_t i = 0; i < kBatch; ++i) {
    bytes[i] = {buffers_[i].data(), buffers_[i].size()};
    messages[i].msg_hdr = {&from[i], sizeof(from[i]), &bytes[i], 1, control[i].bytes.data(), kControlSize, 0};
  }
  const int count = ::recvmmsg(socket_.native_handle(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    // An error of something sent before is told here once, and hides what has come.
    const bool nothing = errno == EAGAIN || errno == EWOULDBLOCK;
    errors_queued_ = true;
    return !nothing;
  }
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    msghdr& message = messages[i].msg_hdr;
    if ((message.msg_flags & MSG_TRUNC) != 0 || messages[i].msg_len == 0) continue;
    take({absl::string_view(buffers_[i].data(), messages[i].msg_len),
          FromSockaddr(reinterpret_cast<const sockaddr*>(&from[i])), OwnAddress(message)});
  }
  return static_cast<size_t>(count) == kBatch;
}

void UdpSocket::Send(absl::string_view packet, const UdpAddress& to, const UdpAddress& from) {
  if (packet.empty() || batch_.Add(packet, to, from, joins_)) return;
  Flush();
  batch_.Add(packet, to, from, joins_);
}

void UdpSocket::Flush() {
  const size_t count = batch_.messages().size();
  for (size_t sent = 0; sent < count;) sent += SendSome(sent);
  batch_.Clear();
}

// How many messages from `first` on are dealt with: sent, or given up.
size_t UdpSocket::SendSome(size_t first) {
  const size_t count = batch_.messages().size() - first;
  std::array<mmsghdr, UdpBatch::kMaxMessages> messages;
  std::array<Outgoing, UdpBatch::kMaxMessages> outgoing;
  for (size_t i = 0; i < count; ++i) {
    const UdpBatch::Message& message = batch_.messages()[first + i];
    outgoing[i].Prepare(messages[i].msg_hdr, message.to, message.from, batch_.BytesOf(message),
                        message.segment, has_ipv6_);
  }
  // An error of a packet sent before is told once, and then the same call may succeed.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int sent =
        ::sendmmsg(socket_.native_handle(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    if (sent > 0) return static_cast<size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return count;
    errors_queued_ = true;
  }
  const UdpBatch::Message& refused = batch_.messages()[first];
  if (refused.size > refused.segment && (errno == EIO || errno == EINVAL)) {
    joins_ = false;
    SendOneByOne(refused);
  } else if (errno != EMSGSIZE) {
    Remember(refused.to, errno);
  }
  return 1;
}

void UdpSocket::SendOneByOne(const UdpBatch::Message& message) {
  absl::string_view bytes = batch_.BytesOf(message);
  while (!bytes.empty()) {
    const absl::string_view packet = bytes.substr(0, message.segment);
    bytes.remove_prefix(packet.size());
    msghdr header;
    Outgoing outgoing;
    outgoing.Prepare(header, message.to, message.from, packet, message.segment, has_ipv6_);
    if (::sendmsg(socket_.native_handle(), &header, MSG_DONTWAIT) < 0) errors_queued_ = true;
  }
}

void UdpSocket::TakeErrors(absl::FunctionRef<void(const UdpAddress& to, int error)> take) {
  if (std::exchange(errors_queued_, false)) ReadErrorQueue();
  if (failures_.empty()) return;
  for (const Failure& failure : std::exchange(failures_, {})) take(failure.to, failure.error);
}

void UdpSocket::ReadErrorQueue() {
  for (int i = 0; i < kMaxErrorsInOneCall; ++i) {
    sockaddr_storage to{};
    Control control;
    msghdr message{&to, sizeof(to), nullptr, 0, control.bytes.data(), kControlSize, 0};
    if (::recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    const int error = IcmpErrorOf(message);
    if (error != 0 && error != EMSGSIZE)
      Remember(FromSockaddr(reinterpret_cast<const sockaddr*>(&to)), error);
  }
  errors_queued_ = true;
}

void UdpSocket::Remember(const UdpAddress& to, int error) {
  if (failures_.size() < kMaxFailures) failures_.push_back({to, error});
}

}  // namespace parlor::client
