// Packets that leave together. Those that follow each other on one path and are of one length are one message
// to the kernel, which cuts it up again (UDP GSO): a packet costs a tenth of what it costs alone. Pure.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_BATCH_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_BATCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/link/udp/udp_address.h"

namespace parlor::client {

class UdpBatch {
 public:
  static constexpr size_t kMaxMessages = 64;
  static constexpr size_t kMaxSegments = 64;            // of one message: UDP_MAX_SEGMENTS of older kernels
  static constexpr size_t kMaxMessageSize = 63 * 1024;  // below what UDP's own length field allows
  static constexpr size_t kMaxBytes = 256 * 1024;

  struct Message {
    UdpAddress to;
    UdpAddress from;  // the address alone; any: as the kernel likes
    size_t offset = 0;
    size_t size = 0;
    size_t segment = 0;  // length of each packet in it but the last, which may be shorter
  };

  // False: it is full, nothing was added. Empty packets are none.
  bool Add(absl::string_view packet, const UdpAddress& to, const UdpAddress& from, bool may_join);

  const std::vector<Message>& messages() const { return messages_; }
  absl::string_view BytesOf(const Message& message) const {
    return absl::string_view(bytes_).substr(message.offset, message.size);
  }
  void Clear();

 private:
  bool Joins(absl::string_view packet, const UdpAddress& to, const UdpAddress& from) const;

  std::string bytes_;
  std::vector<Message> messages_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_BATCH_H_
