# The three kinds of target. DEPS are public: what a library's headers show, its users see.
#
#   parlor_library(NAME SOURCES file... DEPS target...)
#   parlor_program(NAME SOURCES file... DEPS target...)
#   parlor_test(NAME SOURCES file... DEPS target... [TIMEOUT seconds] [LABELS label...] [SERIAL] [LONG filter])
#     LONG: these of its tests have a long run too (tests/rounds.h), which only `ctest -C long -L long` does.

function(_parlor_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
endfunction()

# Headers are most of what a file costs the compiler: ten files are compiled as one. Measured on client/overlay under
# sanitizers: a little more than a third of the time. So what is local to a file needs a name that its neighbours do not use.
# The tsan build compiles each file alone: none may live on what others include.
option(PARLOR_UNITY "Compile ten files at a time" ON)

function(_parlor_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${PARLOR_UNITY} UNITY_BUILD_BATCH_SIZE 10)
  # What is local to a file is not said to be so when the file is included: it still is in one unit alone.
  if(PARLOR_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# In every program of the tsan build (Sanitizers.cmake).
if(PARLOR_TSAN_ABSEIL)
  add_library(parlor_tsan_abseil OBJECT ${CMAKE_SOURCE_DIR}/tests/tsan/abseil.cc)
  target_link_libraries(parlor_tsan_abseil PUBLIC absl::synchronization)
endif()

function(_parlor_tsan target)
  if(PARLOR_TSAN_ABSEIL)
    target_link_libraries(${target} PRIVATE parlor_tsan_abseil)
  endif()
endfunction()

function(parlor_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_DEPS})
  _parlor_warnings(${name})
  _parlor_unity(${name})
endfunction()

function(parlor_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  _parlor_warnings(${name})
  _parlor_unity(${name})
  _parlor_tsan(${name})
endfunction()

function(parlor_test name)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT;LONG" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main)
  _parlor_warnings(${name})
  _parlor_unity(${name})
  _parlor_tsan(${name})
  set(properties TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL})
  if(arg_LABELS)
    list(APPEND properties LABELS "${arg_LABELS}")
  endif()
  gtest_discover_tests(${name}
    DISCOVERY_MODE PRE_TEST
    TEST_PREFIX "${name}."
    PROPERTIES ${properties})
  if(arg_LONG)
    add_test(NAME long.${name} COMMAND ${name} --gtest_filter=${arg_LONG} CONFIGURATIONS long)
    set_tests_properties(long.${name} PROPERTIES ENVIRONMENT PARLOR_LONG=20 LABELS long TIMEOUT 1800)
  endif()
endfunction()
