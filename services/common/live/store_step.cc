#include "services/common/live/store_step.h"

#include <utility>

namespace parlor::live {
namespace {

template <typename T>
StoreAnswer Answer(absl::StatusOr<T> answer, T StoreAnswer::*where) {
  StoreAnswer made;
  made.status = answer.status();
  if (answer.ok()) made.*where = *std::move(answer);
  return made;
}

}  // namespace

StoreAnswer Perform(const StoreRequest& request, ReplicaStore& store) {
  const ReplicaId& self = request.self;
  switch (request.step) {
    case Step::kNothing:
      break;
    case Step::kRegister:
      return Answer(store.Register(self.name), &StoreAnswer::self);
    case Step::kReadAll:
      return Answer(store.ReadAll(self, request.seen), &StoreAnswer::news);
    case Step::kCommit:
      return Answer(store.Commit(self, request.decisions, request.letters), &StoreAnswer::committed);
    case Step::kRead:
      return Answer(store.Read(self, request.seen), &StoreAnswer::news);
    case Step::kRenew:
      return {.status = store.Renew(self)};
    case Step::kAdopt:
      return Answer(store.Adopt(self, request.judge, request.now, request.limit), &StoreAnswer::adoption);
    case Step::kPurge:
      return {.status = store.Purge()};
    case Step::kLeave:
      return {.status = store.Leave(self)};
  }
  return {};
}

}  // namespace parlor::live
