// How a client stands at the moment, in numbers: for those who measure it (client/metrics).
#ifndef PARLOR_CLIENT_CORE_FIGURES_H_
#define PARLOR_CLIENT_CORE_FIGURES_H_

#include <cstddef>
#include <map>
#include <utility>

#include "client/link/link.h"

namespace parlor::client {

struct CoreFigures {
  bool services_up = false;
  size_t rooms = 0;   // entered
  size_t outbox = 0;  // messages to people, not known to be delivered
  std::map<std::pair<Transport, Path>, size_t> links;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_FIGURES_H_
