// The methods of a service as its proto has them: for tests that are about all of them.
#ifndef PARLOR_TESTS_SERVICES_COMMON_RPC_METHODS_H_
#define PARLOR_TESTS_SERVICES_COMMON_RPC_METHODS_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace parlor::testing {

// `service`: its full name. Fails the test if this program has no such service.
inline std::vector<std::string> MethodsOf(const std::string& service) {
  std::vector<std::string> methods;
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  EXPECT_NE(descriptor, nullptr) << service;
  if (descriptor == nullptr) return methods;
  for (int i = 0; i < descriptor->method_count(); ++i) methods.push_back(descriptor->method(i)->name());
  return methods;
}

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_RPC_METHODS_H_
