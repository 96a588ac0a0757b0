#include "services/auth/password/password_hasher.h"

#include <argon2.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/retry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::auth {
namespace {

constexpr Argon2Parameters kCheap = {.memory_kib = 64, .passes = 1, .parallelism = 1};

void WaitFor(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST(PasswordHasherTest, KnowsItsOwnPasswords) {
  HashGate gate({});
  const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create(kCheap, &gate);
  ASSERT_TRUE(hasher.ok());
  const std::string hash = *hasher->Hash("correct horse");
  EXPECT_THAT(hash, testing::StartsWith("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(*hasher->Verify("correct horse", hash));
  EXPECT_FALSE(*hasher->Verify("correct horsf", hash));
  EXPECT_FALSE(*hasher->Verify("", hash));
  EXPECT_NE(*hasher->Hash("correct horse"), hash) << "salts must differ";
  EXPECT_EQ(gate.running(), 0u);
}

TEST(PasswordHasherTest, DefaultsAreTheDocumentedOnes) {
  HashGate gate({});
  const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create({}, &gate);
  ASSERT_TRUE(hasher.ok());
  EXPECT_THAT(*hasher->Hash("x"), testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
}

// So that hashes may be carried to other programs, and those of older versions of this one stay good.
TEST(PasswordHasherTest, SpeaksTheReferenceLibrarysFormat) {
  HashGate gate({});
  const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create(kCheap, &gate);
  ASSERT_TRUE(hasher.ok());
  const std::string password = "p\xC3\xA4ssword with spaces";
  EXPECT_EQ(argon2id_verify(hasher->Hash(password)->c_str(), password.data(), password.size()), ARGON2_OK);

  const std::string salt = "seventeen bytes..";  // as base64 it does not end at a group's end
  for (const uint32_t lanes : {1u, 3u}) {
    std::string theirs(200, '\0');
    ASSERT_EQ(argon2id_hash_encoded(2, 128, lanes, password.data(), password.size(), salt.data(), salt.size(),
                                    24, theirs.data(), theirs.size()),
              ARGON2_OK);
    theirs.resize(theirs.find('\0'));
    const absl::StatusOr<EncodedHash> read = ParseEncodedHash(theirs);
    ASSERT_TRUE(read.ok()) << theirs;
    EXPECT_EQ(read->salt, salt);
    EXPECT_EQ(read->hash.size(), 24u);
    EXPECT_EQ(ToString(*read), theirs);
    EXPECT_TRUE(*hasher->Verify(password, theirs));
    EXPECT_FALSE(*hasher->Verify("another", theirs));
  }
}

TEST(PasswordHasherTest, HashesOneAfterTheOtherShareTheirMemory) {
  HashGate gate({.running = 2});
  const uint8_t* const first = gate.Enter()->memory().Get(1 << 16);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(gate.Enter()->memory().Get(1 << 16), first);
  const absl::StatusOr<HashGate::Turn> one = gate.Enter(), other = gate.Enter();
  EXPECT_EQ(one->memory().Get(1 << 16), first);
  EXPECT_NE(other->memory().Get(1 << 16), first);
}

TEST(PasswordHasherTest, WhatIsNoHashIsAnErrorNotAMismatch) {
  HashGate gate({});
  const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create(kCheap, &gate);
  for (const char* broken :
       {"", "plain", "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2i$v=19$m=64,t=1,p=1$YQ$YQ",
        "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$argon2id$v=19$m=64,t=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=64,t=1,p=1$c2F*dHNhbHQ$aGFzaGhhc2g",
        "$argon2id$v=19$m=64,t=1,p=1$YQ$aGFzaGhhc2g"}) {
    EXPECT_TRUE(absl::IsInternal(hasher->Verify("x", broken).status())) << broken;
  }
}

TEST(PasswordHasherTest, AsksForARehashOnlyWhenParametersGrew) {
  HashGate gate({});
  const std::string hash = *PasswordHasher::Create(kCheap, &gate)->Hash("x");
  struct Case {
    Argon2Parameters today;
    bool rehash;
  };
  const std::vector<Case> cases = {{{64, 1, 1}, false}, {{128, 1, 1}, true}, {{64, 2, 1}, true},
                                   {{64, 1, 2}, true},  {{32, 1, 1}, false}, {{128, 1, 1}, true}};
  for (const Case& c : cases) {
    const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create(c.today, &gate);
    ASSERT_TRUE(hasher.ok()) << hasher.status();
    EXPECT_EQ(hasher->NeedsRehash(hash), c.rehash) << c.today.memory_kib << "," << c.today.passes;
    EXPECT_TRUE(*hasher->Verify("x", hash)) << "old hashes stay good";
  }
}

TEST(PasswordHasherTest, RefusesParametersOutOfRange) {
  HashGate gate({});
  for (const Argon2Parameters& wrong :
       {Argon2Parameters{7, 1, 1}, Argon2Parameters{64, 0, 1}, Argon2Parameters{64, 1, 0},
        Argon2Parameters{64, 1, 100}, Argon2Parameters{64, 1001, 1},
        Argon2Parameters{(4u << 20) + 1, 1, 1}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PasswordHasher::Create(wrong, &gate).status()));
  }
}

TEST(PasswordHasherTest, NobodyCostsOneHashAsAnybody) {
  HashGate gate({});
  int hashes = 0;
  const absl::StatusOr<PasswordHasher> hasher =
      PasswordHasher::Create(kCheap, &gate, [&hashes](absl::Duration) { ++hashes; });
  const std::string hash = *hasher->Hash("x");
  hashes = 0;
  ASSERT_TRUE(hasher->Verify("y", hash).ok());
  EXPECT_EQ(hashes, 1);
  ASSERT_TRUE(hasher->VerifyNobody("y").ok());
  EXPECT_EQ(hashes, 2);
}

TEST(PasswordHasherTest, AFullLineIsRefusedWithATimeToComeBack) {
  HashGate gate({.running = 1, .waiting = 0});
  const absl::StatusOr<PasswordHasher> hasher = PasswordHasher::Create(kCheap, &gate);
  const std::string hash = *hasher->Hash("x");
  absl::StatusOr<HashGate::Turn> taken = gate.Enter();
  ASSERT_TRUE(taken.ok());
  for (const absl::Status& status :
       {hasher->Hash("x").status(), hasher->Verify("x", hash).status(), hasher->VerifyNobody("x")}) {
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    ASSERT_TRUE(RetryAfter(status).has_value());
    EXPECT_GE(*RetryAfter(status), absl::Seconds(1));
  }
}

TEST(HashGateTest, LineIsBoundedAndMovesOn) {
  HashGate gate({.running = 2, .waiting = 3});
  std::optional<absl::StatusOr<HashGate::Turn>> first = gate.Enter(), second = gate.Enter();
  ASSERT_TRUE(first->ok() && second->ok());
  std::atomic<int> served{0};
  std::vector<std::thread> line;
  for (int i = 0; i < 3; ++i) {
    line.emplace_back([&] {
      if (gate.Enter().ok()) ++served;
    });
  }
  WaitFor([&] { return gate.waiting() == 3; });
  EXPECT_EQ(gate.running(), 2u);
  EXPECT_TRUE(absl::IsResourceExhausted(gate.Enter().status()));
  EXPECT_EQ(served, 0);
  first.reset();
  second.reset();
  for (std::thread& thread : line) thread.join();
  EXPECT_EQ(served, 3);
  EXPECT_EQ(gate.running(), 0u);
  EXPECT_EQ(gate.waiting(), 0u);
}

// What bounds memory: however many ask, no more than the limit compute.
TEST(HashGateTest, NeverMoreAtOnceThanTheLimit) {
  HashGate gate({.running = 2, .waiting = 100});
  std::atomic<int> inside{0}, most{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const absl::StatusOr<HashGate::Turn> turn = gate.Enter();
        ASSERT_TRUE(turn.ok());
        const int now = ++inside;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(most, 2);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace parlor::auth
