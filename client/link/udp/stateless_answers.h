// What an endpoint says to packets that belong to no connection, without remembering anything: which of them
// begin one, and which get an answer (RFC 9000: Retry, Version Negotiation, Stateless Reset). Pure.
#ifndef PARLOR_CLIENT_LINK_UDP_STATELESS_ANSWERS_H_
#define PARLOR_CLIENT_LINK_UDP_STATELESS_ANSWERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/link/udp/quic_connection.h"
#include "client/link/udp/udp_address.h"

namespace parlor::client {

class StatelessAnswers {
 public:
  // Resets and version negotiations, together: enough for every peer of a process that was started again, too
  // few to be worth a forger's while. Never longer than what is answered.
  static constexpr int kPerSecond = 100;
  // For how long a dialler's address counts as proved; it repeats its first packet at once.
  static constexpr absl::Duration kRetryLifetime = absl::Seconds(10);

  StatelessAnswers();

  struct Verdict {
    std::optional<QuicConnection::Initial> initial;  // begins a connection; refers to the packet's bytes
    std::string answer;                              // to be sent back; empty: nothing
  };

  // `accepting`: connections may begin. `prove_address`: only for those whose address is proved; others are
  // told to try again. `reset_key` (QuicCredentials): empty, no resets.
  Verdict Judge(absl::string_view packet, const UdpAddress& from, bool accepting, bool prove_address,
                absl::string_view reset_key, absl::Duration now);

  // True if `packet` may be the other side's stateless reset: it looks like a packet of an unknown
  // connection.
  static bool MayBeReset(absl::string_view packet);

 private:
  Verdict JudgeInitial(absl::string_view packet, const UdpAddress& from, bool prove_address,
                       absl::Duration now);
  std::string Retry(const ngtcp2_pkt_hd& header, const UdpAddress& from, absl::Duration now) const;
  static std::string Reset(absl::string_view packet, absl::string_view reset_key);
  static std::string NegotiateVersion(const ngtcp2_version_cid& asked);
  bool TakeFromBudget(absl::Duration now);

  std::array<uint8_t, 32> retry_key_;  // of this process alone
  absl::Duration budget_since_ = -absl::InfiniteDuration();
  int budget_ = kPerSecond;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_UDP_STATELESS_ANSWERS_H_
