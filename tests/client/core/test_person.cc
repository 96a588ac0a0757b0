#include "tests/client/core/test_person.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"

namespace parlor::client {

TestPerson::TestPerson(TestWorld& in, const std::string& called, const std::string& at)
    : world(in),
      name(called),
      ip(at),
      account(world.server.Enrol(called)),
      store_path_(std::filesystem::temp_directory_path() / absl::StrCat("parlor-core-", RandomId(), ".db")) {}

TestPerson::~TestPerson() {
  Kill();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(store_path_ + suffix);
}

void TestPerson::StartCore(CoreOptions options) {
  const auto root = Certificate::FromPem(account.root_pem);
  trust_ = std::make_unique<Trust>(*root);
  clock_ = std::make_unique<ServerClock>(world.loop, account.clock_offset);
  channel_ = world.server.Connect(account, ip);
  network_ = world.internet.AddHost(
      {ip}, [this](const std::vector<std::string>& chain) { return trust_->Judge(chain, clock_->Now()); });
  sqlite::Options fast;
  fast.full_sync = false;
  auto store = Store::Open(store_path_, Sealer(std::string(kSealingKeySize, 'k')), fast);
  store_ = MakeInlineStoreWorker(*std::move(store), world.loop);
  CoreParts parts;
  parts.loop = &world.loop;
  parts.network = network_.get();
  parts.services = channel_.get();
  parts.store = store_.get();
  parts.trust = trust_.get();
  parts.clock = clock_.get();
  parts.save_account = [this](const Account& changed) {
    ++saves;
    if (disk.ok()) account = changed;
    return disk;
  };
  parts.remove_account = [] { return absl::OkStatus(); };
  parts.emit = [this](const Event& event) { events.push_back(event); };
  core = std::make_unique<Core>(std::move(parts), account, options);
  const absl::Status started = core->Start();
  if (!started.ok()) events.push_back(ErrorEvent{"start", std::string(started.message()), {}, {}});
}

void TestPerson::Kill() {
  core.reset();
  store_.reset();
  network_.reset();
  channel_.reset();
  clock_.reset();
  trust_.reset();
}

void TestPerson::Do(const std::string& command, std::map<std::string, std::string> args,
                    const std::string& ref) {
  core->Execute({command, std::move(args), ref});
}

std::vector<std::string> TestPerson::Texts(const std::string& target) const {
  std::vector<std::string> texts;
  for (const MessageEvent& message : All<MessageEvent>()) {
    if (message.target == target) texts.push_back(message.text);
  }
  return texts;
}

bool TestPerson::Saw(const std::string& target, const std::string& text) const {
  const std::vector<std::string> texts = Texts(target);
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool TestPerson::SawRoom(const std::string& change, const std::string& user) const {
  const std::vector<RoomEvent> all = All<RoomEvent>();
  return std::any_of(all.begin(), all.end(),
                     [&](const RoomEvent& event) { return event.change == change && event.user == user; });
}

bool TestPerson::SawChat(const std::string& change) const {
  const std::vector<ChatEvent> all = All<ChatEvent>();
  return std::any_of(all.begin(), all.end(), [&](const ChatEvent& event) { return event.change == change; });
}

bool TestPerson::SawError(const std::string& code) const {
  const std::vector<ErrorEvent> all = All<ErrorEvent>();
  return std::any_of(all.begin(), all.end(), [&](const ErrorEvent& event) { return event.code == code; });
}

std::vector<std::string> TestPerson::Marks(const std::string& ref) const {
  std::vector<std::string> marks;
  for (const DeliveryEvent& event : All<DeliveryEvent>()) {
    if (event.ref == ref) marks.push_back(event.mark);
  }
  return marks;
}

bool TestPerson::Delivered(const std::string& ref, const std::string& by) const {
  const std::vector<DeliveryEvent> all = All<DeliveryEvent>();
  return std::any_of(all.begin(), all.end(), [&](const DeliveryEvent& event) {
    return event.ref == ref && event.by == by && event.mark == "delivered";
  });
}

}  // namespace parlor::client
