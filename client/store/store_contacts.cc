// People, rooms and what proves authors.
#include <utility>

#include "base/status.h"
#include "client/store/columns.h"
#include "client/store/content.h"
#include "client/store/store.h"

namespace parlor::client {
namespace {

absl::StatusOr<std::vector<PeerAddress>> AddressesOf(sqlite::Database& db, const std::string& user) {
  PARLOR_ASSIGN_OR_RETURN(
      auto query, db.Prepare("SELECT ip, port FROM contact_addresses WHERE user = ?1 ORDER BY position"));
  query.BindText(1, user);
  std::vector<PeerAddress> addresses;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return addresses;
    addresses.push_back({query.Text(0), static_cast<uint16_t>(query.Int(1))});
  }
}

}  // namespace

absl::Status Store::PutContact(const Contact& contact) {
  return Atomically([&]() -> absl::Status {
    PARLOR_ASSIGN_OR_RETURN(
        auto put,
        PrepareWrite("INSERT INTO contacts (user, consent, blocked, since, device, key_spki, verified) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (user) DO UPDATE SET "
                     "consent = ?2, blocked = ?3, since = ?4, device = ?5, key_spki = ?6, verified = ?7"));
    put.BindText(1, contact.user);
    put.Bind(2, static_cast<int>(contact.consent));
    put.Bind(3, contact.blocked ? 1 : 0);
    put.Bind(4, TimeColumn(contact.since));
    put.BindText(5, contact.device);
    put.BindBlob(6, contact.key_spki);
    put.Bind(7, contact.verified ? 1 : 0);
    PARLOR_RETURN_IF_ERROR(put.Run());

    PARLOR_ASSIGN_OR_RETURN(auto clear, PrepareWrite("DELETE FROM contact_addresses WHERE user = ?1"));
    clear.BindText(1, contact.user);
    PARLOR_RETURN_IF_ERROR(clear.Run());
    PARLOR_ASSIGN_OR_RETURN(auto add, PrepareWrite("INSERT INTO contact_addresses (user, position, ip, port) "
                                                   "VALUES (?1, ?2, ?3, ?4)"));
    for (size_t i = 0; i < contact.addresses.size(); ++i) {
      add.BindText(1, contact.user);
      add.Bind(2, static_cast<int64_t>(i));
      add.BindText(3, contact.addresses[i].ip);
      add.Bind(4, contact.addresses[i].port);
      PARLOR_RETURN_IF_ERROR(add.Run());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Contact>> Store::Contacts() {
  PARLOR_ASSIGN_OR_RETURN(
      auto query,
      db_.Prepare("SELECT user, consent, blocked, since, device, key_spki, verified FROM contacts "
                  "ORDER BY user"));
  std::vector<Contact> contacts;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return contacts;
    Contact contact{query.Text(0),     static_cast<Consent>(query.Int(1)),
                    query.Int(2) != 0, TimeOf(query.Int(3)),
                    query.Text(4),     query.Text(5),
                    query.Int(6) != 0, {}};
    PARLOR_ASSIGN_OR_RETURN(contact.addresses, AddressesOf(db_, contact.user));
    contacts.push_back(std::move(contact));
  }
}

absl::Status Store::PutRoom(const RoomRecord& room) {
  PARLOR_ASSIGN_OR_RETURN(auto put,
                          PrepareWrite("INSERT OR REPLACE INTO rooms (id, name, topic, ticket, entered) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5)"));
  put.BindText(1, room.id);
  put.BindText(2, room.name);
  put.BindText(3, room.topic);
  put.BindText(4, room.ticket);
  put.Bind(5, room.entered ? 1 : 0);
  return put.Run();
}

absl::StatusOr<std::vector<RoomRecord>> Store::Rooms() {
  PARLOR_ASSIGN_OR_RETURN(
      auto query, db_.Prepare("SELECT id, name, topic, ticket, entered FROM rooms ORDER BY name, id"));
  std::vector<RoomRecord> rooms;
  while (true) {
    PARLOR_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return rooms;
    rooms.push_back({query.Text(0), query.Text(1), query.Text(2), query.Text(3), query.Int(4) != 0});
  }
}

absl::Status Store::PutAuthor(const AuthorRecord& author) {
  PARLOR_ASSIGN_OR_RETURN(auto put,
                          PrepareWrite("INSERT OR REPLACE INTO authors (room, device, user, chain, ticket) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5)"));
  put.BindText(1, author.room);
  put.BindText(2, author.device);
  put.BindText(3, author.user);
  put.BindBlob(4, PackList(author.chain_der));
  put.BindText(5, author.ticket);
  return put.Run();
}

absl::StatusOr<std::optional<AuthorRecord>> Store::Author(const std::string& room,
                                                          const std::string& device) {
  PARLOR_ASSIGN_OR_RETURN(
      auto query, db_.Prepare("SELECT user, chain, ticket FROM authors WHERE room = ?1 AND device = ?2"));
  query.BindText(1, room);
  query.BindText(2, device);
  PARLOR_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::nullopt;
  PARLOR_ASSIGN_OR_RETURN(std::vector<std::string> chain, UnpackList(query.Text(1)));
  return AuthorRecord{room, device, query.Text(0), std::move(chain), query.Text(2)};
}

}  // namespace parlor::client
