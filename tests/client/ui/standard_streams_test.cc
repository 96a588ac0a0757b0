#include "client/ui/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "client/loop/asio_loop.h"

namespace parlor::client {
namespace {

class StandardStreamsTest : public ::testing::Test {
 protected:
  StandardStreamsTest() {
    std::signal(SIGPIPE, SIG_IGN);
    if (::pipe2(pipe_, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
  }
  ~StandardStreamsTest() override {
    CloseRead();
    CloseWrite();
  }
  void CloseRead() { Close(pipe_[0]); }
  void CloseWrite() { Close(pipe_[1]); }
  static void Close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  int pipe_[2] = {-1, -1};
  AsioLoop loop_;
};

TEST_F(StandardStreamsTest, ReadsToTheEnd) {
  const std::string sent(300'000, 'x');
  std::thread writer([&] {
    for (size_t at = 0; at < sent.size();) {
      const ssize_t count = ::write(pipe_[1], sent.data() + at, sent.size() - at);
      ASSERT_GT(count, 0);
      at += static_cast<size_t>(count);
    }
    CloseWrite();
  });
  std::string got;
  InputReader reader(loop_, pipe_[0],
                     {[&](absl::string_view bytes) { got += std::string(bytes); }, [&] { loop_.Stop(); }});
  loop_.Run();
  writer.join();
  EXPECT_EQ(got, sent);
}

TEST_F(StandardStreamsTest, AReaderThatWaitsCanBeEnded) {
  auto reader = std::make_unique<InputReader>(loop_, pipe_[0], InputReader::Handlers{});
  reader.reset();  // does not wait for input that never comes
}

TEST_F(StandardStreamsTest, WhatWasWrittenIsOutWhenTheWriterEnds) {
  std::string got;
  std::thread reader([&] {
    char chunk[4096];
    for (ssize_t count = 0; (count = ::read(pipe_[0], chunk, sizeof(chunk))) > 0;) {
      got.append(chunk, static_cast<size_t>(count));
    }
  });
  std::string sent;
  {
    OutputWriter writer(loop_, pipe_[1], [](const absl::Status&) {});
    for (int i = 0; i < 20'000; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      writer.Write(line);
      sent += line;
    }
  }
  CloseWrite();
  reader.join();
  EXPECT_EQ(got, sent);
}

TEST_F(StandardStreamsTest, AReaderThatWentIsAnErrorAndNoSignal) {
  absl::Status why;
  OutputWriter writer(loop_, pipe_[1], [&](const absl::Status& status) {
    why = status;
    loop_.Stop();
  });
  CloseRead();
  writer.Write("anybody there?\n");
  loop_.Run();
  EXPECT_FALSE(why.ok());
}

TEST_F(StandardStreamsTest, OneLongAnswerIsNoSignOfAReaderThatDoesNotRead) {
  const std::string answer(kMaxWaitingOutputBytes + 1, 'x');
  size_t got = 0;
  std::thread reader([&] {
    char chunk[1 << 16];
    for (ssize_t count = 0; (count = ::read(pipe_[0], chunk, sizeof(chunk))) > 0;) {
      got += static_cast<size_t>(count);
    }
  });
  {
    OutputWriter writer(loop_, pipe_[1], [](const absl::Status& why) { ADD_FAILURE() << why; });
    writer.Write(answer);
    loop_.context().poll();
  }
  CloseWrite();
  reader.join();
  EXPECT_EQ(got, answer.size());
}

TEST_F(StandardStreamsTest, AReaderThatDoesNotReadIsAnErrorAndBlocksNobody) {
  absl::Status why;
  OutputWriter writer(loop_, pipe_[1], [&](const absl::Status& status) {
    why = status;
    loop_.Stop();
  });
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 34; ++i) writer.Write(block);
  loop_.Run();
  EXPECT_TRUE(absl::IsResourceExhausted(why)) << why;
  CloseRead();
}

}  // namespace
}  // namespace parlor::client
