#include "bench/client/benchmarks.h"

#include "bench/client/delivery.h"
#include "bench/client/echo.h"
#include "bench/client/link_echo.h"
#include "bench/client/person_role.h"
#include "bench/client/quic_floor.h"
#include "bench/client/throughput.h"
#include "bench/client/tls_floor.h"

namespace parlor::bench {

std::vector<Benchmark> ClientBenchmarks() {
  return {
      {"echo", "a 100 B frame there and back over a link, nothing stored", &MeasureEcho},
      {"delivery", "a private message sent, stored by both, marked delivered, one at a time",
       &MeasureDelivery},
      {"private", "as many private messages as go, stored and marked delivered", &MeasurePrivate},
      {"signed", "the same in a room of two, where each is signed", &MeasureSigned},
  };
}

std::vector<Role> ClientRoles() {
  return {
      {kLinkEchoServer, &RunLinkEchoServer}, {kLinkEchoClient, &RunLinkEchoClient},
      {kTlsServer, &RunTlsServer},           {kTlsClient, &RunTlsClient},
      {kQuicServer, &RunQuicServer},         {kQuicClient, &RunQuicClient},
      {kServerRole, &RunServerRole},         {kPersonRole, &RunPersonRole},
  };
}

}  // namespace parlor::bench
