// Random operations on the directory and on a model so simple that it is right by inspection.
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/common/live/in_process_directory.h"
#include "tests/rounds.h"

namespace parlor::live {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(20);
constexpr size_t kCapacity = 4;

class Model {
 public:
  struct Entry {
    std::string device, session, details;
    bool reconnecting = false;
    absl::Time lost = {};
  };
  using Key = std::pair<std::string, std::string>;

  absl::StatusCode Claim(const Key& key, const Entry& wanted, bool takeover) {
    const auto found = seats.find(key);
    if (found != seats.end()) {
      if (found->second.device != wanted.device && !takeover) return absl::StatusCode::kAlreadyExists;
    } else if (CountOf(key.first) >= kCapacity) {
      return absl::StatusCode::kResourceExhausted;
    }
    seats[key] = wanted;
    return absl::StatusCode::kOk;
  }

  Entry* HeldBy(const std::string& session) {
    for (auto& [key, entry] : seats) {
      if (entry.session == session) return &entry;
    }
    return nullptr;
  }

  template <typename Predicate>
  void EraseIf(Predicate predicate) {
    std::erase_if(seats, [&](const auto& seat) { return predicate(seat.second); });
  }

  size_t CountOf(const std::string& scope) const {
    size_t count = 0;
    for (const auto& [key, entry] : seats) count += key.first == scope ? 1 : 0;
    return count;
  }

  std::map<Key, Entry> seats;
};

class DirectoryModelTest : public ::testing::TestWithParam<unsigned> {
 protected:
  int Pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void Step(int step) {
    const std::string scope = Pick(2) == 0 ? "" : "room";
    const std::string user = absl::StrCat("user", Pick(6));
    // Mostly a session that lived once, often one that still holds a seat.
    const std::string session = absl::StrCat("s", std::max(0, step - Pick(30)));
    Model::Entry* const held = model_.HeldBy(session);
    switch (Pick(8)) {
      case 0:
      case 1: {
        const bool takeover = Pick(4) == 0;
        const Model::Entry wanted{absl::StrCat("device", Pick(3)), absl::StrCat("s", step), "first"};
        absl::StatusCode got = absl::StatusCode::kInternal;
        directory_.Claim({.scope = scope,
                          .user = user,
                          .device = wanted.device,
                          .session = wanted.session,
                          .details = wanted.details,
                          .takeover = takeover,
                          .capacity = kCapacity},
                         nullptr, now_,
                         [&](const absl::StatusOr<ClaimAnswer>& answer) { got = answer.status().code(); });
        ASSERT_EQ(got, model_.Claim({scope, user}, wanted, takeover));
        break;
      }
      case 2:
        directory_.Release(session, now_);
        model_.EraseIf([&](const Model::Entry& entry) { return entry.session == session; });
        break;
      case 3:
        directory_.Lose(session, now_);
        if (held != nullptr && !held->reconnecting) {
          held->reconnecting = true;
          held->lost = now_;
        }
        break;
      case 4:
        directory_.Update(session, absl::StrCat(step), now_);
        if (held != nullptr) held->details = absl::StrCat(step);
        break;
      case 5:
        now_ += absl::Seconds(Pick(8));
        directory_.Tick(now_);
        model_.EraseIf(
            [&](const Model::Entry& entry) { return entry.reconnecting && entry.lost + kGrace <= now_; });
        break;
      case 6:
        directory_.Evict(scope, user, "", now_, [&](const absl::Status& answer) {
          EXPECT_EQ(answer.ok(), model_.seats.erase({scope, user}) == 1);
        });
        break;
      case 7:
        directory_.Edit(
            scope, user, [](const std::string& details) { return absl::StrCat(details, "!"); }, now_,
            [&](const absl::Status& answer) {
              EXPECT_EQ(answer.ok(), model_.seats.contains({scope, user}));
            });
        if (const auto found = model_.seats.find({scope, user}); found != model_.seats.end()) {
          found->second.details += "!";
        }
        break;
    }
  }

  void Compare() {
    std::map<Model::Key, Model::Entry> seats;
    for (const char* scope : {"", "room"}) {
      const std::vector<Seat> listed = directory_.List({.scope = scope, .limit = 100});
      EXPECT_EQ(directory_.Count(scope), listed.size());
      EXPECT_EQ(directory_.Sample(scope, 100, "").size(), listed.size());
      for (const Seat& seat : listed) {
        const bool reconnecting = seat.state == SeatState::kReconnecting;
        seats[{scope, seat.user}] = {seat.device, seat.session, seat.details, reconnecting,
                                     reconnecting ? seat.since : absl::Time()};
      }
    }
    ASSERT_EQ(seats.size(), model_.seats.size());
    absl::Time wake = absl::InfiniteFuture();
    for (const auto& [key, expected] : model_.seats) {
      ASSERT_EQ(seats.count(key), 1u) << key.second;
      const Model::Entry& got = seats[key];
      EXPECT_EQ(std::tie(got.device, got.session, got.details, got.reconnecting),
                std::tie(expected.device, expected.session, expected.details, expected.reconnecting));
      if (expected.reconnecting) {
        EXPECT_EQ(got.lost, expected.lost);
        wake = std::min(wake, expected.lost + kGrace);
      }
    }
    EXPECT_EQ(directory_.NextWake(), wake);
  }

  std::mt19937 random_{GetParam()};
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  InProcessDirectory directory_{DirectoryOptions{.grace = kGrace}};
  Model model_;
};

TEST_P(DirectoryModelTest, BehavesLikeTheModel) {
  for (int step = 0; step < 2000; ++step) {
    Step(step);
    Compare();
    if (HasFailure()) FAIL() << "at step " << step << " of seed " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DirectoryModelTest,
                         ::testing::Range(1u, 1u + static_cast<unsigned>(Rounds(8))));

}  // namespace
}  // namespace parlor::live
