// A network of somebody who speaks with the services alone: nobody dials, and nobody is dialled.
#ifndef PARLOR_BENCH_TOWN_NO_LINKS_H_
#define PARLOR_BENCH_TOWN_NO_LINKS_H_

#include <memory>
#include <utility>
#include <vector>

#include "client/link/network.h"
#include "client/loop/loop.h"

namespace parlor::bench {

class NoLinks final : public client::Network {
 public:
  explicit NoLinks(client::Loop& loop) : loop_(loop) {}

  void SetIdentity(client::LinkIdentity) override {}
  absl::StatusOr<uint16_t> Listen(uint16_t, AcceptCallback) override { return kPort; }
  std::unique_ptr<client::Dialling> Dial(client::DialTarget, DialCallback done) override {
    loop_.Post([done = std::move(done)] { done(absl::UnavailableError("nobody is linked here")); });
    return std::make_unique<client::Dialling>();
  }
  std::vector<PeerAddress> LocalAddresses() const override { return {{"127.0.0.1", kPort}}; }

 private:
  static constexpr uint16_t kPort = 40'000;  // any, as nobody dials it

  client::Loop& loop_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_TOWN_NO_LINKS_H_
