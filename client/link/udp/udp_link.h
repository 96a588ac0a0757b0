// A Link over QUIC on UDP.
#ifndef PARLOR_CLIENT_LINK_UDP_UDP_LINK_H_
#define PARLOR_CLIENT_LINK_UDP_UDP_LINK_H_

#include <memory>
#include <optional>

#include "client/link/link.h"
#include "client/link/udp/udp_endpoint.h"

namespace parlor::client {

// When the dialling side's address changes (another network, a NAT that forgot), the link lives on, and the
// accepting side's info() follows. When the accepting side's does, QUIC has no way to say so (RFC 9000,
// section 9): the link ends with DEADLINE_EXCEEDED, or sooner if the old address answers with an error, and
// must be dialled again.
class UdpLink final : public Link {
 public:
  // For Close(): to have what is queued acknowledged.
  static constexpr absl::Duration kCloseDeadline = absl::Seconds(2);

  // `session` is ready. `opened`: LinkInfo::opened.
  explicit UdpLink(std::unique_ptr<UdpSession> session, bool opened = false);
  ~UdpLink() override;

  void Start(Handlers handlers) override;
  absl::Status Send(absl::string_view frame) override;
  void SendLossy(absl::string_view frame) override;
  size_t queued_bytes() const override;
  std::optional<absl::Duration> rtt() const override;
  void Close() override;
  const LinkInfo& info() const override;

 private:
  class Core;
  const std::shared_ptr<Core> core_;  // a turn that calls its handlers holds it too
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_UDP_LINK_H_
