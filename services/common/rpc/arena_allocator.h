// The request and the response of a call in one piece of memory, made and given back whole. For methods whose
// answers are lists: half of the cost of a page of 50 rooms was their messages, one by one.
#ifndef PARLOR_SERVICES_COMMON_RPC_ARENA_ALLOCATOR_H_
#define PARLOR_SERVICES_COMMON_RPC_ARENA_ALLOCATOR_H_

#include <array>
#include <cstddef>

#include "google/protobuf/arena.h"
#include "grpcpp/support/message_allocator.h"

namespace parlor::service {

// Thread-safe; outlives the server. For a service's SetMessageAllocatorFor_…().
template <typename Request, typename Response>
class ArenaAllocator final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Holder; }

 private:
  // Enough for most answers: a page of 50 rooms.
  static constexpr size_t kFirstBlock = 16 << 10;

  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() : arena_(first_block_.data(), first_block_.size()) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override { delete this; }  // by gRPC, once the call is over

   private:
    // Not cleared: the arena writes before it reads.
    alignas(std::max_align_t) std::array<char, kFirstBlock> first_block_;
    google::protobuf::Arena arena_;
  };
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_RPC_ARENA_ALLOCATOR_H_
