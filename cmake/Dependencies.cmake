# Everything comes from Debian 12 packages; scripts/deps installs them.
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc i18n)
find_package(SQLite3 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(secret REQUIRED IMPORTED_TARGET libsecret-1)

find_path(ASIO_INCLUDE asio.hpp REQUIRED)
add_library(parlor_asio INTERFACE)
target_include_directories(parlor_asio SYSTEM INTERFACE ${ASIO_INCLUDE})
# ASIO_DISABLE_STD_ALIGNED_ALLOC: asio decides by a macro that only std headers set, so that units would disagree on the
# allocator, depending on what they include first.
target_compile_definitions(parlor_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(parlor_asio INTERFACE Threads::Threads OpenSSL::SSL)
if(PARLOR_TSAN_ABSEIL)
  # Its fences, which ThreadSanitizer does not know; the locks that it takes besides are seen.
  target_compile_definitions(parlor_asio INTERFACE ASIO_DISABLE_FENCED_BLOCK)
endif()

find_path(CIVETWEB_INCLUDE CivetServer.h REQUIRED)
find_library(CIVETWEB_CPP civetweb-cpp REQUIRED)
find_library(CIVETWEB civetweb REQUIRED)
add_library(parlor_civetweb INTERFACE)
target_include_directories(parlor_civetweb SYSTEM INTERFACE ${CIVETWEB_INCLUDE})
target_link_libraries(parlor_civetweb INTERFACE ${CIVETWEB_CPP} ${CIVETWEB})
