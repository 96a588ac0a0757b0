// Tests of what network.h and link.h promise, whatever a link runs over.
#ifndef PARLOR_TESTS_CLIENT_LINK_LINK_CONTRACT_H_
#define PARLOR_TESTS_CLIENT_LINK_LINK_CONTRACT_H_

#include <string>

#include "client/link/link_words.h"
#include "gtest/gtest.h"
#include "tests/client/link/link_fixture.h"

namespace parlor::client {

class LinkContractTest : public LinkTest, public ::testing::WithParamInterface<Transport> {
 protected:
  LinkContractTest() : LinkTest(GetParam()) {}
};

inline std::string NameOfKind(const ::testing::TestParamInfo<Transport>& tested) {
  return Word(tested.param);
}

}  // namespace parlor::client

// Runs the tests of `suite`, which is a LinkContractTest, with each kind of network.
#define PARLOR_FOR_EACH_KIND(suite)                                                                          \
  INSTANTIATE_TEST_SUITE_P(                                                                                  \
      Kinds, suite, ::testing::Values(::parlor::client::Transport::kTcp, ::parlor::client::Transport::kUdp), \
      ::parlor::client::NameOfKind)

#endif  // PARLOR_TESTS_CLIENT_LINK_LINK_CONTRACT_H_
