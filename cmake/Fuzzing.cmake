# What parses what others send. In every build it is a test that feeds it tests/fuzz/corpus/NAME once: what was found once
# stays found, with that build's sanitizers. In the dev build libFuzzer makes up more.
#
#   parlor_fuzz(NAME SOURCES file... DEPS target...)   fuzz_NAME, and in the dev build libfuzzer_NAME, which scripts/fuzz runs
if(PARLOR_SANITIZE MATCHES fuzzer)
  set(PARLOR_FUZZ ON)
endif()

function(_parlor_fuzz_program target)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  parlor_program(${target} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} parlor_fuzz_support)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endfunction()

function(parlor_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  set(objects parlor_fuzz_${name})
  add_library(${objects} OBJECT ${arg_SOURCES})
  target_link_libraries(${objects} PUBLIC ${arg_DEPS} parlor_fuzz_support)
  target_include_directories(${objects} PRIVATE ${CMAKE_SOURCE_DIR})
  _parlor_warnings(${objects})
  _parlor_unity(${objects})
  _parlor_fuzz_program(fuzz_${name} SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus_main.cc DEPS ${objects})
  add_test(NAME fuzz_corpus.${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(fuzz_corpus.${name} PROPERTIES TIMEOUT 120)
  if(PARLOR_FUZZ)
    _parlor_fuzz_program(libfuzzer_${name} SOURCES $<TARGET_OBJECTS:${objects}> DEPS ${arg_DEPS})
    target_link_options(libfuzzer_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(libfuzzer_${name} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
endfunction()
