#include "client/link/socket_bio.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

class SocketBioTest : public ::testing::Test {
 protected:
  SocketBioTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    bio_ = std::make_unique<SocketBio>(ends_[0]);
    reference_.reset(bio_->NewReference());
  }
  ~SocketBioTest() override {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }

  void CloseOther() {
    close(ends_[1]);
    ends_[1] = -1;
  }
  BIO* bio() { return reference_.get(); }

  int ends_[2] = {-1, -1};
  std::unique_ptr<SocketBio> bio_;
  std::unique_ptr<BIO, int (*)(BIO*)> reference_{nullptr, &BIO_free};
};

TEST_F(SocketBioTest, AsksTheKernelOnceForEachAllowance) {
  const std::string sent(100'000, 'x');
  ASSERT_EQ(send(ends_[1], sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  char buffer[5000];
  EXPECT_LT(BIO_read(bio(), buffer, sizeof(buffer)), 0) << "not allowed yet";
  EXPECT_TRUE(BIO_should_read(bio()));

  size_t total = 0;
  for (int allowances = 1; total < sent.size(); ++allowances) {
    ASSERT_LE(allowances, 2) << "100,000 bytes are two buffers";
    bio_->AllowOneReceive();
    for (int count = 0; (count = BIO_read(bio(), buffer, sizeof(buffer))) > 0;)
      total += static_cast<size_t>(count);
    EXPECT_TRUE(BIO_should_read(bio()));
  }
  EXPECT_EQ(total, sent.size());
  EXPECT_FALSE(bio_->at_eof());
}

TEST_F(SocketBioTest, AnEndIsNoFailure) {
  ASSERT_EQ(send(ends_[1], "last", 4, 0), 4);
  CloseOther();
  char buffer[10];
  bio_->AllowOneReceive();
  EXPECT_EQ(BIO_read(bio(), buffer, sizeof(buffer)), 4);
  EXPECT_FALSE(bio_->at_eof());
  bio_->AllowOneReceive();
  EXPECT_EQ(BIO_read(bio(), buffer, sizeof(buffer)), 0);
  EXPECT_TRUE(bio_->at_eof());
  EXPECT_TRUE(BIO_eof(bio()));
  EXPECT_FALSE(BIO_should_retry(bio()));
  EXPECT_EQ(bio_->last_error(), 0);
}

TEST_F(SocketBioTest, WritingToNobodyIsAnErrorAndNoSignal) {
  CloseOther();
  EXPECT_LT(BIO_write(bio(), "x", 1), 0);
  EXPECT_FALSE(BIO_should_retry(bio()));
  EXPECT_EQ(bio_->last_error(), EPIPE);
}

TEST_F(SocketBioTest, AFullSocketMeansWait) {
  const std::string bytes(1'000'000, 'x');
  while (BIO_write(bio(), bytes.data(), static_cast<int>(bytes.size())) > 0) {
  }
  EXPECT_TRUE(BIO_should_write(bio()));
  EXPECT_EQ(bio_->last_error(), 0);
}

}  // namespace
}  // namespace parlor::client
