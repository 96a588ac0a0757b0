// A task with a session that tests play, on virtual time.
#ifndef PARLOR_TESTS_CLIENT_CLI_TASK_FIXTURE_H_
#define PARLOR_TESTS_CLIENT_CLI_TASK_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/task.h"
#include "client/loop/virtual_loop.h"
#include "client/ui/event_ref.h"
#include "client/ui/json/event_json.h"

namespace parlor::client {

class TaskFixture : public ::testing::Test {
 protected:
  TaskHost Host() {
    return {[this](Command command) { commands_.push_back(std::move(command)); },
            [this](Event event) {
              if (std::string* ref = MutableRefOf(event)) ref->clear();
              shown_.push_back(EventToJson(event));
            },
            [this](int code) {
              EXPECT_FALSE(exit_code_.has_value()) << "finished twice";
              exit_code_ = code;
            }};
  }
  void Happens(const Event& event) { task_->OnEvent(event); }
  // With the ref of the last command.
  template <typename Answer>
  void Answers(Answer answer) {
    answer.ref = commands_.back().ref;
    Happens(answer);
  }
  void Ready() { Happens(ReadyEvent{"alice", ""}); }
  void Services(bool up) {
    Happens(ServicesEvent{up, up ? "" : "refused", up ? std::optional<absl::Duration>() : absl::Seconds(1)});
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Command& command : commands_) names.push_back(command.name);
    return names;
  }

  VirtualLoop loop_;
  std::vector<Command> commands_;
  std::vector<std::string> shown_;
  std::optional<int> exit_code_;
  std::unique_ptr<Task> task_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CLI_TASK_FIXTURE_H_
