# What parses what others send, fed by libFuzzer in the fuzz build. In every other build it is a test that feeds it
# tests/fuzz/corpus/NAME once: what was found once stays found, with that build's sanitizers.
#
#   parlor_fuzz(NAME SOURCES file... DEPS target...)   fuzz_NAME; scripts/fuzz runs it
if(PARLOR_SANITIZE MATCHES fuzzer)
  set(PARLOR_FUZZ ON)
endif()

function(parlor_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  set(target fuzz_${name})
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${arg_DEPS} parlor_fuzz_support)
  _parlor_warnings(${target})
  _parlor_tsan(${target})
  if(PARLOR_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus_main.cc)
    add_test(NAME fuzz_corpus.${name} COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz_corpus.${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
