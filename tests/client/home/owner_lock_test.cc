#include "client/home/owner_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

TEST(OwnerLock, IsHeldByOne) {
  const TempHome temp;
  auto first = OwnerLock::TryTake(temp.home());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(first->has_value());
  auto second = OwnerLock::TryTake(temp.home());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->has_value());

  first->reset();
  EXPECT_TRUE(OwnerLock::TryTake(temp.home())->has_value());
  const TempHome other;
  EXPECT_TRUE(OwnerLock::TryTake(other.home())->has_value());
}

TEST(OwnerLock, EndsWithItsProcessHoweverThatDies) {
  const TempHome temp;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = OwnerLock::TryTake(temp.home());
    const char taken = lock.ok() && lock->has_value() ? 'y' : 'n';
    if (::write(ready[1], &taken, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char taken = 0;
  ASSERT_EQ(::read(ready[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  EXPECT_FALSE(OwnerLock::TryTake(temp.home())->has_value());
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(OwnerLock::TryTake(temp.home())->has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(OwnerLock, SaysWhenTheHomeIsGone) {
  const TempHome temp;
  std::filesystem::remove_all(temp.home().path());
  EXPECT_FALSE(OwnerLock::TryTake(temp.home()).ok());
}

}  // namespace
}  // namespace parlor::client
