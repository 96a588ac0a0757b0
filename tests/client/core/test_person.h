// One person with a whole core on virtual time, and what their interface was told.
#ifndef PARLOR_TESTS_CLIENT_CORE_TEST_PERSON_H_
#define PARLOR_TESTS_CLIENT_CORE_TEST_PERSON_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/core/core.h"
#include "client/link/memory_network.h"
#include "tests/client/core/fake_server.h"

namespace parlor::client {

// The world that people of one test share.
struct TestWorld {
  VirtualLoop loop;
  MemoryInternet internet{loop};
  FakeServer server{loop};

  bool Until(const std::function<bool()>& done, absl::Duration limit = absl::Minutes(1)) {
    return loop.RunUntil(done, limit);
  }
};

class TestPerson {
 public:
  TestPerson(TestWorld& world, const std::string& name, const std::string& ip);
  ~TestPerson();

  // As a new process would: with what the last one left on the disk.
  void StartCore(CoreOptions options = {});
  // As kill -9 does: nobody is told.
  void Kill();
  void Do(const std::string& command, std::map<std::string, std::string> args = {},
          const std::string& ref = {});

  template <typename T>
  std::vector<T> All() const {
    std::vector<T> found;
    for (const Event& event : events) {
      if (const T* typed = std::get_if<T>(&event)) found.push_back(*typed);
    }
    return found;
  }
  // Texts shown of one target, in the order in which they were shown.
  std::vector<std::string> Texts(const std::string& target) const;
  bool Saw(const std::string& target, const std::string& text) const;
  bool SawRoom(const std::string& change, const std::string& user) const;
  bool SawChat(const std::string& change) const;
  bool SawError(const std::string& code) const;
  // Marks of the message with this ref, in order.
  std::vector<std::string> Marks(const std::string& ref) const;
  bool Delivered(const std::string& ref, const std::string& by) const;
  void Forget() { events.clear(); }

  TestWorld& world;
  const std::string name;
  const std::string ip;
  Account account;
  std::vector<Event> events;
  std::unique_ptr<Core> core;
  absl::Status disk;  // what saving the account comes to; unless OK, nothing is saved
  int saves = 0;      // that were tried

 private:
  const std::string store_path_;
  std::unique_ptr<RpcChannel> channel_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Trust> trust_;
  std::unique_ptr<ServerClock> clock_;
  std::unique_ptr<StoreWorker> store_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CORE_TEST_PERSON_H_
