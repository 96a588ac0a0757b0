// Tells a replica that others have written, sooner than it would look by itself. It may miss what it likes:
// the replica polls, too.
#ifndef PARLOR_SERVICES_COMMON_LIVE_DOORBELL_H_
#define PARLOR_SERVICES_COMMON_LIVE_DOORBELL_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace parlor::live {

struct Notice {
  std::string replica;  // that has written
  int64_t version = 0;
};

class Doorbell {
 public:
  // Nothing: something may have been missed.
  using Ring = std::function<void(std::optional<Notice>)>;

  // After it `ring` is called no more.
  virtual ~Doorbell() = default;

  // Once. `ring` is called from a thread of the doorbell's own.
  virtual void Start(Ring ring) = 0;
};

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_DOORBELL_H_
