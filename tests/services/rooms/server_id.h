// Whose tokens and tickets the tests of rooms are about.
#ifndef PARLOR_TESTS_SERVICES_ROOMS_SERVER_ID_H_
#define PARLOR_TESTS_SERVICES_ROOMS_SERVER_ID_H_

namespace parlor::rooms::testing {

inline constexpr char kServerId[] = "testserver";

}  // namespace parlor::rooms::testing

#endif  // PARLOR_TESTS_SERVICES_ROOMS_SERVER_ID_H_
