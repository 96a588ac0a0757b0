// The sides of a slow and lossy network that bench/net/namespaces.py has made around this process.
#ifndef PARLOR_BENCH_NET_SIDES_H_
#define PARLOR_BENCH_NET_SIDES_H_

#include <string>
#include <vector>

namespace parlor::bench {

struct Side {
  std::string network;  // the file of its namespace
  std::string address;
};

// From PARLOR_NETWORK_0, PARLOR_ADDRESS_0 and so on. None: there is no such network.
std::vector<Side> SidesFromEnvironment();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_NET_SIDES_H_
