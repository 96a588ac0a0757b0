// `doctor`: every check has a name and an answer, whatever else is broken.
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/core/test_person.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class DoctorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ann_.StartCore();
    ASSERT_TRUE(world_.Until([&] { return ServicesAre(true); }));
  }

  bool ServicesAre(bool up) const {
    const auto told = ann_.All<ServicesEvent>();
    return !told.empty() && told.back().up == up;
  }

  // Outcome of each check, by name; no name twice.
  std::map<std::string, std::string> Outcomes() {
    ann_.Forget();
    ann_.Do("doctor", {}, "asked");
    const auto answers = ann_.All<DoctorEvent>();
    EXPECT_EQ(answers.size(), 1u);
    std::map<std::string, std::string> outcomes;
    for (const auto& [name, outcome, detail] : answers.at(0).checks) {
      EXPECT_TRUE(outcomes.emplace(name, outcome).second) << name;
      EXPECT_FALSE(detail.empty()) << name;
      details_[name] = detail;
    }
    EXPECT_EQ(answers[0].ref, "asked");
    return outcomes;
  }

  TestWorld world_;
  TestPerson ann_{world_, "ann", "10.0.0.1"};
  std::map<std::string, std::string> details_;
};

TEST_F(DoctorTest, NamesAllThatItLooksAtAndWhatItDoesNot) {
  EXPECT_THAT(Outcomes(), UnorderedElementsAre(Pair("services", "ok"), Pair("clock", "ok"),
                                               Pair("certificate", "ok"), Pair("port", "ok"),
                                               Pair("reachability", "untested"), Pair("udp", "untested")));
  EXPECT_THAT(details_["certificate"], HasSubstr("ends in "));
}

TEST_F(DoctorTest, WithServicesAwayTheOtherChecksStillAnswer) {
  world_.server.Stop();
  ASSERT_TRUE(world_.Until([&] { return ServicesAre(false); }));
  EXPECT_THAT(Outcomes(), UnorderedElementsAre(Pair("services", "failed"), Pair("clock", "ok"),
                                               Pair("certificate", "ok"), Pair("port", "ok"),
                                               Pair("reachability", "untested"), Pair("udp", "untested")));
}

TEST_F(DoctorTest, ACertificateThatEndedMeanwhileIsNamed) {
  world_.server.Stop();
  world_.loop.RunFor(absl::Hours(25));
  const auto outcomes = Outcomes();
  EXPECT_EQ(outcomes.at("certificate"), "failed");
  EXPECT_EQ(outcomes.at("services"), "failed");
  EXPECT_EQ(outcomes.at("port"), "ok");
  world_.server.Start();
  EXPECT_TRUE(world_.Until([&] { return Outcomes().at("certificate") == "ok"; })) << "it is renewed";
  EXPECT_TRUE(world_.Until([&] { return Outcomes().at("services") == "ok"; }))
      << "the streams come back later";
}

}  // namespace
}  // namespace parlor::client
